/// Reads values of MessagePack (github.com/msgpack/msgpack/blob/master/spec.md). Bytes stay where they are.
///
/// Nothing that a document announces is believed before the bytes for it are there.
public struct MessagePackReader {
    private let bytes: [UInt8]
    private let depthMax: Int
    private var valuesLeft: Int
    /// Where the next value begins.
    public private(set) var index: Int

    /// The document that all of `bytes` are.
    public static func value(
        of bytes: [UInt8],
        limits: DocumentLimits = DocumentLimits()
    ) throws(DocumentError) -> DocumentValue {
        var reader = MessagePackReader(bytes, limits: limits)
        let value = try reader.value()
        guard reader.index == bytes.count else { throw reader.malformed("unexpected bytes after the document") }
        return value
    }

    /// A reader of values one after the other, of which the last may be there in part.
    public init(_ bytes: [UInt8], from start: Int = 0, limits: DocumentLimits = DocumentLimits()) {
        self.bytes = bytes
        index = start
        depthMax = limits.depthMax
        valuesLeft = limits.valuesMax
    }

    /// Takes a value.
    public mutating func value() throws(DocumentError) -> DocumentValue { try value(depth: 0) }

    /// Takes the head of a list, and gives its count; nil, and nothing is taken, if the next value is none.
    public mutating func arrayCount() throws(DocumentError) -> Int? {
        let start = index
        let tag = try tag()
        switch tag {
        case 0x90...0x9F: return Int(tag & 15)
        case 0xDC, 0xDD: return Int(try word(2 << Int(tag - 0xDC)))
        default:
            index = start
            return nil
        }
    }

    private func malformed(_ message: String) -> DocumentError {
        DocumentError(offset: index, message: message, isIncomplete: false)
    }

    private var incomplete: DocumentError {
        DocumentError(offset: bytes.count, message: "the document ends too early", isIncomplete: true)
    }

    private mutating func value(depth: Int) throws(DocumentError) -> DocumentValue {
        guard depth < depthMax else { throw malformed("nested too deep") }
        guard valuesLeft > 0 else { throw malformed("too many values") }
        valuesLeft -= 1
        let tag = try tag()
        switch tag {
        case 0x00...0x7F: return .integer(Int64(tag))
        case 0x80...0x8F: return try object(UInt64(tag & 15), depth)
        case 0x90...0x9F: return try array(UInt64(tag & 15), depth)
        case 0xA0...0xBF: return try text(UInt64(tag & 31))
        case 0xC0: return .null
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xC4, 0xC5, 0xC6: return .binary(try run(try word(1 << Int(tag - 0xC4))))
        case 0xC7: return try timestamp(Int(try word(1)))
        case 0xCA: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try word(4)))))
        case 0xCB: return .number(Double(bitPattern: try word(8)))
        case 0xCC, 0xCD, 0xCE, 0xCF:
            let word = try word(1 << Int(tag - 0xCC))
            return Int64(exactly: word).map { .integer($0) } ?? .number(Double(word))
        case 0xD0: return .integer(Int64(Int8(truncatingIfNeeded: try word(1))))
        case 0xD1: return .integer(Int64(Int16(truncatingIfNeeded: try word(2))))
        case 0xD2: return .integer(Int64(Int32(truncatingIfNeeded: try word(4))))
        case 0xD3: return .integer(Int64(bitPattern: try word(8)))
        case 0xD6, 0xD7: return try timestamp(4 << Int(tag - 0xD6))
        case 0xD9, 0xDA, 0xDB: return try text(try word(1 << Int(tag - 0xD9)))
        case 0xDC, 0xDD: return try array(try word(2 << Int(tag - 0xDC)), depth)
        case 0xDE, 0xDF: return try object(try word(2 << Int(tag - 0xDE)), depth)
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: tag)))
        default: throw malformed("an extension type that is no timestamp")
        }
    }

    private mutating func array(_ count: UInt64, _ depth: Int) throws(DocumentError) -> DocumentValue {
        guard count <= UInt64(bytes.count - index) else { throw incomplete }
        var values: [DocumentValue] = []
        for _ in 0..<count { values.append(try value(depth: depth + 1)) }
        return .array(values)
    }

    private mutating func object(_ count: UInt64, _ depth: Int) throws(DocumentError) -> DocumentValue {
        guard count <= UInt64(bytes.count - index) else { throw incomplete }
        var members: [DocumentValue.Member] = []
        for _ in 0..<count {
            guard let key = try value(depth: depth + 1).string else { throw malformed("keys must be texts") }
            members.append(DocumentValue.Member(key: key, value: try value(depth: depth + 1)))
        }
        return .object(members)
    }

    /// Text; bytes if it is no UTF-8, for then an old encoder meant bytes.
    private mutating func text(_ count: UInt64) throws(DocumentError) -> DocumentValue {
        let run = try run(count)
        return String(validating: run, as: UTF8.self).map { .string($0) } ?? .binary(run)
    }

    /// The extension type -1: seconds; 30 bits of nanoseconds and 34 of seconds; or 4 bytes of nanoseconds and 8 of seconds.
    private mutating func timestamp(_ byteCount: Int) throws(DocumentError) -> DocumentValue {
        guard try tag() == 0xFF else { throw malformed("an extension type that is no timestamp") }
        let (seconds, fraction): (Int64, Int64)
        switch byteCount {
        case 4: (seconds, fraction) = (Int64(try word(4)), 0)
        case 8:
            let word = try word(8)
            (seconds, fraction) = (Int64(word & (1 << 34 - 1)), Int64(word >> 34))
        case 12:
            fraction = Int64(try word(4))
            seconds = Int64(bitPattern: try word(8))
        default: throw malformed("a timestamp of \(byteCount) bytes")
        }
        // The earliest timestamps have seconds whose product is below Int64, and a fraction that brings them back.
        guard let time = Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(fraction)) else {
            throw malformed("a time out of range")
        }
        return .timestamp(time)
    }

    private mutating func run(_ count: UInt64) throws(DocumentError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.count - index) else { throw incomplete }
        let start = index
        index += Int(count)
        return bytes[start..<index]
    }

    private mutating func tag() throws(DocumentError) -> UInt8 {
        guard index < bytes.count else { throw incomplete }
        defer { index += 1 }
        return bytes[index]
    }

    private mutating func word(_ count: Int) throws(DocumentError) -> UInt64 {
        guard count <= bytes.count - index else { throw incomplete }
        var word: UInt64 = 0
        for offset in index..<index + count { word = word << 8 | UInt64(bytes[offset]) }
        index += count
        return word
    }
}
