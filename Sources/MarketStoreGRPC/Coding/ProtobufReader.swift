/// Why bytes are no message.
struct ProtobufFault: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static let truncated = ProtobufFault("the message ends too early")
}

/// Reads the fields of one protobuf message where it lies (protobuf.dev/programming-guides/encoding).
struct ProtobufReader {
    /// How a field is written.
    enum Wire: Equatable {
        case varint
        case fixed64
        case bytes
        case fixed32
    }

    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next field's number and form; nil at the end.
    mutating func field() throws(ProtobufFault) -> (number: UInt64, wire: Wire)? {
        guard index < bytes.count else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw ProtobufFault("a field has no number") }
        let wire: Wire =
            switch tag & 7 {
            case 0: .varint
            case 1: .fixed64
            case 2: .bytes
            case 5: .fixed32
            default: throw ProtobufFault("a field is written as type \(tag & 7), which no message has")
            }
        return (tag >> 3, wire)
    }

    mutating func varint() throws(ProtobufFault) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard index < bytes.count else { throw .truncated }
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw ProtobufFault("a number has more than ten bytes")
    }

    /// An `int32`: the low bits of a longer one.
    mutating func int32() throws(ProtobufFault) -> Int32 { Int32(truncatingIfNeeded: try varint()) }

    /// The bytes of a field, which stay where they are.
    mutating func slice() throws(ProtobufFault) -> UnsafeRawBufferPointer {
        let count = try varint()
        guard count <= UInt64(bytes.count - index) else { throw .truncated }
        defer { index += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[index..<index + Int(count)])
    }

    mutating func text() throws(ProtobufFault) -> String {
        guard let text = String(validating: try slice(), as: UTF8.self) else {
            throw ProtobufFault("a text is not UTF-8")
        }
        return text
    }

    /// Steps over a field that nobody knows, or that is not written as it should be.
    mutating func skip(_ wire: Wire) throws(ProtobufFault) {
        switch wire {
        case .varint: _ = try varint()
        case .fixed64: try advance(8)
        case .bytes: _ = try slice()
        case .fixed32: try advance(4)
        }
    }

    private mutating func advance(_ count: Int) throws(ProtobufFault) {
        guard count <= bytes.count - index else { throw .truncated }
        index += count
    }
}
