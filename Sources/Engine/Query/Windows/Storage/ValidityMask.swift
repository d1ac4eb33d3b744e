import Columnar

/// Which of a fixed number of rows hold a value: all, until one is marked.
struct ValidityMask {
    private let count: Int
    private var words: OwnedMemory<UInt64>?

    init(count: Int) { self.count = count }

    /// Marks a row as one without a value.
    mutating func setNull(_ row: Int) {
        let words = self.words ?? makeWords()
        words.base[row >> 6] &= ~(1 << UInt64(row & 63))
    }

    /// Marks rows as ones without a value.
    mutating func setNull(_ rows: Range<Int>) {
        for row in rows { setNull(row) }
    }

    /// Marks the rows from `offset` on whose frames hold no value.
    mutating func setNull(whereEmpty values: ValueCounts, _ counts: FrameCounts, _ run: FrameRun, offset: Int) {
        if values.isAll, run.holdsOwnRow { return }
        let count = run.count
        switch counts {
        case .constant(let values):
            if values == 0 { setNull(offset..<offset + count) }
        case .listed(let values):
            var empty = 0
            for index in 0..<count { empty &+= values[index] == 0 ? 1 : 0 }
            if empty == 0 { return }
            for index in 0..<count where values[index] == 0 { setNull(offset + index) }
        }
    }

    private mutating func makeWords() -> OwnedMemory<UInt64> {
        let words = OwnedMemory<UInt64>(capacity: (count + 63) / 64)
        words.base.initialize(repeating: .max, count: (count + 63) / 64)
        self.words = words
        return words
    }

    /// The rows that were not marked; nil if none was.
    var validity: Validity? {
        words.map { words in
            let wordCount = (count + 63) / 64
            return Validity(words: Buffer(base: words.base, count: wordCount, owner: words), count: count)
        }
    }
}
