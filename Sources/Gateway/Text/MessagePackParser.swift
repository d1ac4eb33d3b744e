/// Reads one MessagePack document into the values that JSON has, for requests of a few kilobytes.
///
/// Binary strings, extension types and keys that are no text have no counterpart there and are refused.
struct MessagePackParser {
    /// Deeper nesting has no use in a request, and recursion must end.
    private static let depthMax = 32

    private let bytes: [UInt8]
    private var index = 0

    /// The document that all of `bytes` are.
    static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = MessagePackParser(bytes)
        let value = try parser.value(depth: 0)
        guard parser.index == bytes.count else { throw parser.error("unexpected bytes after the document") }
        return value
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ message: String) -> JSONError { JSONError(offset: min(index, bytes.count), message: message) }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.depthMax else { throw error("nested too deep") }
        let tag = UInt8(truncatingIfNeeded: try word(bytes: 1))
        switch tag {
        case 0x00...0x7F: return .integer(Int64(tag))
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: tag)))
        case 0x80...0x8F: return try object(count: UInt64(tag & 15), depth)
        case 0x90...0x9F: return try array(count: UInt64(tag & 15), depth)
        case 0xA0...0xBF: return .string(try text(count: UInt64(tag & 31)))
        case 0xC0: return .null
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xCA: return try number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try word(bytes: 4)))))
        case 0xCB: return try number(Double(bitPattern: try word(bytes: 8)))
        case 0xCC, 0xCD, 0xCE, 0xCF: return try unsigned(word(bytes: 1 << Int(tag - 0xCC)))
        case 0xD0: return .integer(Int64(Int8(truncatingIfNeeded: try word(bytes: 1))))
        case 0xD1: return .integer(Int64(Int16(truncatingIfNeeded: try word(bytes: 2))))
        case 0xD2: return .integer(Int64(Int32(truncatingIfNeeded: try word(bytes: 4))))
        case 0xD3: return .integer(Int64(bitPattern: try word(bytes: 8)))
        case 0xD9, 0xDA, 0xDB: return .string(try text(count: try word(bytes: 1 << Int(tag - 0xD9))))
        case 0xDC, 0xDD: return try array(count: try word(bytes: 2 << Int(tag - 0xDC)), depth)
        case 0xDE, 0xDF: return try object(count: try word(bytes: 2 << Int(tag - 0xDE)), depth)
        default: throw error("binary strings and extension types have no use in a request")
        }
    }

    private func unsigned(_ word: UInt64) throws(JSONError) -> JSONValue {
        guard let number = Int64(exactly: word) else { throw error("an integer above 2^63 - 1") }
        return .integer(number)
    }

    private func number(_ value: Double) throws(JSONError) -> JSONValue {
        guard value.isFinite else { throw error("a number that is not finite") }
        return .number(value)
    }

    private mutating func array(count: UInt64, _ depth: Int) throws(JSONError) -> JSONValue {
        // Each value takes a byte at least: what is announced beyond that is not reserved for.
        guard count <= UInt64(bytes.count - index) else { throw error("the document ends too early") }
        var values: [JSONValue] = []
        for _ in 0..<count { values.append(try value(depth: depth + 1)) }
        return .array(values)
    }

    private mutating func object(count: UInt64, _ depth: Int) throws(JSONError) -> JSONValue {
        guard count <= UInt64(bytes.count - index) else { throw error("the document ends too early") }
        var members: [String: JSONValue] = [:]
        for _ in 0..<count {
            guard case .string(let name) = try value(depth: depth + 1) else { throw error("keys must be texts") }
            members[name] = try value(depth: depth + 1)
        }
        return .object(members)
    }

    private mutating func text(count: UInt64) throws(JSONError) -> String {
        guard count <= UInt64(bytes.count - index) else { throw error("the document ends too early") }
        let end = index + Int(count)
        guard let text = String(validating: bytes[index..<end], as: UTF8.self) else {
            throw error("text must be UTF-8")
        }
        index = end
        return text
    }

    private mutating func word(bytes count: Int) throws(JSONError) -> UInt64 {
        guard index + count <= bytes.count else { throw error("the document ends too early") }
        var word: UInt64 = 0
        for byte in bytes[index..<index + count] { word = word << 8 | UInt64(byte) }
        index += count
        return word
    }
}
