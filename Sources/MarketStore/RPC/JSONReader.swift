/// Reads one JSON document (RFC 8259).
struct JSONReader {
    private let bytes: [UInt8]
    private var index = 0
    private var left = RPCValue.countMax

    /// The document that all of `bytes` are.
    static func value(of bytes: [UInt8]) throws(RPCMalformed) -> RPCValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.malformed }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var malformed: RPCMalformed { RPCMalformed(offset: index) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(RPCMalformed) -> RPCValue {
        guard depth < RPCValue.depthMax, left > 0 else { throw malformed }
        left -= 1
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: RPCValue) throws(RPCMalformed) -> RPCValue {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count, word.withUTF8Buffer({ $0.elementsEqual(bytes[index..<end]) }) else { throw malformed }
        index = end
        return value
    }

    private mutating func array(_ depth: Int) throws(RPCMalformed) -> RPCValue {
        index += 1
        var values: [RPCValue] = []
        skipSpace()
        if take("]") { return .array(values) }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(values) }
            guard take(",") else { throw malformed }
        }
    }

    private mutating func object(_ depth: Int) throws(RPCMalformed) -> RPCValue {
        index += 1
        var members: [RPCValue.Member] = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw malformed }
            let key = try text()
            skipSpace()
            guard take(":") else { throw malformed }
            members.append(RPCValue.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw malformed }
        }
    }

    private mutating func number() throws(RPCMalformed) -> RPCValue {
        let start = index
        var isWhole = true
        while let byte = next {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): isWhole = false
            default: return try number(start, isWhole)
            }
            index += 1
        }
        return try number(start, isWhole)
    }

    private func number(_ start: Int, _ isWhole: Bool) throws(RPCMalformed) -> RPCValue {
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .integer(number) }
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "."),
            let number = Double(text), number.isFinite
        else { throw malformed }
        return .number(number)
    }

    // MARK: Text

    private mutating func text() throws(RPCMalformed) -> String {
        index += 1
        let start = index
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        if next == UInt8(ascii: "\"") {
            guard let text = String(validating: bytes[start..<index], as: UTF8.self) else { throw malformed }
            index += 1
            return text
        }
        return try escapedText(from: start)
    }

    private mutating func escapedText(from start: Int) throws(RPCMalformed) -> String {
        var units = Array(bytes[start..<index])
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: units, as: UTF8.self) else { throw malformed }
                return text
            case UInt8(ascii: "\\"): try escape(&units)
            case 0..<0x20: throw malformed
            default: units.append(byte)
            }
        }
        throw malformed
    }

    private mutating func escape(_ units: inout [UInt8]) throws(RPCMalformed) {
        guard let byte = next else { throw malformed }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            var point = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(point), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                let low = UInt32(try hexadecimal())
                guard (0xDC00..<0xE000).contains(low) else { throw malformed }
                point = 0x10000 + (point - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(point) else { throw malformed }
            units.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw malformed
        }
    }

    private mutating func hexadecimal() throws(RPCMalformed) -> UInt16 {
        guard index + 4 <= bytes.count else { throw malformed }
        var value: UInt16 = 0
        for offset in index..<index + 4 {
            guard let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue, bytes[offset] < 0x80 else {
                throw malformed
            }
            value = value << 4 | UInt16(digit)
        }
        index += 4
        return value
    }
}
