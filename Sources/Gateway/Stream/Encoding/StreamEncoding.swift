/// What messages are written in, and what is around them.
enum StreamEncoding: Sendable, Hashable, CaseIterable {
    /// A JSON object in a text frame.
    case json
    /// A MessagePack array in a binary frame.
    case messagePack
    /// A JSON object in a server-sent event.
    case events

    static let jsonSubprotocol = "tickgate.v1.json"
    static let messagePackSubprotocol = "tickgate.v1.msgpack"
    static let subprotocols = [jsonSubprotocol, messagePackSubprotocol]

    /// An empty document of this encoding.
    var document: any DocumentWriter {
        switch self {
        case .json, .events: JSONBuffer()
        case .messagePack: MessagePackBuffer()
        }
    }

    /// A message that is no snapshot or delta; `body` writes the members beside `op`.
    func message(_ op: String, _ body: (inout any DocumentWriter) -> Void) -> [UInt8] {
        var document = self.document
        switch self {
        case .json, .events:
            document.beginObject()
            document.key("op")
            document.value(op)
            body(&document)
            document.endObject()
        case .messagePack:
            document.beginArray()
            document.value(op)
            document.beginObject()
            body(&document)
            document.endObject()
            document.endArray()
        }
        return document.bytes
    }
}

/// Writes the payloads of data messages. One of each encoding serves all shapes of a loop.
protocol StreamEncoder {
    /// The message written last.
    var payload: [UInt8] { get }
    /// The present state of a shape.
    mutating func snapshot(_ shape: Shape)
    mutating func delta(_ shape: Shape, _ delta: Delta)
    mutating func lag(sid: Int64, from: Int64, to: Int64)
}
