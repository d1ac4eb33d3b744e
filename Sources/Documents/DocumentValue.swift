/// A value of a document, whether it came as JSON or as MessagePack.
public enum DocumentValue: Sendable, Hashable {
    /// Nothing: `null` or nil.
    case null
    /// A truth value.
    case boolean(Bool)
    /// A whole number; one beyond Int64 is a ``number(_:)``.
    case integer(Int64)
    /// A double; of MessagePack also NaN and the infinities.
    case number(Double)
    /// Text.
    case string(String)
    /// Bytes, where they lie in the document; only MessagePack has them.
    case binary(ArraySlice<UInt8>)
    /// Nanoseconds since the Unix epoch; only MessagePack has them.
    case timestamp(Int64)
    /// A list.
    case array([DocumentValue])
    /// A map, in the order in which it came; a key may be there more than once.
    case object([Member])

    /// An entry of a map.
    public struct Member: Sendable, Hashable {
        /// The key.
        public var key: String
        /// The value.
        public var value: DocumentValue

        /// Creates an entry.
        public init(key: String, value: DocumentValue) {
            self.key = key
            self.value = value
        }
    }

    /// The last value of a key; nil if there is none, or if this is no map.
    public subscript(key: String) -> DocumentValue? { members?.last { $0.key == key }?.value }

    /// The entries of a map.
    public var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The values of a list.
    public var array: [DocumentValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// Text, also if it came as bytes, as old encoders of MessagePack send it.
    public var string: String? {
        switch self {
        case .string(let text): text
        case .binary(let bytes): String(validating: bytes, as: UTF8.self)
        case .null, .boolean, .integer, .number, .timestamp, .array, .object: nil
        }
    }

    /// One text, or a list of nothing but texts.
    public var strings: [String]? {
        if let string { return [string] }
        guard let array else { return nil }
        let texts = array.compactMap(\.string)
        return texts.count == array.count ? texts : nil
    }

    /// A whole number.
    public var integer: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// A number of either kind.
    public var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .null, .boolean, .string, .binary, .timestamp, .array, .object: nil
        }
    }

    /// A truth value.
    public var boolean: Bool? {
        guard case .boolean(let flag) = self else { return nil }
        return flag
    }
}

/// How much a reader takes from a document of strangers. The bytes themselves have a bound where they come in.
public struct DocumentLimits: Sendable, Hashable {
    /// How deep values may lie in each other: recursion must end.
    public var depthMax = 32
    /// Values, each of which takes some forty bytes of memory for one of the document.
    public var valuesMax = Int.max

    /// Creates limits.
    public init(depthMax: Int = 32, valuesMax: Int = Int.max) {
        self.depthMax = depthMax
        self.valuesMax = valuesMax
    }
}

/// Why bytes are no document.
public struct DocumentError: Error, Sendable, Hashable {
    /// Where it was noticed.
    public let offset: Int
    /// What is wrong, as a part of a sentence.
    public let message: String
    /// Whether further bytes might make it one.
    public let isIncomplete: Bool

    /// Creates an error.
    public init(offset: Int, message: String, isIncomplete: Bool) {
        self.offset = offset
        self.message = message
        self.isIncomplete = isIncomplete
    }
}
