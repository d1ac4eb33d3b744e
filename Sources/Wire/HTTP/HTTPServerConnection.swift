internal import NIOCore

/// One connection of a server: requests in, one at a time and in order, responses out.
///
/// Invariants:
/// 1. At most one request is being answered; bytes of later ones wait in `input`, which is bounded because the socket is not
///    read while the next part of it cannot be taken.
/// 2. The next request is begun only when the body of the last one was read or the connection closes, its response was
///    finished, and the socket takes bytes: a peer that pipelines and never reads stops itself.
/// 3. What a slow peer may take is one thing at a time, and ``ConnectionTimer`` waits for it.
final class HTTPServerConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where the parts of a request go.
    enum Inbound {
        /// Between requests.
        case head
        /// Into memory, up to a limit.
        case collecting(HTTPRequest, max: Int, then: (HTTPRequest, HTTPResponseWriter) -> Void)
        /// To a reader.
        case streaming(HTTPBodyReader)
        /// Nowhere: the response does not depend on it.
        case discarding(left: Int)
        /// The end of an upgrade request's head.
        case upgrading(HTTPRequest, WebSocketAcceptance)
        /// The request is complete, its response is not.
        case complete
        /// The connection is closing.
        case closed
    }

    /// Responses to pipelined requests are sent together up to this size.
    static let unflushedBytesMax = 64 * 1024

    let limits: HTTPLimits
    let handler: any HTTPHandler
    let counters: HTTPServerCounters
    let registry: HTTPConnectionRegistry

    var context: ChannelHandlerContext?
    var inbound = Inbound.head
    weak var writer: HTTPResponseWriter?
    var isAnswering = false
    var isKeepAlive = true
    var isChunked = false
    /// Whether the status of the response that was begun forbids a body.
    var isBodiless = false
    var isDraining = false
    var awaitsContinue = false
    var hasBody = false

    var isReading = false
    var isPumping = false
    var unflushedBytes = 0
    var timer: ConnectionTimer?
    /// Bytes that were read and not understood yet.
    var input = ByteBuffer()

    private var parser: HTTPRequestParser
    private var isReadHeld = false
    /// Whether the parser has taken all that it can from `input`.
    private var isStarved = true

    init(
        limits: HTTPLimits,
        handler: any HTTPHandler,
        counters: HTTPServerCounters,
        registry: HTTPConnectionRegistry
    ) {
        self.limits = limits
        self.handler = handler
        self.counters = counters
        self.registry = registry
        self.parser = HTTPRequestParser(
            headBytesMax: limits.headBytesMax,
            headerFieldsMax: limits.headerFieldsMax
        )
    }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer = ConnectionTimer(eventLoop: context.eventLoop, limits: limits) { [unowned self] in timeExpired($0) }
        if context.channel.isActive { timer?.expect(.idle) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        self.context = nil
        // A connection that is closed before it was active is never told that it is inactive.
        registry.remove(self)
    }

    func channelActive(context: ChannelHandlerContext) {
        timer?.expect(.idle)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connectionEnded()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        var bytes = unwrapInboundIn(data)
        if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if case .head = inbound, isStarved, input.readableBytes > 0, timer?.reason == .idle { timer?.expect(.head) }
        flushIfNeeded()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if canTakePart { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            if isAnswering { timer?.clear(.stall) }
            writer?.becameWritable()
            pump()
        } else if isAnswering {
            timer?.expect(.stall)
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: - Parts

    /// Works off the input until the connection has to wait for something.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        while canTakePart {
            do throws(HTTPViolation) {
                guard let part = try parser.next(&input) else {
                    isStarved = true
                    break
                }
                isStarved = false
                take(part)
            } catch {
                refuse(error.status, error.message)
            }
        }
        if case .closed = inbound { input.clear() }
        // An idle connection must not keep the buffer of its last read.
        if input.readableBytes == 0 { input = ByteBuffer() }
        isPumping = false
        if !isReading { flushIfNeeded() }
        resumeRead()
    }

    private var canTakePart: Bool {
        switch inbound {
        case .head: context?.channel.isWritable ?? false
        case .collecting, .discarding, .upgrading: true
        case .streaming(let reader): reader.wantsBytes
        case .complete, .closed: false
        }
    }

    private func resumeRead() {
        guard isReadHeld, canTakePart, let context else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: - Ends

    /// Finishes what is being answered, then closes; at once if nothing is.
    func drain() {
        isDraining = true
        if case .head = inbound, !isAnswering { closeAfterFlush() }
    }

    /// Closes without waiting for anything.
    func close() {
        inbound = .closed
        context?.close(promise: nil)
    }

    func closeAfterFlush() {
        inbound = .closed
        guard let context else { return }
        unflushedBytes = 0
        let transfer = LoopBoundTransfer(context)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in transfer.value.close(promise: nil) }
        timer?.expect(.stall)
    }

    private func connectionEnded() {
        let last = inbound
        inbound = .closed
        input.clear()
        timer?.cancel()
        if case .streaming(let reader) = last {
            reader.finish(.failed(WireError(.closed, "the connection closed in the middle of the body")))
        }
        let writer = self.writer
        self.writer = nil
        writer?.connectionClosed()
        registry.remove(self)
    }

    // MARK: - Time

    private func timeExpired(_ reason: ConnectionTimer.Reason) {
        counters.timeouts.add()
        switch reason {
        case .idle, .stall, .linger: close()
        case .head, .body:
            refuse(.requestTimeout, "the request did not arrive in time")
            flushIfNeeded()
        }
    }
}
