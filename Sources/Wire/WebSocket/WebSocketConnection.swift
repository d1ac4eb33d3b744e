public import NIOCore

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
    /// How frames for this connection may be compressed apart from it, and shared with other connections, by
    /// ``WebSocketFrameWriter/compressed(_:_:by:)``; nil if it takes none such: nothing was agreed on, or this end's messages
    /// refer to earlier ones. Frames that are not compressed may always be written.
    public let compression: WebSocketCompression?
    /// The peer's address.
    public let remoteAddress: SocketAddress?

    let handler: WebSocketHandler
    private let agreed: WebSocketDeflateAgreement?
    private var generator = SystemRandomNumberGenerator()
    /// Made when a message first needs it, if this end's messages refer to earlier ones.
    private var deflater: WebSocketDeflater?

    init(
        handler: WebSocketHandler,
        channel: any Channel,
        role: WebSocketRole,
        subprotocol: String?,
        deflate: WebSocketDeflateAgreement?
    ) {
        self.handler = handler
        self.eventLoop = channel.eventLoop
        self.remoteAddress = channel.remoteAddress
        self.role = role
        self.subprotocol = subprotocol
        self.agreed = deflate
        if let deflate, !deflate.parameters.keepsContext(of: role) {
            self.compression = WebSocketCompression(
                windowBits: deflate.parameters.windowBits(of: role),
                level: deflate.options.level,
                messageBytesMin: deflate.options.messageBytesMin
            )
        } else {
            self.compression = nil
        }
    }

    /// Whether permessage-deflate was agreed on.
    public var isCompressed: Bool { agreed != nil }

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
        let deflated = opcode == .text || opcode == .binary ? deflate(payload) : nil
        guard role == .client else {
            guard var frame = deflated else { return WebSocketFrameWriter.frame(opcode, payload.readableBytesView) }
            WebSocketFrameWriter.seal(&frame, as: opcode, isCompressed: true)
            return frame
        }
        var frame = ByteBuffer()
        let key = UInt32.random(in: .min ... .max, using: &generator)
        let isCompressed = deflated != nil
        WebSocketFrameWriter.writeMasked(opcode, isCompressed: isCompressed, deflated ?? payload, key: key, to: &frame)
        return frame
    }

    /// A message, deflated, with room for its header; nil if it goes out as it is.
    private func deflate(_ payload: ByteBuffer) -> ByteBuffer? {
        if let compression { return WebSocketFrameWriter.deflated(payload, by: compression) }
        guard let agreed, payload.readableBytes >= agreed.options.messageBytesMin else { return nil }
        let windowBits = agreed.parameters.windowBits(of: role)
        if deflater == nil { deflater = WebSocketDeflater(windowBits: windowBits, level: agreed.options.level) }
        var buffer = WebSocketFrameWriter.begin(capacity: payload.readableBytes / 2)
        let isDeflated = payload.withUnsafeReadableBytes {
            deflater?.deflate($0, into: &buffer, keepsContext: true) ?? false
        }
        return isDeflated ? buffer : nil
    }
}
