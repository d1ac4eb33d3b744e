/// Reads one MessagePack document (github.com/msgpack/msgpack/blob/master/spec.md). Bytes and long text stay where they are.
///
/// Nothing that the document announces is believed before the bytes for it are there.
struct MessagePackReader {
    private let bytes: [UInt8]
    private var index = 0
    private var left = RPCValue.countMax

    /// The document that all of `bytes` are.
    static func value(of bytes: [UInt8]) throws(RPCMalformed) -> RPCValue {
        var reader = MessagePackReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        guard reader.index == bytes.count else { throw reader.malformed }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var malformed: RPCMalformed { RPCMalformed(offset: index) }

    private mutating func value(depth: Int) throws(RPCMalformed) -> RPCValue {
        guard depth < RPCValue.depthMax, left > 0 else { throw malformed }
        left -= 1
        let tag = UInt8(truncatingIfNeeded: try word(1))
        switch tag {
        case 0x00...0x7F: return .integer(Int64(tag))
        case 0x80...0x8F: return try object(UInt64(tag & 15), depth)
        case 0x90...0x9F: return try array(UInt64(tag & 15), depth)
        case 0xA0...0xBF: return try text(UInt64(tag & 31))
        case 0xC0: return .null
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xC4, 0xC5, 0xC6: return .binary(try run(try word(1 << Int(tag - 0xC4))))
        case 0xCA: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try word(4)))))
        case 0xCB: return .number(Double(bitPattern: try word(8)))
        case 0xCC, 0xCD, 0xCE, 0xCF:
            let word = try word(1 << Int(tag - 0xCC))
            return Int64(exactly: word).map { .integer($0) } ?? .number(Double(word))
        case 0xD0: return .integer(Int64(Int8(truncatingIfNeeded: try word(1))))
        case 0xD1: return .integer(Int64(Int16(truncatingIfNeeded: try word(2))))
        case 0xD2: return .integer(Int64(Int32(truncatingIfNeeded: try word(4))))
        case 0xD3: return .integer(Int64(bitPattern: try word(8)))
        case 0xD9, 0xDA, 0xDB: return try text(try word(1 << Int(tag - 0xD9)))
        case 0xDC, 0xDD: return try array(try word(2 << Int(tag - 0xDC)), depth)
        case 0xDE, 0xDF: return try object(try word(2 << Int(tag - 0xDE)), depth)
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: tag)))
        default: throw malformed
        }
    }

    private mutating func array(_ count: UInt64, _ depth: Int) throws(RPCMalformed) -> RPCValue {
        guard count <= UInt64(bytes.count - index) else { throw malformed }
        var values: [RPCValue] = []
        for _ in 0..<count { values.append(try value(depth: depth + 1)) }
        return .array(values)
    }

    private mutating func object(_ count: UInt64, _ depth: Int) throws(RPCMalformed) -> RPCValue {
        guard count <= UInt64(bytes.count - index) else { throw malformed }
        var members: [RPCValue.Member] = []
        for _ in 0..<count {
            guard let key = try value(depth: depth + 1).string else { throw malformed }
            members.append(RPCValue.Member(key: key, value: try value(depth: depth + 1)))
        }
        return .object(members)
    }

    /// Text; bytes if it is no UTF-8, for then an old encoder meant bytes.
    private mutating func text(_ count: UInt64) throws(RPCMalformed) -> RPCValue {
        let run = try run(count)
        return String(validating: run, as: UTF8.self).map { .text($0) } ?? .binary(run)
    }

    private mutating func run(_ count: UInt64) throws(RPCMalformed) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.count - index) else { throw malformed }
        let start = index
        index += Int(count)
        return bytes[start..<index]
    }

    private mutating func word(_ count: Int) throws(RPCMalformed) -> UInt64 {
        guard count <= bytes.count - index else { throw malformed }
        var word: UInt64 = 0
        for offset in index..<index + count { word = word << 8 | UInt64(bytes[offset]) }
        index += count
        return word
    }
}
