internal import NIOCore

/// Header or trailer fields of a message, in order; names compare without regard to case.
///
/// All names and values lie in one array of bytes, so that a head that was received costs one copy and no string; strings are
/// made for those who ask. Invariant: names are tokens, and values hold no control characters but tabs.
public struct HTTPFields: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// Where the name and the value of a field lie.
    struct Entry: Sendable {
        var name: Range<Int>
        var value: Range<Int>
    }

    private var bytes: [UInt8]
    private var entries: [Entry]

    /// Creates an empty list.
    public init() {
        self.bytes = []
        self.entries = []
    }

    /// Creates a list of fields in the order given.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { add(name, value) }
    }

    /// A list of fields that a parser has found in `bytes`, and checked.
    init(bytes: [UInt8], entries: [Entry]) {
        self.bytes = bytes
        self.entries = entries
    }

    /// The first value of a field; setting it replaces all values, and nil removes them.
    public subscript(name: String) -> String? {
        get { entries.first { isNamed($0, name) }.map(value) }
        set {
            entries = entries.filter { !isNamed($0, name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// All values of a field, in order.
    public func values(of name: String) -> [String] {
        var values: [String] = []
        for entry in entries where isNamed(entry, name) { values.append(value(entry)) }
        return values
    }

    /// Appends a field. A name or value that cannot stand in a message (control characters) is left out.
    public mutating func add(_ name: String, _ value: String) {
        guard HTTPCharacters.isToken(name.utf8), HTTPCharacters.isFieldValue(value.utf8) else { return }
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let middle = bytes.count
        bytes.append(contentsOf: value.utf8)
        entries.append(Entry(name: start..<middle, value: middle..<bytes.count))
    }

    /// Whether a comma-separated field holds a token, without regard to case, as in `Connection: keep-alive, Upgrade`.
    public func contains(_ token: String, in name: String) -> Bool {
        entries.contains { entry in
            isNamed(entry, name)
                && bytes[entry.value].split(separator: UInt8(ascii: ",")).contains {
                    HTTPCharacters.isEqual(HTTPCharacters.trimmed($0), token.utf8)
                }
        }
    }

    /// The fields in order.
    public var all: [(name: String, value: String)] {
        entries.map { (name: String(decoding: bytes[$0.name], as: UTF8.self), value: value($0)) }
    }

    /// The number of fields.
    public var count: Int { entries.count }

    /// Appends the fields as lines of a message.
    ///
    /// - Parameters:
    ///   - buffer: where to.
    ///   - reserved: names of fields to leave out.
    func write(to buffer: inout ByteBuffer, without reserved: [StaticString] = []) {
        bytes.withUnsafeBytes { bytes in
            for entry in entries where !reserved.contains(where: { Self.isEqual(bytes, entry.name, $0) }) {
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[entry.name]))
                buffer.writeStaticString(": ")
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[entry.value]))
                buffer.writeStaticString("\r\n")
            }
        }
    }

    private func value(_ entry: Entry) -> String { String(decoding: bytes[entry.value], as: UTF8.self) }

    private func isNamed(_ entry: Entry, _ name: String) -> Bool {
        let utf8 = name.utf8
        return entry.name.count == utf8.count && HTTPCharacters.isEqual(bytes[entry.name], utf8)
    }

    private static func isEqual(_ bytes: UnsafeRawBufferPointer, _ name: Range<Int>, _ reserved: StaticString) -> Bool {
        guard name.count == reserved.utf8CodeUnitCount else { return false }
        let other = UnsafeBufferPointer(start: reserved.utf8Start, count: reserved.utf8CodeUnitCount)
        return HTTPCharacters.isEqual(UnsafeRawBufferPointer(rebasing: bytes[name]), other)
    }

    /// Whether the names and values are equal, in order.
    public static func == (left: HTTPFields, right: HTTPFields) -> Bool {
        left.count == right.count
            && zip(left.entries, right.entries).allSatisfy {
                HTTPCharacters.isEqual(left.bytes[$0.name], right.bytes[$1.name])
                    && left.bytes[$0.value] == right.bytes[$1.value]
            }
    }

    /// Hashes names and values in order.
    public func hash(into hasher: inout Hasher) {
        for entry in entries {
            for byte in bytes[entry.name] { hasher.combine(HTTPCharacters.lowercased(byte)) }
            hasher.combine(bytes[entry.value])
        }
    }
}
