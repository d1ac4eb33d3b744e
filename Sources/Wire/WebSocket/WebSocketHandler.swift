internal import NIOCore

/// The channel handler behind a ``WebSocketConnection``: bytes to messages, pings, the closing handshake, liveness.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case open
        /// Our close frame is out; the peer's is awaited.
        case closing(WebSocketClosure)
        case closed
    }

    /// Frames are sent together up to this size.
    private static let unflushedBytesMax = 64 * 1024

    private let limits: WebSocketLimits
    private let registry: HTTPConnectionRegistry?
    private var receiver: WebSocketReceiver
    private var state = State.open
    private var context: ChannelHandlerContext?
    private var connection: WebSocketConnection?
    private var delegate: (any WebSocketDelegate)?
    private var lastHeard: NIODeadline = .now()
    private var timer: Scheduled<Void>?
    private var owedPong: ByteBuffer?
    /// Whether a ping was due while the socket was full.
    private var owesPing = false
    private var wantsReading = true
    private var isReadHeld = false
    private var unflushedBytes = 0

    init(
        role: WebSocketRole,
        limits: WebSocketLimits,
        inflation: WebSocketInflation?,
        registry: HTTPConnectionRegistry?
    ) {
        self.limits = limits
        self.registry = registry
        self.receiver = WebSocketReceiver(
            role: role,
            messageBytesMax: limits.messageBytesMax,
            inflation: inflation,
            checksText: limits.checksText
        )
    }

    // MARK: - Life

    /// Begins, once the handler is in its pipeline and the handshake is done.
    func open(_ connection: WebSocketConnection, delegate: any WebSocketDelegate) {
        self.connection = connection
        self.delegate = delegate
        lastHeard = connection.eventLoop.now
        arm()
        delegate.webSocketDidOpen(connection)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    private func ended(_ closure: WebSocketClosure? = nil) {
        let last = state
        state = .closed
        timer?.cancel()
        guard let delegate, let connection else { return }
        self.delegate = nil
        registry?.remove(self)
        let final: WebSocketClosure
        if let closure {
            final = closure
        } else if case .closing(let ours) = last {
            final = ours
        } else {
            final = WebSocketClosure(code: .abnormal, reason: "the connection was lost", isByPeer: true)
        }
        delegate.webSocket(connection, didClose: final)
        self.connection = nil
    }

    // MARK: - Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { receive(unwrapInboundIn(data)) }

    /// Takes bytes that came over the socket.
    func receive(_ bytes: ByteBuffer) {
        guard let connection else { return }
        lastHeard = connection.eventLoop.now
        var input = bytes
        while let event = receiver.next(&input) {
            switch event {
            case .message(let message):
                if isOpen { delegate?.webSocket(connection, didReceive: message) }
            case .ping(let bytes): answer(bytes, connection)
            case .pong: break
            case .closed(let code, let reason): peerClosed(code, reason)
            case .violation(let code, let reason): fail(code, reason)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        finishedReading()
        context.fireChannelReadComplete()
    }

    /// All that had arrived was taken.
    func finishedReading() {
        if isOpen, let connection { delegate?.webSocketDidFinishReading(connection) }
    }

    func read(context: ChannelHandlerContext) {
        if wantsReading { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if let connection {
            if context.channel.isWritable {
                // The socket was full and has room again: the peer reads, though a pong of its may be long in coming.
                lastHeard = connection.eventLoop.now
                if let bytes = owedPong { answer(bytes, connection) }
                if owesPing { ping(connection) }
            }
            if isOpen { delegate?.webSocketWritabilityDidChange(connection) }
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Closes since the peer broke the protocol. What it sends from now on means nothing, so that no answer to the close frame
    /// can be told from it. A server ends its side of the socket and waits for the peer's end, lest unread bytes reset the
    /// connection before the peer has read why; a client waits for the server to end it (RFC 6455 §7.1.1, §7.1.7).
    private func fail(_ code: WebSocketCloseCode, _ reason: String) {
        let isServer = connection?.role == .server
        close(code, reason: reason)
        guard isServer, let context else { return }
        let transfer = LoopBoundTransfer(context)
        context.close(mode: .output).whenFailure { _ in transfer.value.close(promise: nil) }
    }

    /// A peer that floods pings and reads no pongs gets one pong, of the last ping, when it reads again.
    private func answer(_ ping: ByteBuffer, _ connection: WebSocketConnection) {
        guard isOpen else { return }
        guard isWritable else {
            owedPong = ping
            return
        }
        owedPong = nil
        write(connection.encode(.pong, ping))
        flush()
    }

    private func peerClosed(_ code: WebSocketCloseCode, _ reason: String) {
        let closure: WebSocketClosure
        if case .closing(let ours) = state {
            closure = ours
        } else {
            sendClose(code == .noStatus ? nil : code, reason: "")
            closure = WebSocketClosure(code: code, reason: reason, isByPeer: true)
        }
        ended(closure)
        guard let context else { return }
        cut(context)
        scheduleCut()
    }

    /// Closes the socket once all that was written has left.
    private func cut(_ context: ChannelHandlerContext) {
        let transfer = LoopBoundTransfer(context)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in transfer.value.close(promise: nil) }
    }

    // MARK: - Outbound

    var isOpen: Bool {
        if case .open = state { return true }
        return false
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    var bufferedBytes: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func write(_ bytes: ByteBuffer) {
        guard isOpen, let context else { return }
        context.write(wrapOutboundOut(bytes), promise: nil)
        unflushedBytes += bytes.readableBytes
        // TLS counts bytes against the watermark only when they are flushed.
        if unflushedBytes >= Self.unflushedBytesMax { flush() }
    }

    func flush() {
        unflushedBytes = 0
        context?.flush()
    }

    func close(_ code: WebSocketCloseCode, reason: String) {
        guard isOpen else { return }
        sendClose(code, reason: reason)
        state = .closing(WebSocketClosure(code: code, reason: reason, isByPeer: false))
        setReading(true)
        scheduleCut()
    }

    func abort() { context?.close(promise: nil) }

    /// Lets the delegate say its last words.
    func drain() {
        if isOpen, let connection { delegate?.webSocketServerIsShuttingDown(connection) }
    }

    func setReading(_ isReading: Bool) {
        wantsReading = isReading
        guard isReading, isReadHeld, let context else { return }
        isReadHeld = false
        context.read()
    }

    private func sendClose(_ code: WebSocketCloseCode?, reason: String) {
        guard isOpen, let connection else { return }
        var payload = ByteBuffer()
        if let code {
            payload.writeInteger(code.rawValue)
            payload.writeString(Self.clipped(reason))
        }
        write(connection.encode(.close, payload))
        flush()
    }

    /// The reason of a close frame has at most 123 bytes.
    private static func clipped(_ reason: String) -> String {
        var clipped = reason
        while clipped.utf8.count > 123 { clipped.removeLast() }
        return clipped
    }

    private func scheduleCut() {
        guard let context else { return }
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limits.closeTimeout) { [weak self] in
            self?.abort()
        }
    }

    // MARK: - Liveness

    private func arm() {
        guard let context else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limits.pingInterval) { [weak self] in
            self?.checkLiveness()
        }
    }

    private func checkLiveness() {
        guard isOpen, let connection else { return }
        if connection.eventLoop.now - lastHeard >= limits.silenceMax, wantsReading {
            close(.goingAway, reason: "no sign of life for \(limits.silenceMax.nanoseconds / 1_000_000_000) s")
            return
        }
        // A ping behind a full socket's bytes would not arrive in time: it leaves when there is room, before them.
        if isWritable { ping(connection) } else { owesPing = true }
        arm()
    }

    private func ping(_ connection: WebSocketConnection) {
        guard isOpen else { return }
        owesPing = false
        write(connection.encode(.ping, ByteBuffer()))
        flush()
    }
}
