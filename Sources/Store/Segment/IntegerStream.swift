import CKernels
import Columnar

/// Integers as they lie in a chunk: a header of 32 bytes and what its form needs (docs/segment-format.md, "Integer
/// stream").
///
/// The header is read once; all that depends on it is checked against the bytes that are there before it is used.
struct IntegerStream {
    /// How the values lie.
    enum Form: UInt8 {
        /// `base` in every row.
        case constant = 0
        /// `base + row * step`.
        case sequence = 1
        /// `width` bytes a row.
        case plain = 2
        /// `base + step * offset`, offsets of `width` bits; larger ones are exceptions.
        case packed = 3
        /// `first`, then differences like packed values.
        case differences = 4
    }

    /// Length of the header.
    static let headerBytes = 32

    /// How the values lie.
    let form: Form
    /// Bits of an offset, or bytes of a plain value.
    let width: Int
    /// Bits that an exception has beyond the width.
    let highWidth: Int
    /// Offsets that do not fit the width.
    let exceptionCount: Int
    /// Bytes that give the rows of exceptions.
    let gapBytes: Int
    /// The base; of a constant its value.
    let base: Int64
    /// What an offset, or the row of a sequence, counts.
    let step: Int64
    /// The first value, if the others are given by differences.
    let first: Int64
    private let start: Int

    /// Reads a header.
    init(from reader: inout ByteReader) throws(MalformedBytes) {
        start = reader.position
        let bytes = try reader.raw(Self.headerBytes)
        func get<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Value.Type = Value.self) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
        guard let form = Form(rawValue: get(0)) else {
            throw MalformedBytes(offset: start, expected: "a known form of integers")
        }
        self.form = form
        width = Int(get(1, UInt8.self))
        highWidth = Int(get(2, UInt8.self))
        exceptionCount = Int(get(4, UInt16.self))
        gapBytes = Int(get(6, UInt16.self))
        base = get(8)
        step = get(16)
        first = get(24)
    }

    /// Plain values, spelt out if they lie in another form; without copying if they are plain.
    func values(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Buffer<Int64> {
        switch form {
        case .constant: return Plain.repeating(base, count: count)
        case .sequence: return Plain.int64(Vector(type: .int64, form: .sequence(start: base, step: step, count: count)))
        case .plain:
            guard width == 8 else { throw MalformedBytes(offset: start + 1, expected: "plain integers of 8 bytes") }
            return try reader.buffer(Int64.self, count: count)
        case .packed, .differences: return try unpack(count: count, from: &reader)
        }
    }

    /// The start and step, if the values are a sequence that does not wrap: then a row's place is arithmetic.
    func sequence(count: Int) -> Vector.Form? {
        guard form == .sequence else { return nil }
        let (length, overflow) = step.multipliedReportingOverflow(by: Int64(count))
        guard !overflow, !base.addingReportingOverflow(length).overflow else { return nil }
        return .sequence(start: base, step: step, count: count)
    }

    /// What the kernels need of packed values or differences; `body` may use the bytes that it points to.
    private func withPacked<Result>(
        count: Int,
        from reader: inout ByteReader,
        _ body: (inout tickgate_integers) -> Result?
    ) throws(MalformedBytes) -> Result {
        guard width <= 64, highWidth <= 64, exceptionCount <= count, exceptionCount == 0 || width < 64 else {
            throw MalformedBytes(offset: start, expected: "widths of at most 64 bits, and exceptions of some rows")
        }
        let packed = try words(count: count, width: width, from: &reader)
        var highBase: UInt64 = 0
        var highBytes = 0
        if exceptionCount > 0 {
            highBase = try reader.get()
            highBytes = (exceptionCount * highWidth + 7) / 8
        }
        let gaps = try reader.raw(gapBytes)
        let highs = try reader.raw(highBytes)
        try reader.align()
        var stream = tickgate_integers()
        stream.packed = packed
        stream.count = count
        stream.width = UInt32(width)
        stream.base = UInt64(bitPattern: base)
        stream.step = UInt64(bitPattern: step)
        stream.is_delta = form == .differences ? 1 : 0
        stream.first = UInt64(bitPattern: first)
        stream.gaps = gaps.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.gaps_length = gapBytes
        stream.highs = highs.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.highs_length = highBytes
        stream.exceptions = exceptionCount
        stream.high_width = UInt32(highWidth)
        stream.high_base = highBase
        guard let result = body(&stream) else {
            throw MalformedBytes(offset: start, expected: "exceptions inside the rows")
        }
        return result
    }

    private func unpack(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Buffer<Int64> {
        let memory = OwnedMemory<Int64>(capacity: Self.roomForLanes(count))
        try withPacked(count: count, from: &reader) { stream -> Void? in
            tickgate_unpack(&stream, TICKGATE_BEST, memory.base) == 0 ? nil : ()
        }
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }

    // MARK: Some of the values

    /// Writes the values of some of `count` rows, without spelling out the others.
    func read(
        _ rows: Range<Int>,
        count: Int,
        from reader: inout ByteReader,
        to target: UnsafeMutablePointer<Int64>
    ) throws(MalformedBytes) {
        switch form {
        case .constant: target.update(repeating: base, count: rows.count)
        case .sequence: for row in rows { target[row - rows.lowerBound] = base &+ Int64(row) &* step }
        case .plain:
            guard width == 8 else { throw MalformedBytes(offset: start + 1, expected: "plain integers of 8 bytes") }
            let values = try reader.buffer(Int64.self, count: count)
            values.withUnsafeBufferPointer { values in
                for row in rows { target[row - rows.lowerBound] = values[row] }
            }
        case .packed, .differences:
            try withPacked(count: count, from: &reader) { stream -> Void? in
                tickgate_unpack_rows(&stream, rows.lowerBound, rows.upperBound, TICKGATE_BEST, target) == 0 ? nil : ()
            }
        }
    }

    /// The value of an unsigned integer of up to 32 bits, without exceptions, in one of `count` rows.
    func code(_ row: Int, count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> UInt32 {
        switch form {
        case .packed where (1...32).contains(width) && exceptionCount == 0:
            let packed = try words(count: count, width: width, from: &reader)
            let offset = tickgate_packed_offset(packed, row, UInt32(width))
            return UInt32(truncatingIfNeeded: offset) &+ UInt32(truncatingIfNeeded: base)
        case .plain where width == 4: return try reader.buffer(UInt32.self, count: count)[row]
        case .plain where width == 1: return UInt32(try reader.buffer(UInt8.self, count: count)[row])
        default: throw MalformedBytes(offset: start, expected: "packed or plain codes")
        }
    }

    /// Finds where a value would stand among `count` values, which ascend.
    func place(of value: Int64, count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Place {
        switch form {
        case .packed, .differences:
            return try withPacked(count: count, from: &reader) { stream -> Place? in
                var place = tickgate_place()
                guard tickgate_find(&stream, value, TICKGATE_BEST, &place) != 0 else { return nil }
                return Place(row: place.row, before: place.before, at: place.at)
            }
        case .sequence:
            if let place = sequencePlace(of: value, count: count) { return place }
            fallthrough
        case .constant, .plain:
            return try values(count: count, from: &reader).withUnsafeBufferPointer { values in
                let row = Search.lowerBound(values, value)
                return Place(
                    row: row,
                    before: row > 0 ? values[row - 1] : .min,
                    at: row < count ? values[row] : .max
                )
            }
        }
    }

    /// A place among ascending values.
    struct Place: Equatable {
        /// The first row whose value is at least the one that was looked for.
        let row: Int
        /// The value of the row before, if there is one.
        let before: Int64
        /// The value of the row, if there is one.
        let at: Int64
    }

    /// By arithmetic: nil if the sequence does not ascend, or wraps.
    private func sequencePlace(of value: Int64, count: Int) -> Place? {
        guard step > 0, count > 0, sequence(count: count) != nil else { return nil }
        let (distance, overflow) = value.subtractingReportingOverflow(base)
        if overflow { return nil }
        let row = distance <= 0 ? 0 : min((distance - 1) / step + 1, Int64(count))
        return Place(row: Int(row), before: base &+ (row &- 1) &* step, at: base &+ row &* step)
    }

    /// Unsigned integers of up to 32 bits, without exceptions, and the largest of them. Always a copy.
    func codes(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> (Buffer<UInt32>, largest: UInt32) {
        let memory = OwnedMemory<UInt32>(capacity: count)
        var largest: UInt32 = 0
        switch form {
        case .packed where (1...32).contains(width) && exceptionCount == 0:
            let packed = try words(count: count, width: width, from: &reader)
            let base = UInt32(truncatingIfNeeded: base)
            largest = tickgate_unpack32(packed, count, UInt32(width), base, TICKGATE_BEST, memory.base)
        case .plain where width == 4:
            let plain = try reader.buffer(UInt32.self, count: count)
            plain.withUnsafeBufferPointer { plain in
                for row in plain.indices {
                    memory.base[row] = plain[row]
                    largest = max(largest, memory.base[row])
                }
            }
        default: throw MalformedBytes(offset: start, expected: "packed or plain codes")
        }
        return (Buffer(base: UnsafePointer(memory.base), count: count, owner: memory), largest)
    }

    /// Truth values, a byte each. Always a copy.
    func booleans(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Buffer<UInt8> {
        let memory = OwnedMemory<UInt8>(capacity: count)
        switch form {
        case .packed where width == 1 && exceptionCount == 0 && base == 0:
            let packed = try words(count: count, width: 1, from: &reader)
            tickgate_unpack_booleans(packed, count, TICKGATE_BEST, memory.base)
        case .plain where width == 1:
            let plain = try reader.buffer(UInt8.self, count: count)
            plain.withUnsafeBufferPointer { plain in
                for row in plain.indices { memory.base[row] = plain[row] & 1 }
            }
        default: throw MalformedBytes(offset: start, expected: "packed or plain truth values")
        }
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }

    /// The lanes of packed offsets. Nil for a width of 0, which has none.
    private func words(
        count: Int,
        width: Int,
        from reader: inout ByteReader
    ) throws(MalformedBytes) -> UnsafePointer<UInt64>? {
        let bytes = try reader.raw(tickgate_packed_words(count, UInt32(width)) * 8)
        return bytes.baseAddress?.assumingMemoryBound(to: UInt64.self)
    }

    /// The kernels write whole rows of lanes.
    private static func roomForLanes(_ count: Int) -> Int {
        let lanes = Int(TICKGATE_LANES)
        return (count + lanes - 1) / lanes * lanes
    }
}
