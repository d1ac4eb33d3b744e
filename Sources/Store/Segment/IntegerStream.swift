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
        guard let form = Form(rawValue: try reader.get()) else {
            throw MalformedBytes(offset: start, expected: "a known form of integers")
        }
        self.form = form
        width = Int(try reader.get(UInt8.self))
        highWidth = Int(try reader.get(UInt8.self))
        _ = try reader.get(UInt8.self)
        exceptionCount = Int(try reader.get(UInt16.self))
        gapBytes = Int(try reader.get(UInt16.self))
        base = try reader.get()
        step = try reader.get()
        first = try reader.get()
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

    private func unpack(count: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Buffer<Int64> {
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
        let memory = OwnedMemory<Int64>(capacity: Self.roomForLanes(count))
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
        guard tickgate_unpack(&stream, TICKGATE_BEST, memory.base) != 0 else {
            throw MalformedBytes(offset: start, expected: "exceptions inside the rows")
        }
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
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
