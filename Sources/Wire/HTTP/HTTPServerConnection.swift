internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// One connection of a server: requests in, one at a time and in order, responses out.
///
/// Invariants:
/// 1. At most one request is being answered; parts of later ones wait in `pending`, which is bounded because the socket
///    is not read while it is not empty.
/// 2. The next request is begun only when the body of the last one was read or the connection closes, its response was
///    finished, and the socket takes bytes: a peer that pipelines and never reads stops itself.
/// 3. What a slow peer may take is one thing at a time, and ``ConnectionTimer`` waits for it.
final class HTTPServerConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where the parts of a request go.
    private enum Inbound {
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

    private enum Pending {
        case part(HTTPServerRequestPart)
        case refusal(HTTPStatus, String)
    }

    /// Responses to pipelined requests are sent together up to this size.
    private static let unflushedBytesMax = 64 * 1024

    private let limits: HTTPLimits
    private let handler: any HTTPHandler
    private let counters: HTTPServerCounters
    private let registry: HTTPConnectionRegistry

    private var context: ChannelHandlerContext?
    private var inbound = Inbound.head
    private var pending: [Pending] = []
    private weak var writer: HTTPResponseWriter?
    private var isAnswering = false
    private var isKeepAlive = true
    private var isChunked = false
    private var isDraining = false
    private var awaitsContinue = false
    private var hasBody = false

    private var isReadHeld = false
    private var isReading = false
    private var sawPart = false
    private var unflushedBytes = 0
    private var isPumping = false

    private var timer: ConnectionTimer?

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
        sawPart = true
        pending.append(.part(unwrapInboundIn(data)))
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if case .head = inbound, !sawPart, timer?.reason == .idle { timer?.expect(.head) }
        sawPart = false
        flushIfNeeded()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if wantsRead { context.read() } else { isReadHeld = true }
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes after bytes that could not be read is dropped, so that the refusal can be seen.
        if error is ByteToMessageDecoderError { return }
        guard let parserError = error as? HTTPParserError else {
            context.close(promise: nil)
            return
        }
        let isOversized = parserError == .headerOverflow
        pending.append(
            isOversized
                ? .refusal(.headerFieldsTooLarge, "the request line and header fields exceed a limit")
                : .refusal(.badRequest, "the request is not HTTP/1.1: \(parserError)")
        )
        pump()
    }

    // MARK: - Requests

    /// Works off parts until the connection has to wait for something.
    private func pump() {
        guard !isPumping else { return }
        isPumping = true
        var consumed = 0
        while consumed < pending.count, canTakePart {
            let item = pending[consumed]
            consumed += 1
            switch item {
            case .part(let part): take(part)
            case .refusal(let status, let message): refuse(status, message)
            }
        }
        if case .closed = inbound { pending.removeAll() } else { pending.removeFirst(consumed) }
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

    private var wantsRead: Bool { pending.isEmpty && canTakePart }

    private func resumeRead() {
        guard isReadHeld, wantsRead, let context else { return }
        isReadHeld = false
        context.read()
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (part, inbound) {
        case (.head(let head), .head): begin(head)
        case (.body(let bytes), .collecting(var request, let max, let then)):
            timer?.expect(.body)
            guard request.body.readableBytes + bytes.readableBytes <= max else {
                refuse(.contentTooLarge, "the body is larger than \(max) bytes")
                return
            }
            inbound = .complete
            request.body.writeImmutableBuffer(bytes)
            inbound = .collecting(request, max: max, then: then)
        case (.body(let bytes), .streaming(let reader)):
            // Held back by us, the peer may take any time; a reader that asks for more begins to wait.
            timer?.clear(.body)
            reader.receive(bytes)
        case (.body(let bytes), .discarding(let left)):
            let left = left - bytes.readableBytes
            if left < 0 { close() } else { inbound = .discarding(left: left) }
        case (.end, .collecting(let request, _, let then)):
            endOfRequest()
            then(request, makeWriter(request))
        case (.end, .streaming(let reader)):
            endOfRequest()
            reader.finish(.end)
        case (.end, .discarding): endOfRequest()
        case (.end, .upgrading(let request, let acceptance)): upgrade(request, acceptance)
        default: refuse(.badRequest, "the request is malformed")
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        counters.requests.add()
        timer?.clear()
        isAnswering = true
        let method = HTTPMethod(rawValue: head.method.rawValue)
        let fields = HTTPFields(head.headers)
        let isHTTP11 = head.version.minor >= 1
        guard let request = HTTPRequest(method: method, target: head.uri, fields: fields, isHTTP11: isHTTP11) else {
            refuse(.badRequest, "the request target is not a path, or its percent-encoding is broken")
            return
        }
        // The decoder stops after a request that asks for another protocol, whether it gets it or not.
        let isUpgrade = fields["Upgrade"] != nil && fields.contains("upgrade", in: "connection")
        isKeepAlive = request.isKeepAlive && !isDraining && !isUpgrade
        guard let context else { return }
        hasBody = fields["Transfer-Encoding"] != nil || fields["Content-Length"].map { $0 != "0" } ?? false
        awaitsContinue = isHTTP11 && fields.contains("100-continue", in: "expect")
        dispatch(request, to: handler.handle(request, on: context.eventLoop))
    }

    private func dispatch(_ request: HTTPRequest, to disposition: HTTPDisposition) {
        switch disposition {
        case .respond(let response):
            inbound = .discarding(left: limits.discardedBytesMax)
            makeWriter(request).send(response)
        case .collect(let max, let then):
            if let announced = request.fields["Content-Length"].flatMap(Int.init), announced > max {
                refuse(.contentTooLarge, "the body has \(announced) bytes; the limit is \(max)", of: request)
                return
            }
            inbound = .collecting(request, max: max, then: then)
            timer?.expect(.body)
            sendContinue()
        case .stream(let body):
            let reader = HTTPBodyReader { [weak self] in self?.readerAsked() }
            inbound = .streaming(reader)
            body(request, reader, makeWriter(request))
        case .webSocket(let acceptance):
            if let refusal = WebSocketHandshake.refusal(of: request) {
                inbound = .discarding(left: limits.discardedBytesMax)
                var response = handler.refusal(refusal.status, refusal.message, of: request)
                if refusal.status == .upgradeRequired {
                    response.fields["Upgrade"] = "websocket"
                    response.fields["Sec-WebSocket-Version"] = "13"
                }
                makeWriter(request).send(response)
            } else {
                inbound = .upgrading(request, acceptance)
            }
        }
    }

    private func readerAsked() {
        sendContinue()
        if case .streaming = inbound { timer?.expect(.body) }
        pump()
    }

    private func sendContinue() {
        guard awaitsContinue, let context else { return }
        awaitsContinue = false
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    /// The request's last part was taken.
    private func endOfRequest() {
        timer?.clear(.body)
        if isAnswering { inbound = .complete } else { awaitNextRequest() }
    }

    private func awaitNextRequest() {
        guard isKeepAlive, !isDraining else {
            closeAfterFlush()
            return
        }
        inbound = .head
        timer?.expect(.idle)
    }

    private func makeWriter(_ request: HTTPRequest) -> HTTPResponseWriter {
        guard let context else { preconditionFailure("BUG: a request without a connection") }
        let writer = HTTPResponseWriter(request: request, connection: self, eventLoop: context.eventLoop)
        self.writer = writer
        return writer
    }

    /// Answers a request that cannot be served, and closes.
    private func refuse(_ status: HTTPStatus, _ message: String, of refused: HTTPRequest? = nil) {
        counters.refusals.add()
        isKeepAlive = false
        var refused = refused
        if case .collecting(let request, _, _) = inbound { refused = request }
        if case .streaming(let reader) = inbound {
            inbound = .discarding(left: limits.discardedBytesMax)
            reader.finish(.failed(WireError(.protocolViolation, message)))
            // A response that was begun is ended by its handler, which now knows.
            if isChunked || !isAnswering { return }
        }
        guard isAnswering || isAtStart else {
            close()
            return
        }
        isAnswering = true
        writer?.connectionClosed()
        inbound = .discarding(left: limits.discardedBytesMax)
        guard let request = HTTPRequest(method: .get, target: "/") else { return }
        send(handler.refusal(status, message, of: refused), to: request)
    }

    private var isAtStart: Bool {
        if case .head = inbound { return true }
        return false
    }

    // MARK: - Responses

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func send(_ response: HTTPResponse, to request: HTTPRequest) {
        guard let context else { return }
        let mayHaveBody = !response.status.hasNoBody
        settleKeepAlive()
        let count = response.body.readableBytes
        var buffer = context.channel.allocator.buffer(capacity: 512 + min(count, 64 * 1024))
        HTTPResponseEncoding.writeHead(
            response.status,
            response.fields,
            framing: mayHaveBody ? .length(count) : .none,
            isKeepAlive: isKeepAlive,
            to: &buffer
        )
        let sendsBody = mayHaveBody && request.method != .head && count > 0
        if sendsBody, count <= 64 * 1024 {
            buffer.writeImmutableBuffer(response.body)
            write(buffer)
        } else {
            write(buffer)
            if sendsBody { write(response.body) }
        }
        responseFinished()
    }

    func start(_ status: HTTPStatus, _ fields: HTTPFields, request: HTTPRequest) {
        guard let context else { return }
        isChunked = true
        if !request.isHTTP11 { isKeepAlive = false }
        settleKeepAlive()
        var buffer = context.channel.allocator.buffer(capacity: 512)
        let framing: HTTPResponseEncoding.Framing =
            status.hasNoBody ? .none : request.isHTTP11 ? .chunked : .untilClose
        HTTPResponseEncoding.writeHead(status, fields, framing: framing, isKeepAlive: isKeepAlive, to: &buffer)
        write(buffer)
    }

    func write(_ bytes: ByteBuffer, to request: HTTPRequest) {
        guard let context, request.method != .head else { return }
        guard request.isHTTP11 else {
            write(bytes)
            return
        }
        var head = context.channel.allocator.buffer(
            capacity: bytes.readableBytes <= 16 * 1024 ? bytes.readableBytes + 16 : 16
        )
        HTTPResponseEncoding.writeChunkHead(bytes.readableBytes, to: &head)
        if bytes.readableBytes <= 16 * 1024 {
            head.writeImmutableBuffer(bytes)
            head.writeStaticString("\r\n")
            write(head)
        } else {
            write(head)
            write(bytes)
            write(ByteBuffer(staticString: "\r\n"))
        }
    }

    func finish(trailers: HTTPFields, request: HTTPRequest) {
        if request.isHTTP11, request.method != .head, let context {
            var buffer = context.channel.allocator.buffer(capacity: 64)
            HTTPResponseEncoding.writeLastChunk(trailers: trailers, to: &buffer)
            write(buffer)
        }
        responseFinished()
    }

    func abort(sendingRest: Bool) {
        isAnswering = false
        if sendingRest { closeAfterFlush() } else { close() }
    }

    /// Address and port of the peer.
    var peerAddress: String? {
        guard let address = context?.remoteAddress, let host = address.ipAddress, let port = address.port else {
            return nil
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The holder of a writer forgot it.
    func lostWriter(isStarted: Bool) {
        guard isAnswering, let request = HTTPRequest(method: .get, target: "/") else { return }
        if isStarted {
            abort(sendingRest: false)
        } else {
            send(handler.refusal(.internalServerError, "BUG: the request was dropped", of: nil), to: request)
        }
    }

    /// A response sent before the request's body has ended promises no further request unless the rest is short.
    private func settleKeepAlive() {
        if isDraining { isKeepAlive = false }
        switch inbound {
        case .collecting, .streaming: if hasBody { isKeepAlive = false }
        default: break
        }
        if awaitsContinue { isKeepAlive = false }
    }

    private func write(_ buffer: ByteBuffer) {
        guard let context else { return }
        context.write(wrapOutboundOut(buffer), promise: nil)
        unflushedBytes += buffer.readableBytes
        // TLS counts bytes against the watermark only when they are flushed.
        if !isReading && !isPumping || unflushedBytes >= Self.unflushedBytesMax { flushIfNeeded() }
    }

    private func flushIfNeeded() {
        guard unflushedBytes > 0, let context else { return }
        unflushedBytes = 0
        context.flush()
    }

    private func responseFinished() {
        isAnswering = false
        isChunked = false
        writer = nil
        timer?.clear(.stall)
        switch inbound {
        case .complete:
            awaitNextRequest()
            if !isPumping { pump() }
        case .collecting, .streaming, .discarding, .upgrading:
            inbound = .discarding(left: limits.discardedBytesMax)
            if !isKeepAlive {
                flushIfNeeded()
                timer?.expect(.linger)
            }
            if !isPumping { pump() }
        case .head, .closed: break
        }
    }

    // MARK: - Upgrade

    private func upgrade(_ request: HTTPRequest, _ acceptance: WebSocketAcceptance) {
        guard let context, let accept = WebSocketHandshake.accept(for: request) else {
            refuse(.badRequest, "the WebSocket key is malformed")
            return
        }
        counters.upgrades.add()
        inbound = .closed
        timer?.cancel()
        var buffer = context.channel.allocator.buffer(capacity: 256)
        var fields = acceptance.fields
        if let subprotocol = acceptance.subprotocol { fields["Sec-WebSocket-Protocol"] = subprotocol }
        HTTPResponseEncoding.writeUpgrade(accept: accept, fields: fields, to: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        let connection = WebSocketConnection.install(
            on: context,
            after: self,
            role: .server,
            limits: acceptance.limits,
            subprotocol: acceptance.subprotocol,
            registry: registry,
            makeDelegate: acceptance.makeDelegate
        )
        registry.remove(self)
        guard connection != nil else { return }
        WebSocketConnection.removeHTTP(self, decoder: HTTPRequestDecoder.self, from: context.channel)
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

    private func closeAfterFlush() {
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
        pending.removeAll()
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
