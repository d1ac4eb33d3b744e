import Columnar

/// How many rows of frames hold a value: running counts over the rows of a partition.
///
/// While all rows hold a value, or none does, nothing is stored.
final class ValueCounts {
    private enum Mode {
        case all
        case none
        case listed
    }

    private var mode = Mode.none
    private var first = 0
    private(set) var rowCount = 0
    /// Count `i` is that of the values in the rows before row `i`.
    private let counts = SlidingBuffer<Int>()
    private let scratch = Scratch<Int>()
    private let startScratch = Scratch<Int>()
    private let endScratch = Scratch<Int>()

    /// Whether no row of the partition so far holds a value.
    var isNone: Bool { mode == .none }
    /// Whether every row of the partition so far holds a value.
    var isAll: Bool { mode == .all }

    var byteCount: Int { counts.byteCount }

    /// Starts again before row 0.
    func reset() {
        mode = .none
        first = 0
        rowCount = 0
        counts.reset()
    }

    /// Takes rows that all hold a value.
    func appendAll(_ added: Int) {
        if added == 0 { return }
        if rowCount == 0 { mode = .all }
        if mode == .none { list() }
        if mode == .listed { append(added) { _ in true } } else { rowCount += added }
    }

    /// Takes rows that hold none.
    func appendNone(_ added: Int) {
        if added == 0 { return }
        if mode == .all { list() }
        if mode == .listed { append(added) { _ in false } } else { rowCount += added }
    }

    /// Takes rows that hold a value where a bit is set; nil stands for all.
    func append(_ validity: Validity?, count added: Int) {
        guard let validity else { return appendAll(added) }
        append(added) { validity[$0] }
    }

    /// Takes rows that hold a value where a condition is true.
    @inline(__always)
    func append(_ added: Int, where hasValue: (Int) -> Bool) {
        if mode != .listed { list() }
        var count = counts[rowCount]
        let target = counts.extend(by: added)
        for index in 0..<added {
            count &+= hasValue(index) ? 1 : 0
            target[index] = count
        }
        rowCount += added
    }

    private func list() {
        counts.reset(at: first)
        let target = counts.extend(by: rowCount - first + 1)
        for index in 0...rowCount - first { target[index] = mode == .all ? first + index : 0 }
        mode = .listed
    }

    /// Values in the rows before one that is not forgotten.
    @inline(__always)
    func count(before row: Int) -> Int {
        switch mode {
        case .all: row
        case .none: 0
        case .listed: row == 0 ? 0 : counts[row]
        }
    }

    /// Values in some rows.
    func count(in rows: Range<Int>) -> Int { count(before: rows.upperBound) - count(before: rows.lowerBound) }

    /// Whether a row holds a value.
    @inline(__always)
    func hasValue(_ row: Int) -> Bool {
        switch mode {
        case .all: true
        case .none: false
        case .listed: counts[row] != counts[row &+ 1]
        }
    }

    /// The counts before a row and those after it, one after the other; nil if all rows hold a value, or none does.
    func list(from row: Int) -> UnsafePointer<Int>? { mode == .listed ? UnsafePointer(counts.pointer(to: row)) : nil }

    /// Values in each frame; a list is valid until the next call.
    func counts(_ run: FrameRun) -> FrameCounts {
        switch mode {
        case .none: return .constant(0)
        case .all:
            switch (run.start, run.end) {
            case (.fixed(let start), .fixed(let end)), (.shifted(let start), .shifted(let end)):
                return .constant(end &- start)
            default:
                let target = scratch.room(run.count)
                run.lengths(into: target)
                return .listed(UnsafePointer(target))
            }
        case .listed:
            let starts = counts.values(at: run.start, count: run.count, scratch: startScratch)
            let ends = counts.values(at: run.end, count: run.count, scratch: endScratch)
            let target = scratch.room(run.count)
            for index in 0..<run.count { target[index] = ends[index] &- starts[index] }
            return .listed(UnsafePointer(target))
        }
    }

    /// Forgets the counts before a row.
    func forget(before row: Int) {
        first = min(max(first, row), rowCount)
        if mode == .listed { counts.forget(before: first) }
    }
}

/// How many values each of some frames holds.
enum FrameCounts {
    /// The same number.
    case constant(Int)
    /// A number each.
    case listed(UnsafePointer<Int>)

    @inline(__always)
    subscript(index: Int) -> Int {
        switch self {
        case .constant(let count): count
        case .listed(let counts): counts[index]
        }
    }
}

extension ValueCounts {
    func encode(into writer: inout FoldStateWriter) {
        let code: UInt8 =
            switch mode {
            case .all: 0
            case .none: 1
            case .listed: 2
            }
        writer.write(code)
        writer.write(Int64(first))
        if mode == .listed { counts.encode(into: &writer) }
    }

    /// Takes over counts that were written after `rowCount` rows; those from `floor` on must be there.
    func decode(from reader: inout FoldStateReader, rowCount: Int, floor: Int) throws(FoldStateError) {
        reset()
        let code = try reader.readUInt8()
        guard code <= 2 else { throw .malformed }
        first = try reader.readNumber(upTo: min(floor, rowCount))
        self.rowCount = rowCount
        mode = code == 0 ? .all : code == 1 ? .none : .listed
        guard mode == .listed else { return }
        try counts.decode(from: &reader, end: rowCount + 1)
        guard counts.first <= first else { throw .malformed }
        // Each row has one value or none.
        var last = counts[counts.first]
        guard last >= 0, last <= counts.first else { throw .malformed }
        let places = counts.pointer(to: counts.first)
        for index in 0..<counts.count {
            guard places[index] == last || places[index] == last + 1 else { throw .malformed }
            last = places[index]
        }
    }
}
