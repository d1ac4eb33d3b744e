/// Why bytes are not the state of a fold.
public enum FoldStateError: Error, Sendable, Hashable {
    /// A version that this program does not know.
    case unknownVersion(UInt8)
    /// Too short, too long, or a value out of range.
    case malformed
}

/// Writes the fields of a fold's state, little-endian.
public struct FoldStateWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// Creates an empty writer.
    public init() {}

    /// Writes an integer of any width.
    public mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes a double, bit for bit.
    public mutating func write(_ value: Double) { write(value.bitPattern) }

    /// Writes a truth value.
    public mutating func write(_ value: Bool) { write(UInt8(value ? 1 : 0)) }

    /// Writes text with its length.
    public mutating func write(_ value: String) {
        write(UInt32(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// Writes bytes as they are.
    public mutating func write(contentsOf raw: UnsafeRawBufferPointer) { bytes.append(contentsOf: raw) }
}

/// Reads what ``FoldStateWriter`` wrote. Never traps on foreign bytes.
public struct FoldStateReader: Sendable {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// Reads from the first byte on.
    public init(_ bytes: [UInt8]) { self.init(bytes, 0..<bytes.count) }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// How many bytes are yet to be read.
    public var remainingCount: Int { end - position }

    /// Copies the next bytes, as many as there is room for.
    public mutating func read(into target: UnsafeMutableRawBufferPointer) throws(FoldStateError) {
        guard remainingCount >= target.count else { throw .malformed }
        let part = position..<position + target.count
        bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[part])) }
        position += target.count
    }

    /// The next bytes.
    public mutating func readBytes(count: Int) throws(FoldStateError) -> [UInt8] {
        guard count >= 0, remainingCount >= count else { throw .malformed }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// The next bytes as a reader of their own.
    public mutating func readPart(byteCount: Int) throws(FoldStateError) -> FoldStateReader {
        guard byteCount >= 0, remainingCount >= byteCount else { throw .malformed }
        defer { position += byteCount }
        return FoldStateReader(bytes, position..<position + byteCount)
    }

    /// Whether every byte was read.
    public var isAtEnd: Bool { position == end }

    /// Reads an integer of the width that is asked for.
    public mutating func read<Value: FixedWidthInteger>(_ type: Value.Type) throws(FoldStateError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remainingCount >= size else { throw .malformed }
        var value = Value.zero
        withUnsafeMutableBytes(of: &value) { target in
            for index in 0..<size { target[index] = bytes[position + index] }
        }
        position += size
        return Value(littleEndian: value)
    }

    /// Reads one byte.
    public mutating func readUInt8() throws(FoldStateError) -> UInt8 { try read(UInt8.self) }

    /// Reads a 64-bit integer.
    public mutating func readInt64() throws(FoldStateError) -> Int64 { try read(Int64.self) }

    /// Reads a double.
    public mutating func readDouble() throws(FoldStateError) -> Double {
        Double(bitPattern: try read(UInt64.self))
    }

    /// Reads a truth value.
    public mutating func readBool() throws(FoldStateError) -> Bool {
        switch try readUInt8() {
        case 0: return false
        case 1: return true
        default: throw .malformed
        }
    }

    /// Reads text.
    public mutating func readString() throws(FoldStateError) -> String {
        let count = Int(try read(UInt32.self))
        guard remainingCount >= count else { throw .malformed }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }
}
