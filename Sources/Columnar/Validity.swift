/// Which rows of a vector hold a value: one bit a row, set if it does.
public struct Validity: Sendable {
    /// The bits, lowest first, 64 a word; bits past ``count`` are unspecified.
    public let words: Buffer<UInt64>
    /// The number of rows.
    public let count: Int
    /// Row of the first bit in `words`, so that slices share memory.
    public let offset: Int

    /// Wraps a bitmap of at least `count` bits after `offset`.
    public init(words: Buffer<UInt64>, count: Int, offset: Int = 0) {
        precondition(words.count * 64 >= offset + count, "Validity bitmap too short")
        self.words = words
        self.count = count
        self.offset = offset
    }

    /// Builds a bitmap from truth values.
    public init(_ bits: some Collection<Bool>) {
        var words = [UInt64](repeating: 0, count: (bits.count + 63) / 64)
        for (index, bit) in bits.enumerated() where bit { words[index / 64] |= 1 << UInt64(index % 64) }
        self.init(words: Buffer(words), count: bits.count)
    }

    /// Whether the row holds a value.
    @inlinable
    public subscript(row: Int) -> Bool {
        let bit = row &+ offset
        return words[bit >> 6] >> UInt64(bit & 63) & 1 == 1
    }

    /// The same bits, from `range.lowerBound` to `range.upperBound`.
    public func slice(_ range: Range<Int>) -> Validity {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "Validity slice out of range")
        return Validity(words: words, count: range.count, offset: offset + range.lowerBound)
    }

    /// How many rows hold no value.
    public var nullCount: Int {
        guard count > 0 else { return 0 }
        let last = offset + count - 1
        var values = 0
        for word in offset >> 6...last >> 6 {
            var bits = words[word]
            if word == offset >> 6 { bits &= .max << UInt64(offset & 63) }
            if word == last >> 6 { bits &= .max >> UInt64(63 - last & 63) }
            values += bits.nonzeroBitCount
        }
        return count - values
    }
}
