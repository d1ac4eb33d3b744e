/// A value of a request or an answer, whichever of the two codecs it came by.
public enum RPCValue: Sendable, Hashable {
    /// Nothing: `nil` or `null`.
    case null
    /// A truth value.
    case boolean(Bool)
    /// A whole number; one beyond Int64 is a ``number(_:)``.
    case integer(Int64)
    /// A double.
    case number(Double)
    /// Text.
    case text(String)
    /// Bytes, where they lie in the request; only MessagePack has them.
    case binary(ArraySlice<UInt8>)
    /// A list.
    case array([RPCValue])
    /// A map, in the order in which it came.
    case object([Member])

    /// An entry of a map.
    public struct Member: Sendable, Hashable {
        /// The key.
        public var key: String
        /// The value.
        public var value: RPCValue

        /// Creates an entry.
        public init(key: String, value: RPCValue) {
            self.key = key
            self.value = value
        }
    }

    /// How deep values may lie in each other: no request needs more than five levels.
    static let depthMax = 32
    /// Values that a request may have: a write of a hundred thousand symbols has half a million, and each takes some
    /// forty bytes of memory for one of the request.
    static let countMax = 1 << 20

    /// The value of a key, compared without regard to case and underscores: `limit_record_count` and `LimitRecordCount` are
    /// one. Nil if there is none, or if it is null.
    func member(_ names: String...) -> RPCValue? {
        guard case .object(let members) = self else { return nil }
        for name in names {
            for member in members where Self.folded(member.key) == name {
                if case .null = member.value { return nil }
                return member.value
            }
        }
        return nil
    }

    private static func folded(_ key: String) -> String {
        var bytes: [UInt8] = []
        for byte in key.utf8 where byte != UInt8(ascii: "_") {
            bytes.append(byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Text, also if it came as bytes, as old encoders of MessagePack send it.
    var string: String? {
        switch self {
        case .text(let text): text
        case .binary(let bytes): String(validating: bytes, as: UTF8.self)
        case .null, .boolean, .integer, .number, .array, .object: nil
        }
    }
}

/// Why the bytes of a request are no document.
struct RPCMalformed: Error, Hashable {
    /// Where it was noticed.
    var offset: Int
}
