import Columnar
import QueryLang

/// Numbers of which a window can have the smallest or largest.
protocol ExtremeValue: Comparable, BitwiseCopyable, Sendable {
    /// Loses against every value, or equals it.
    static var largest: Self { get }
    /// Loses against every value, or equals it.
    static var smallest: Self { get }
    /// The values of a column; unspecified where rows are null.
    static func values(of vector: Vector) -> Buffer<Self>
    /// Whether a value is passed over.
    var isSkipped: Bool { get }
    /// A column of such values.
    static func vector(_ values: Buffer<Self>, type: ColumnType, validity: Validity?) -> Vector
}

extension Int64: ExtremeValue {
    static var largest: Int64 { .max }
    static var smallest: Int64 { .min }
    static func values(of vector: Vector) -> Buffer<Int64> { vector.int64Values }
    var isSkipped: Bool { false }
    static func vector(_ values: Buffer<Int64>, type: ColumnType, validity: Validity?) -> Vector {
        Vector(type: type, form: .int64(values), validity: validity)
    }
}

extension Double: ExtremeValue {
    static var largest: Double { .infinity }
    static var smallest: Double { -.infinity }
    static func values(of vector: Vector) -> Buffer<Double> { vector.float64Values }
    var isSkipped: Bool { isNaN }
    static func vector(_ values: Buffer<Double>, type: ColumnType, validity: Validity?) -> Vector {
        Vector(type: type, form: .float64(values), validity: validity)
    }
}

/// The smallest or largest values of frames, as ``ExtremeFold`` and ``IntegerExtremeFold`` have them: nulls and NaN are
/// passed over, and of equal values (two zeros) the first counts.
///
/// Two stacks, as in ``DoubleFrames``: O(1) a row, without a branch that depends on values.
final class ExtremeFrames<Value: ExtremeValue, Direction: ExtremeDirection> {
    private let type: ColumnType
    private let startsWithPartition: Bool
    /// The value of each row, or what loses against all.
    private let values = SlidingBuffer<Value>()
    private let counts = ValueCounts()
    /// The extreme from each row of the older half up to the middle, and for the middle what loses against all.
    private let suffixes = SlidingBuffer<Value>()
    private var middle = 0
    private var running: Value
    private var end = 0
    private let startScratch = Scratch<Int>()
    private let endScratch = Scratch<Int>()

    init(_ type: ColumnType, _ frame: WindowFrame) {
        self.type = type
        self.startsWithPartition = frame.beginsWithPartition
        self.running = Self.worst
        beginPartition()
    }

    /// Loses against every value.
    private static var worst: Value {
        Direction.prefers(Value.smallest, to: Value.largest) ? Value.largest : Value.smallest
    }

    /// Forgets the partition before.
    func beginPartition() {
        values.reset()
        counts.reset()
        suffixes.reset()
        suffixes.append(Self.worst)
        (middle, end) = (0, 0)
        running = Self.worst
    }

    /// Takes the next rows.
    func append(_ vector: Vector) {
        let count = vector.count
        let target = values.extend(by: count)
        if vector.isNull {
            target.initialize(repeating: Self.worst, count: count)
            counts.appendNone(count)
            return
        }
        let source = Value.values(of: vector)
        var skippedCount = 0
        for index in 0..<count {
            let value = source.base[index]
            skippedCount &+= value.isSkipped ? 1 : 0
            target[index] = value
        }
        withExtendedLifetime(source) {}
        if skippedCount == 0, vector.validity == nil {
            counts.appendAll(count)
            return
        }
        let validity = vector.validity
        for index in 0..<count where target[index].isSkipped || !(validity?[index] ?? true) {
            target[index] = Self.worst
        }
        counts.append(count) { !source.base[$0].isSkipped && (validity?[$0] ?? true) }
        withExtendedLifetime(source) {}
    }

    /// The extremes of frames.
    func values(_ runs: [FrameRun]) -> Vector {
        let count = runs.rowCount
        let memory = OwnedMemory<Value>(capacity: count)
        var mask = ValidityMask(count: count)
        var offset = 0
        for run in runs {
            write(run, to: memory.base + offset)
            if !counts.isAll || !run.holdsOwnRow {
                mask.setNull(whereEmpty: counts, counts.counts(run), run, offset: offset)
            }
            offset += run.count
        }
        let buffer = Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
        return Value.vector(buffer, type: type, validity: mask.validity)
    }

    private func write(_ run: FrameRun, to target: UnsafeMutablePointer<Value>) {
        let starts = run.start.places(count: run.count, scratch: startScratch)
        let ends = run.end.places(count: run.count, scratch: endScratch)
        // In locals: the compiler cannot know that nothing else changes the state.
        let source = values.pointer(to: values.first) - values.first
        var older = suffixes.pointer(to: suffixes.first) - suffixes.first
        var (running, end, middle) = (running, end, middle)
        for index in 0..<run.count {
            if starts[index] > middle {
                makeMiddle(starts[index], ends[index])
                older = suffixes.pointer(to: suffixes.first) - suffixes.first
                (running, end, middle) = (Self.worst, ends[index], ends[index])
            }
            while end < ends[index] {
                let value = source[end]
                running = Direction.prefers(value, to: running) ? value : running
                end &+= 1
            }
            let best = older[starts[index]]
            target[index] = Direction.prefers(running, to: best) ? running : best
        }
        (self.running, self.end) = (running, end)
    }

    /// Makes the end of a frame the middle.
    private func makeMiddle(_ start: Int, _ end: Int) {
        suffixes.reset(at: start)
        let target = suffixes.extend(by: end - start + 1)
        let source = values.pointer(to: start)
        var extreme = Self.worst
        target[end - start] = extreme
        for index in stride(from: end - start - 1, through: 0, by: -1) {
            let value = source[index]
            extreme = Direction.prefers(extreme, to: value) ? extreme : value
            target[index] = extreme
        }
        running = Self.worst
        middle = end
        self.end = end
    }

    @inline(__always)
    private func advance(to row: Int) {
        while end < row {
            let value = values[end]
            running = Direction.prefers(value, to: running) ? value : running
            end &+= 1
        }
    }

    /// Frames to come are above a floor.
    func release(_ floor: FrameFloor) {
        if startsWithPartition {
            advance(to: floor.end)
            values.forget(before: end)
        } else {
            values.forget(before: floor.firstRow)
            suffixes.forget(before: floor.firstRow)
        }
        counts.forget(before: floor.firstEdge)
    }

    var byteCount: Int { values.byteCount + counts.byteCount + suffixes.byteCount }
}

extension ExtremeFrames {
    func encode(into writer: inout FoldStateWriter) {
        values.encode(into: &writer)
        counts.encode(into: &writer)
        suffixes.encode(into: &writer)
        writer.write(Int64(middle))
        writer.write(Int64(end))
        withUnsafeBytes(of: running) { writer.write(contentsOf: $0) }
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        try values.decode(from: &reader, end: rows.rowCount)
        try counts.decode(from: &reader, rowCount: rows.rowCount, floor: rows.floor.firstEdge)
        // As many as the middle says, which comes after them.
        var ahead = reader
        let first = try ahead.readNumber(upTo: rows.rowCount)
        let count = try ahead.readNumber(upTo: reader.remainingCount / MemoryLayout<Value>.stride)
        try suffixes.decode(from: &reader, end: first + count)
        middle = try reader.readNumber(upTo: rows.rowCount)
        end = try reader.readNumber(upTo: rows.rowCount)
        try withUnsafeMutableBytes(of: &running) { (target) throws(FoldStateError) in try reader.read(into: target) }
        let start = rows.floor.firstRow
        // A frame that begins after the middle makes another; one before it reads from its start up to the middle.
        guard suffixes.end == middle + 1, suffixes.first <= min(start, middle + 1) || start > middle,
            values.first <= (startsWithPartition ? end : start), values.first <= end, middle <= end
        else { throw .malformed }
    }
}
