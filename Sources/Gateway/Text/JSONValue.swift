/// A JSON document in memory (RFC 8259), for requests of a few kilobytes.
enum JSONValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// The last of members with the same name.
    case object([String: JSONValue])

    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var integer: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// An integer or a double.
    var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    var boolean: Bool? {
        guard case .boolean(let flag) = self else { return nil }
        return flag
    }

    var array: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// One text, or an array of texts; nil for anything else.
    var strings: [String]? {
        if let string { return [string] }
        guard let array else { return nil }
        let texts = array.compactMap(\.string)
        return texts.count == array.count ? texts : nil
    }
}

/// Where a text is not JSON.
struct JSONError: Error {
    /// UTF-8 offset of the offending byte.
    let offset: Int
    let message: String
}

extension JSONValue {
    /// Deeper nesting has no use in a request, and recursion must end.
    private static let depthMax = 32

    static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = Parser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpaces()
        guard parser.isAtEnd else { throw parser.error("unexpected text after the document") }
        return value
    }

    private struct Parser {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { index >= bytes.count }
        var current: UInt8? { index < bytes.count ? bytes[index] : nil }

        func error(_ message: String) -> JSONError { JSONError(offset: index, message: message) }

        mutating func skipSpaces() {
            while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard current == byte else { return false }
            index += 1
            return true
        }

        mutating func value(depth: Int) throws(JSONError) -> JSONValue {
            guard depth < depthMax else { throw error("nested too deep") }
            skipSpaces()
            switch current {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .boolean(true))
            case UInt8(ascii: "f"): return try word("false", .boolean(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            case nil: throw error("the document ends too early")
            case .some(let byte):
                guard "-0123456789".utf8.contains(byte) else { throw error("expected a value") }
                return try number()
            }
        }

        mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
            let word = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            guard bytes[index...].starts(with: word) else { throw error("expected a value") }
            index += word.count
            return value
        }

        mutating func object(depth: Int) throws(JSONError) -> JSONValue {
            index += 1
            var members: [String: JSONValue] = [:]
            skipSpaces()
            if take(UInt8(ascii: "}")) { return .object(members) }
            while true {
                skipSpaces()
                guard current == UInt8(ascii: "\"") else { throw error("expected a member's name") }
                let name = try string()
                skipSpaces()
                guard take(UInt8(ascii: ":")) else { throw error("expected ':'") }
                members[name] = try value(depth: depth + 1)
                skipSpaces()
                if take(UInt8(ascii: ",")) { continue }
                guard take(UInt8(ascii: "}")) else { throw error("expected ',' or '}'") }
                return .object(members)
            }
        }

        mutating func array(depth: Int) throws(JSONError) -> JSONValue {
            index += 1
            var values: [JSONValue] = []
            skipSpaces()
            if take(UInt8(ascii: "]")) { return .array(values) }
            while true {
                values.append(try value(depth: depth + 1))
                skipSpaces()
                if take(UInt8(ascii: ",")) { continue }
                guard take(UInt8(ascii: "]")) else { throw error("expected ',' or ']'") }
                return .array(values)
            }
        }

        mutating func number() throws(JSONError) -> JSONValue {
            let start = index
            while let byte = current, "+-.eE0123456789".utf8.contains(byte) { index += 1 }
            let text = String(decoding: bytes[start..<index], as: UTF8.self)
            let digits = text.drop { $0 == "-" }
            let isPlain = digits.allSatisfy { $0.isASCII && $0.isNumber }
            guard digits.first?.isNumber == true, !(digits.hasPrefix("0") && digits.count > 1 && isPlain) else {
                throw error("malformed number")
            }
            if isPlain, let integer = Int64(text) { return .integer(integer) }
            guard let number = Double(text), number.isFinite else { throw error("malformed number") }
            return .number(number)
        }

        mutating func string() throws(JSONError) -> String {
            index += 1
            var text: [UInt8] = []
            while let byte = current {
                index += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard let string = String(validating: text, as: UTF8.self) else {
                        throw error("text must be UTF-8")
                    }
                    return string
                case UInt8(ascii: "\\"): try escape(into: &text)
                case 0..<0x20: throw error("control characters must be escaped")
                default: text.append(byte)
                }
            }
            throw error("a text without its closing quote")
        }

        private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
            guard let byte = current else { throw error("the document ends too early") }
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeScalar()).utf8)
            default: throw error("unknown escape")
            }
        }

        private mutating func unicodeScalar() throws(JSONError) -> Character {
            let high = try hex4()
            var value = high
            if (0xD800..<0xDC00).contains(high) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error("half of a surrogate pair") }
                let low = try hex4()
                guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
                value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw error("half of a surrogate pair") }
            return Character(scalar)
        }

        private mutating func hex4() throws(JSONError) -> UInt32 {
            guard index + 4 <= bytes.count,
                let value = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
            else { throw error("\\u needs four hexadecimal digits") }
            index += 4
            return value
        }
    }
}
