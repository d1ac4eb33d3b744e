import NIOCore
import Wire

/// A connection to the simulated streams, and what it subscribes to. Used on the simulator's loop only.
final class StreamSubscriber: WebSocketDelegate {
    private let exchange: ExchangeSimulator
    /// Nil once the connection is closed.
    private(set) var connection: WebSocketConnection?
    private(set) var streams: Set<String> = []
    /// Whether messages bear their stream's name.
    let isCombined: Bool
    let unit: MessageText.TimeUnit
    /// A silent connection stays open and gets nothing.
    var isSilent = false
    private var waiting = ByteBuffer()

    init(
        exchange: ExchangeSimulator,
        connection: WebSocketConnection,
        streams: [String],
        isCombined: Bool,
        unit: MessageText.TimeUnit
    ) {
        self.exchange = exchange
        self.connection = connection
        self.streams = Set(streams)
        self.isCombined = isCombined
        self.unit = unit
    }

    /// Adds a frame to what the next ``flush()`` sends.
    func append(_ frame: ByteBuffer) {
        guard !isSilent else { return }
        waiting.writeImmutableBuffer(frame)
    }

    /// Sends what has gathered; cuts a subscriber that does not read.
    func flush() {
        guard waiting.readableBytes > 0, let connection else { return }
        if connection.bufferedBytes > SimulatorOptions.subscriberBytesMax { return connection.abort() }
        connection.write(frames: waiting)
        connection.flush()
        waiting = ByteBuffer()
    }

    /// Cuts the connection without a word.
    func cut() { connection?.abort() }

    // MARK: WebSocketDelegate

    func webSocketDidOpen(_ connection: WebSocketConnection) { exchange.joined(self) }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {
        self.connection = nil
        exchange.left(self)
    }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        guard !isSilent else { return }
        let request: ClientMessage
        do throws(ClientMessage.SyntaxError) {
            request = try ClientMessage(Array(message.bytes.readableBytesView))
        } catch {
            let place = "line 1 column \(error.offset + 1)"
            return connection.send(text: "{\"code\":3,\"msg\":\"Invalid JSON: expected value at \(place)\"}")
        }
        connection.send(text: answer(to: request))
    }

    private func answer(to request: ClientMessage) -> String {
        let id = request.id
        switch request.method {
        case "SUBSCRIBE":
            let wanted = streams.union(request.params)
            guard wanted.count <= SimulatorOptions.streamsMax else {
                return "{\"code\":2,\"msg\":\"Invalid request: too many streams\",\"id\":\(id)}"
            }
            streams = wanted
            exchange.changed()
            return "{\"result\":null,\"id\":\(id)}"
        case "UNSUBSCRIBE":
            streams.subtract(request.params)
            exchange.changed()
            return "{\"result\":null,\"id\":\(id)}"
        case "LIST_SUBSCRIPTIONS":
            return "{\"result\":[\(streams.sorted().map { "\"\($0)\"" }.joined(separator: ","))],\"id\":\(id)}"
        case let method:
            let words = method.map { "unknown variant `\($0.prefix(40).filter { $0.isLetter || $0 == "_" })`" }
            let text = words ?? "missing field `method`"
            return "{\"code\":2,\"msg\":\"Invalid request: \(text), expected one of `SUBSCRIBE`, `UNSUBSCRIBE`,"
                + " `LIST_SUBSCRIPTIONS`\",\"id\":\(id)}"
        }
    }
}
