/// Reads one JSON document (RFC 8259).
public struct JSONReader {
    private let bytes: [UInt8]
    private let depthMax: Int
    private var valuesLeft: Int
    private var index = 0

    /// The document that all of `bytes` are.
    public static func value(
        of bytes: [UInt8],
        limits: DocumentLimits = DocumentLimits()
    ) throws(DocumentError) -> DocumentValue {
        var reader = JSONReader(bytes: bytes, limits: limits)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.malformed("unexpected text after the document") }
        return value
    }

    private init(bytes: [UInt8], limits: DocumentLimits) {
        self.bytes = bytes
        depthMax = limits.depthMax
        valuesLeft = limits.valuesMax
    }

    private func malformed(_ message: String) -> DocumentError {
        guard index < bytes.count else {
            return DocumentError(offset: bytes.count, message: "the document ends too early", isIncomplete: true)
        }
        return DocumentError(offset: index, message: message, isIncomplete: false)
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(DocumentError) -> DocumentValue {
        guard depth < depthMax else { throw malformed("nested too deep") }
        guard valuesLeft > 0 else { throw malformed("too many values") }
        valuesLeft -= 1
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try text())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): return try number()
        default: throw malformed("expected a value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: DocumentValue) throws(DocumentError) -> DocumentValue {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count, word.withUTF8Buffer({ $0.elementsEqual(bytes[index..<end]) }) else {
            throw malformed("expected a value")
        }
        index = end
        return value
    }

    private mutating func array(_ depth: Int) throws(DocumentError) -> DocumentValue {
        index += 1
        var values: [DocumentValue] = []
        skipSpace()
        if take("]") { return .array(values) }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(values) }
            guard take(",") else { throw malformed("expected ',' or ']'") }
        }
    }

    private mutating func object(_ depth: Int) throws(DocumentError) -> DocumentValue {
        index += 1
        var members: [DocumentValue.Member] = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw malformed("expected a member's name") }
            let key = try text()
            skipSpace()
            guard take(":") else { throw malformed("expected ':'") }
            members.append(DocumentValue.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw malformed("expected ',' or '}'") }
        }
    }

    // MARK: Numbers

    private mutating func number() throws(DocumentError) -> DocumentValue {
        let start = index
        _ = take("-")
        if !take("0"), skipDigits() == 0 { throw malformed("malformed number") }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard skipDigits() > 0 else { throw malformed("malformed number") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            index += 1
            if !take("+") { _ = take("-") }
            guard skipDigits() > 0 else { throw malformed("malformed number") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else {
            index = start
            throw malformed("a number beyond what a double holds")
        }
        return .number(number)
    }

    private mutating func skipDigits() -> Int {
        let start = index
        while let byte = next, Self.isDigit(byte) { index += 1 }
        return index - start
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    // MARK: Text

    private mutating func text() throws(DocumentError) -> String {
        index += 1
        let start = index
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        guard next == UInt8(ascii: "\"") else { return try escapedText(from: start) }
        guard let text = String(validating: bytes[start..<index], as: UTF8.self) else {
            throw malformed("text must be UTF-8")
        }
        index += 1
        return text
    }

    private mutating func escapedText(from start: Int) throws(DocumentError) -> String {
        var units = Array(bytes[start..<index])
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: units, as: UTF8.self) else { throw malformed("text must be UTF-8") }
                index += 1
                return text
            case UInt8(ascii: "\\"):
                index += 1
                try escape(&units)
            case 0..<0x20: throw malformed("control characters must be escaped")
            default:
                index += 1
                units.append(byte)
            }
        }
        throw malformed("a text without its closing quote")
    }

    private mutating func escape(_ units: inout [UInt8]) throws(DocumentError) {
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(bytes[index])
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            index += 1
            return units.append(contentsOf: String(Character(try scalar())).utf8)
        default: throw malformed("unknown escape")
        }
        index += 1
    }

    private mutating func scalar() throws(DocumentError) -> Unicode.Scalar {
        var point = try hexadecimal()
        if (0xD800..<0xDC00).contains(point), take("\\"), take("u") {
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw malformed("half of a surrogate pair") }
            point = 0x10000 + (point - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(point) else { throw malformed("half of a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimal() throws(DocumentError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw malformed("\\u needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
