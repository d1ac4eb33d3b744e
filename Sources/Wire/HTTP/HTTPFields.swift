internal import NIOHTTP1

/// Header or trailer fields of a message, in order; names compare without regard to case.
public struct HTTPFields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    var storage: NIOHTTP1.HTTPHeaders

    /// Creates an empty list.
    public init() { self.storage = NIOHTTP1.HTTPHeaders() }

    /// Creates a list of fields in the order given.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { add(name, value) }
    }

    init(_ storage: NIOHTTP1.HTTPHeaders) { self.storage = storage }

    /// The first value of a field; setting it replaces all values, and nil removes them.
    public subscript(name: String) -> String? {
        get { storage.first(name: name) }
        set {
            storage.remove(name: name)
            if let newValue { add(name, newValue) }
        }
    }

    /// All values of a field, in order.
    public func values(of name: String) -> [String] { storage[name] }

    /// Appends a field. A name or value that cannot stand in a message (control characters) is left out.
    public mutating func add(_ name: String, _ value: String) {
        guard Self.isToken(name), Self.isValue(value) else { return }
        storage.add(name: name, value: value)
    }

    /// Whether a comma-separated field holds a token, without regard to case, as in `Connection: keep-alive, Upgrade`.
    public func contains(_ token: String, in name: String) -> Bool {
        storage[canonicalForm: name].contains { $0.lowercased() == token }
    }

    /// The fields in order.
    public var all: [(name: String, value: String)] { storage.map { (name: $0.name, value: $0.value) } }

    /// The number of fields.
    public var count: Int { storage.count }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
    }

    private static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }

    /// Whether the names and values are equal, in order.
    public static func == (left: HTTPFields, right: HTTPFields) -> Bool {
        left.count == right.count
            && zip(left.storage, right.storage).allSatisfy {
                $0.name.lowercased() == $1.name.lowercased() && $0.value == $1.value
            }
    }

    /// Hashes names and values in order.
    public func hash(into hasher: inout Hasher) {
        for field in storage {
            hasher.combine(field.name.lowercased())
            hasher.combine(field.value)
        }
    }
}
