internal import NIOCore
internal import NIOWebSocket

/// The channel handler behind a ``WebSocketConnection``: frames to messages, pings, the closing handshake, liveness.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
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
    private var assembler: WebSocketAssembler
    private var state = State.open
    private var context: ChannelHandlerContext?
    private var connection: WebSocketConnection?
    private var delegate: (any WebSocketDelegate)?
    private var lastHeard: NIODeadline = .now()
    private var timer: Scheduled<Void>?
    private var owedPong: ByteBuffer?
    private var wantsReading = true
    private var isReadHeld = false
    private var unflushedBytes = 0
    /// A client's frames while the handshake's response decoder, which takes no bytes from this side, is still in the
    /// pipeline, for a loop turn. Nil once it is gone.
    private var held: ByteBuffer?

    init(role: WebSocketRole, limits: WebSocketLimits, registry: HTTPConnectionRegistry?) {
        self.limits = limits
        self.registry = registry
        self.assembler = WebSocketAssembler(role: role, messageBytesMax: limits.messageBytesMax)
    }

    // MARK: - Life

    /// Begins, once the handler is in its pipeline and the handshake is done.
    func open(_ connection: WebSocketConnection, delegate: any WebSocketDelegate) {
        self.connection = connection
        self.delegate = delegate
        lastHeard = connection.eventLoop.now
        arm()
        if connection.role == .client { held = ByteBuffer() }
        delegate.webSocketDidOpen(connection)
    }

    /// The handshake's handlers are gone: what was held goes out.
    func release() {
        guard let frames = held else { return }
        held = nil
        guard frames.readableBytes > 0, let context else { return }
        context.writeAndFlush(wrapOutboundOut(frames), promise: nil)
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

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection else { return }
        lastHeard = connection.eventLoop.now
        switch assembler.receive(unwrapInboundIn(data)) {
        case .none, .ponged: break
        case .message(let message):
            if isOpen { delegate?.webSocket(connection, didReceive: message) }
        case .pong(let bytes): answer(bytes, connection)
        case .closed(let code, let reason): peerClosed(code, reason)
        case .violation(let code, let reason): close(code, reason: reason)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isOpen, let connection { delegate?.webSocketDidFinishReading(connection) }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if wantsReading { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if let connection {
            if context.channel.isWritable, let bytes = owedPong { answer(bytes, connection) }
            if isOpen { delegate?.webSocketWritabilityDidChange(connection) }
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes after a frame that could not be read is dropped, so that the close frame can be seen.
        if error is ByteToMessageDecoderError, !isOpen { return }
        switch error as? NIOWebSocketError {
        case .invalidFrameLength:
            close(.messageTooBig, reason: "the message is larger than \(limits.messageBytesMax) bytes")
        case .some: close(.protocolError, reason: "a malformed control frame")
        case nil: context.close(promise: nil)
        }
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
        let transfer = LoopBoundTransfer((self, context))
        guard held == nil else {
            context.eventLoop.execute { transfer.value.0.cut(transfer.value.1) }
            return
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in transfer.value.1.close(promise: nil) }
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
        guard held == nil else {
            held?.writeImmutableBuffer(bytes)
            return
        }
        context.write(wrapOutboundOut(bytes), promise: nil)
        unflushedBytes += bytes.readableBytes
        // TLS counts bytes against the watermark only when they are flushed.
        if unflushedBytes >= Self.unflushedBytesMax { flush() }
    }

    func flush() {
        guard held == nil else { return }
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
        if isWritable {
            write(connection.encode(.ping, ByteBuffer()))
            flush()
        }
        arm()
    }
}

extension WebSocketConnection {
    /// Puts the WebSocket handlers behind `predecessor` and opens the connection.
    static func install(
        on context: ChannelHandlerContext,
        after predecessor: any RemovableChannelHandler,
        role: WebSocketRole,
        limits: WebSocketLimits,
        subprotocol: String?,
        registry: HTTPConnectionRegistry?,
        makeDelegate: (WebSocketConnection) -> any WebSocketDelegate
    ) -> WebSocketConnection? {
        let channel = context.channel
        let pipeline = channel.pipeline.syncOperations
        let handler = WebSocketHandler(role: role, limits: limits, registry: registry)
        let connection = WebSocketConnection(handler: handler, channel: channel, role: role, subprotocol: subprotocol)
        do {
            let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.messageBytesMax))
            try pipeline.addHandler(decoder, position: .after(predecessor))
            try pipeline.addHandler(handler, position: .after(decoder))
        } catch {
            context.close(promise: nil)
            return nil
        }
        if let registry {
            let transfer = LoopBoundTransfer(handler)
            _ = registry.add(
                handler,
                HTTPConnectionRegistry.Entry(
                    eventLoop: channel.eventLoop,
                    drain: { transfer.value.drain() },
                    close: { transfer.value.abort() }
                )
            )
        }
        handler.open(connection, delegate: makeDelegate(connection))
        return connection
    }

    /// Takes the handlers of HTTP out of a pipeline that speaks WebSocket now; bytes that the decoder has read too far go
    /// to the next handler. Reading goes on.
    @discardableResult
    static func removeHTTP<Decoder: ByteToMessageDecoder>(
        _ handler: any RemovableChannelHandler,
        decoder: Decoder.Type,
        from channel: any Channel
    ) -> EventLoopFuture<Void> {
        let pipeline = channel.pipeline.syncOperations
        let isGone = channel.eventLoop.makePromise(of: Void.self)
        pipeline.removeHandler(handler, promise: nil)
        if let context = try? pipeline.context(handlerType: ByteToMessageHandler<Decoder>.self) {
            pipeline.removeHandler(context: context, promise: isGone)
        } else {
            isGone.succeed(())
        }
        channel.read()
        return isGone.futureResult
    }

    /// A client's handshake is out of the way: frames may leave.
    func handshakeIsGone() { handler.release() }
}
