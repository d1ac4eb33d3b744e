public import NIOCore
internal import NIOWebSocket

/// Which end of a WebSocket this is.
public enum WebSocketRole: Sendable, Hashable {
    /// Accepted the connection; its frames are not masked.
    case server
    /// Made the connection; its frames are masked.
    case client
}

/// What receives a WebSocket's messages. Called on the connection's loop.
public protocol WebSocketDelegate: AnyObject {
    /// The connection can be used.
    func webSocketDidOpen(_ connection: WebSocketConnection)
    /// A message arrived.
    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage)
    /// All that had arrived by now was delivered: a good moment to answer in one go.
    func webSocketDidFinishReading(_ connection: WebSocketConnection)
    /// ``WebSocketConnection/isWritable`` changed.
    func webSocketWritabilityDidChange(_ connection: WebSocketConnection)
    /// The server that accepted the connection is shutting down; close it after what has to be said.
    func webSocketServerIsShuttingDown(_ connection: WebSocketConnection)
    /// The connection ended. Called once, last.
    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure)
}

extension WebSocketDelegate {
    /// Does nothing.
    public func webSocketDidOpen(_ connection: WebSocketConnection) {}
    /// Does nothing.
    public func webSocketDidFinishReading(_ connection: WebSocketConnection) {}
    /// Does nothing.
    public func webSocketWritabilityDidChange(_ connection: WebSocketConnection) {}
    /// Closes with ``WebSocketCloseCode/goingAway``.
    public func webSocketServerIsShuttingDown(_ connection: WebSocketConnection) { connection.close(.goingAway) }
}

/// An open WebSocket of either end.
public final class WebSocketConnection: @unchecked Sendable {
    // @unchecked: all state is used on `eventLoop` only, which each method asserts; the reference itself may be carried
    // by other threads.

    /// The connection's loop: every method must be called there.
    public let eventLoop: any EventLoop
    /// Which end this is.
    public let role: WebSocketRole
    /// The subprotocol agreed on; nil for none.
    public let subprotocol: String?
    /// The peer's address.
    public let remoteAddress: SocketAddress?

    let handler: WebSocketHandler
    private var generator = SystemRandomNumberGenerator()

    init(handler: WebSocketHandler, channel: any Channel, role: WebSocketRole, subprotocol: String?) {
        self.handler = handler
        self.eventLoop = channel.eventLoop
        self.remoteAddress = channel.remoteAddress
        self.role = role
        self.subprotocol = subprotocol
    }

    /// Whether messages can still be sent.
    public var isOpen: Bool { handler.isOpen }

    /// Whether the peer reads fast enough. When false, hold messages back until
    /// ``WebSocketDelegate/webSocketWritabilityDidChange(_:)``.
    public var isWritable: Bool {
        eventLoop.assertInEventLoop()
        return handler.isWritable
    }

    /// Bytes that were written and that the socket has not taken yet.
    public var bufferedBytes: Int { handler.bufferedBytes }

    /// Writes whole frames made by ``WebSocketFrameWriter``; they leave with the next ``flush()``. Servers only.
    public func write(frames: ByteBuffer) {
        eventLoop.assertInEventLoop()
        precondition(role == .server, "BUG: a client's frames must be masked")
        handler.write(frames)
    }

    /// Sends what was written.
    public func flush() {
        eventLoop.assertInEventLoop()
        handler.flush()
    }

    /// Sends a text message.
    public func send(text: String) { send(.text, ByteBuffer(string: text)) }

    /// Sends a text message of bytes that are known to be UTF-8.
    public func send(text: ByteBuffer) { send(.text, text) }

    /// Sends a binary message.
    public func send(binary: ByteBuffer) { send(.binary, binary) }

    /// Sends a ping.
    public func ping() { send(.ping, ByteBuffer()) }

    /// Begins the closing handshake; the connection is cut if the peer does not answer in time.
    public func close(_ code: WebSocketCloseCode, reason: String = "") {
        eventLoop.assertInEventLoop()
        handler.close(code, reason: reason)
    }

    /// Cuts the connection.
    public func abort() {
        eventLoop.assertInEventLoop()
        handler.abort()
    }

    /// Stops reading the socket: the peer is held back by TCP.
    public func pauseReading() { handler.setReading(false) }

    /// Reads the socket again.
    public func resumeReading() { handler.setReading(true) }

    private func send(_ opcode: WebSocketFrameWriter.Opcode, _ payload: ByteBuffer) {
        eventLoop.assertInEventLoop()
        guard handler.isOpen else { return }
        handler.write(encode(opcode, payload))
        handler.flush()
    }

    func encode(_ opcode: WebSocketFrameWriter.Opcode, _ payload: ByteBuffer) -> ByteBuffer {
        guard role == .client else { return WebSocketFrameWriter.frame(opcode, payload.readableBytesView) }
        let key = WebSocketMaskingKey.random(using: &generator)
        var frame = ByteBufferAllocator().buffer(capacity: payload.readableBytes + 14)
        let count = payload.readableBytes
        frame.writeInteger(0x80 | opcode.rawValue)
        if count < 126 {
            frame.writeInteger(0x80 | UInt8(count))
        } else if count <= Int(UInt16.max) {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(count))
        } else {
            frame.writeInteger(UInt8(0x80 | 127))
            frame.writeInteger(UInt64(count))
        }
        for index in 0..<4 { frame.writeInteger(key[index]) }
        var masked = payload
        masked.webSocketMask(key)
        frame.writeBuffer(&masked)
        return frame
    }
}
