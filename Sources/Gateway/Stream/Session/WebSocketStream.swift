internal import NIOCore
internal import Wire

/// A subscriber that speaks WebSocket.
final class WebSocketStream: WebSocketDelegate, StreamTransport {
    let encoding: StreamEncoding
    private let session: StreamSession
    private let connection: WebSocketConnection

    init(_ connection: WebSocketConnection, _ session: StreamSession, _ encoding: StreamEncoding) {
        self.connection = connection
        self.session = session
        self.encoding = encoding
    }

    // MARK: - WebSocketDelegate

    func webSocketDidOpen(_ connection: WebSocketConnection) { session.open(self) }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        switch message {
        case .text(let bytes): session.receive(bytes, isMessagePack: false)
        case .binary(let bytes): session.receive(bytes, isMessagePack: true)
        }
    }

    func webSocketWritabilityDidChange(_ connection: WebSocketConnection) { session.writabilityChanged() }
    func webSocketServerIsShuttingDown(_ connection: WebSocketConnection) { session.goAway() }
    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) { session.end() }

    // MARK: - StreamTransport

    var eventLoop: any EventLoop { connection.eventLoop }
    var compression: WebSocketCompression? { connection.compression }
    var isWritable: Bool { connection.isWritable }
    func write(_ messages: ByteBuffer) { connection.write(frames: messages) }
    func flush() { connection.flush() }
    func close(_ code: WebSocketCloseCode, reason: String) { connection.close(code, reason: reason) }
}

/// A connection that offered a version of the protocol that is not spoken here: it is told so by its close code, the only
/// thing that a page in a browser gets to see.
final class UnknownVersion: WebSocketDelegate {
    func webSocketDidOpen(_ connection: WebSocketConnection) {
        let spoken = StreamEncoding.subprotocols.map { "\"\($0)\"" }.joined(separator: ",")
        connection.close(.unknownVersion, reason: #"{"code":"version","spoken":[\#(spoken)]}"#)
    }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {}
    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {}
}
