/// A value of MessagePack, as far as answers use it.
enum PackedValue: Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    /// The extension type -1, in nanoseconds.
    case timestamp(Int64)
    case text(String)
    case array([PackedValue])
    /// Members in their order.
    case map([Member])

    /// A member of a map.
    struct Member: Equatable {
        let name: String
        let value: PackedValue
    }

    /// A member of a map.
    subscript(name: String) -> PackedValue? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var string: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }
}

/// Why bytes give no value.
enum PackedError: Error, Equatable {
    /// More bytes may make it one.
    case incomplete
    case malformed(String)
}

/// Reads values from the beginning of bytes, of which there may not be enough yet.
struct PackedReader {
    /// Deeper nesting does not occur in answers, and recursion must end.
    private static let depthMax = 16

    let bytes: ArraySlice<UInt8>
    private(set) var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.index = bytes.startIndex
    }

    /// The tag of the next value, which is not taken.
    func peek() throws(PackedError) -> UInt8 {
        guard index < bytes.endIndex else { throw .incomplete }
        return bytes[index]
    }

    /// Takes the head of an array; nil if the next value is none.
    mutating func arrayCount() throws(PackedError) -> Int? {
        switch try peek() {
        case let tag where tag & 0xF0 == 0x90:
            index += 1
            return Int(tag & 15)
        case 0xDC, 0xDD: return try count(bytes: 2 << Int(takeTag() - 0xDC))
        default: return nil
        }
    }

    /// Takes a value.
    mutating func value(depth: Int = 0) throws(PackedError) -> PackedValue {
        guard depth < Self.depthMax else { throw .malformed("values nested too deep") }
        if let count = try arrayCount() { return try array(count, depth) }
        let tag = try takeTag()
        switch tag {
        case 0x00...0x7F: return .integer(Int64(tag))
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: tag)))
        case 0x80...0x8F: return try map(Int(tag & 15), depth)
        case 0xA0...0xBF: return .text(try text(Int(tag & 31)))
        case 0xC0: return .null
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xCA: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try word(bytes: 4)))))
        case 0xCB: return .double(Double(bitPattern: try word(bytes: 8)))
        case 0xCC, 0xCD, 0xCE, 0xCF:
            guard let value = Int64(exactly: try word(bytes: 1 << Int(tag - 0xCC))) else {
                throw .malformed("an integer above 2^63 - 1")
            }
            return .integer(value)
        case 0xD0: return .integer(Int64(Int8(truncatingIfNeeded: try word(bytes: 1))))
        case 0xD1: return .integer(Int64(Int16(truncatingIfNeeded: try word(bytes: 2))))
        case 0xD2: return .integer(Int64(Int32(truncatingIfNeeded: try word(bytes: 4))))
        case 0xD3: return .integer(Int64(bitPattern: try word(bytes: 8)))
        case 0xD9, 0xDA, 0xDB: return .text(try text(count(bytes: 1 << Int(tag - 0xD9))))
        case 0xDE, 0xDF: return try map(count(bytes: 2 << Int(tag - 0xDE)), depth)
        case 0xD6: return try timestamp(bytes: 4)
        case 0xD7: return try timestamp(bytes: 8)
        case 0xC7:
            guard try takeTag() == 12 else { throw .malformed("an unknown extension") }
            return try timestamp(bytes: 12)
        default: throw .malformed("the tag \(tag)")
        }
    }

    private mutating func takeTag() throws(PackedError) -> UInt8 {
        let tag = try peek()
        index += 1
        return tag
    }

    private mutating func count(bytes: Int) throws(PackedError) -> Int {
        Int(truncatingIfNeeded: try word(bytes: bytes))
    }

    private mutating func array(_ count: Int, _ depth: Int) throws(PackedError) -> PackedValue {
        var values: [PackedValue] = []
        for _ in 0..<count { values.append(try value(depth: depth + 1)) }
        return .array(values)
    }

    private mutating func map(_ count: Int, _ depth: Int) throws(PackedError) -> PackedValue {
        var members: [PackedValue.Member] = []
        for _ in 0..<count {
            guard case .text(let name) = try value(depth: depth + 1) else { throw .malformed("a key that is no text") }
            members.append(PackedValue.Member(name: name, value: try value(depth: depth + 1)))
        }
        return .map(members)
    }

    private mutating func text(_ count: Int) throws(PackedError) -> String {
        guard count <= bytes.endIndex - index else { throw .incomplete }
        defer { index += count }
        return String(decoding: bytes[index..<index + count], as: UTF8.self)
    }

    private mutating func word(bytes count: Int) throws(PackedError) -> UInt64 {
        guard count <= bytes.endIndex - index else { throw .incomplete }
        var word: UInt64 = 0
        for byte in bytes[index..<index + count] { word = word << 8 | UInt64(byte) }
        index += count
        return word
    }

    /// Seconds; 30 bits of nanoseconds and 34 of seconds; or 4 bytes of nanoseconds and 8 of seconds.
    private mutating func timestamp(bytes count: Int) throws(PackedError) -> PackedValue {
        guard try takeTag() == 0xFF else { throw .malformed("an unknown extension") }
        let seconds: Int64
        let fraction: Int64
        switch count {
        case 4: (seconds, fraction) = (Int64(try word(bytes: 4)), 0)
        case 8:
            let word = try word(bytes: 8)
            (seconds, fraction) = (Int64(word & (1 << 34 - 1)), Int64(word >> 34))
        default:
            fraction = Int64(try word(bytes: 4))
            seconds = Int64(bitPattern: try word(bytes: 8))
        }
        // The earliest timestamps have seconds whose product is below Int64, and a fraction that brings them back.
        let nanoseconds = Int128(seconds) * 1_000_000_000 + Int128(fraction)
        guard let value = Int64(exactly: nanoseconds) else { throw .malformed("a time out of range") }
        return .timestamp(value)
    }
}
