/// What is wrong in a file of MarketStore, and where.
public struct FileDamage: Error, Sendable, Hashable, CustomStringConvertible {
    /// Bytes from the start of the file.
    public var offset: Int64
    /// What is wrong there.
    public var message: String

    /// Creates a damage.
    public init(_ offset: Int64, _ message: String) {
        self.offset = offset
        self.message = message
    }

    /// The place and what is wrong.
    public var description: String { "offset \(offset): \(message)" }
}

extension UnsafeRawBufferPointer {
    /// A little-endian number at a place; nil unless all its bytes are there.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, at offset: Int) -> Number? {
        guard offset >= 0, offset <= count, MemoryLayout<Number>.size <= count - offset else { return nil }
        return Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
