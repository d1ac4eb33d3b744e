/// A document as it is written, in JSON or in MessagePack: tokens, in an order that is left to the caller.
protocol DocumentWriter {
    /// What was written so far.
    var bytes: [UInt8] { get }
    mutating func beginObject()
    mutating func endObject()
    mutating func beginArray()
    mutating func endArray()
    /// A key that is known to need no escapes; a value must follow.
    mutating func key(_ name: StaticString)
    /// A key of any text; a value must follow.
    mutating func key(text name: String)
    mutating func value(_ text: String)
    mutating func value(_ number: Int64)
    mutating func value(_ flag: Bool)
    /// A double; null if it is nil or not finite.
    mutating func value(_ number: Double?)
    mutating func null()
}

extension DocumentWriter {
    mutating func value(_ number: Int) { value(Int64(number)) }

    mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    mutating func member(_ name: StaticString, _ number: Int64) {
        key(name)
        value(number)
    }

    mutating func member(_ name: StaticString, _ number: Int) {
        key(name)
        value(Int64(number))
    }

    mutating func member(_ name: StaticString, _ flag: Bool) {
        key(name)
        value(flag)
    }

    mutating func member(_ name: StaticString, _ texts: some Sequence<String>) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
}

extension JSONBuffer: DocumentWriter {}
