public import NIOCore
internal import NIOHTTP1

/// A request on its way, and its response.
public final class HTTPClientExchange: @unchecked Sendable {
    // @unchecked: all state is used on `eventLoop` only: methods that may be called elsewhere hop there first.

    /// The loop of the connection and of the delegate.
    public let eventLoop: any EventLoop

    private let request: HTTPClientRequest
    private let streamsBody: Bool
    private var delegate: (any HTTPClientDelegate)?
    private var handler: HTTPClientHandler?
    private var isBodyOpen: Bool
    private var isEnded = false

    init(request: HTTPClientRequest, streamsBody: Bool, eventLoop: any EventLoop) {
        self.request = request
        self.streamsBody = streamsBody
        self.eventLoop = eventLoop
        self.isBodyOpen = streamsBody
    }

    /// Whether the server reads fast enough. When false, write no more until the delegate hears.
    public var isWritable: Bool {
        eventLoop.assertInEventLoop()
        return handler?.isWritable ?? false
    }

    /// Sends a piece of the request's body. On the loop only.
    public func write(_ bytes: ByteBuffer) {
        eventLoop.assertInEventLoop()
        guard isBodyOpen else { return }
        handler?.write(bytes)
    }

    /// Ends the request's body. On the loop only.
    public func finish() {
        eventLoop.assertInEventLoop()
        guard isBodyOpen else { return }
        isBodyOpen = false
        handler?.finish()
    }

    /// Stops or resumes reading the response. On the loop only.
    public func setReading(_ isReading: Bool) {
        eventLoop.assertInEventLoop()
        handler?.setReading(isReading)
    }

    /// Gives up; the delegate is told `error`. From any thread.
    public func cancel(_ error: WireError = WireError(.cancelled, "the exchange was cancelled")) {
        guard eventLoop.inEventLoop else {
            eventLoop.execute { self.cancel(error) }
            return
        }
        end(error)
    }

    // MARK: - From the connection

    func begin(delegate: any HTTPClientDelegate) {
        if isEnded { return delegate.exchange(self, didEndWith: WireError(.cancelled, "cancelled"), trailers: [:]) }
        self.delegate = delegate
    }

    func install(on channel: any Channel) throws {
        guard !isEnded else { throw WireError(.cancelled, "the exchange was cancelled") }
        let handler = HTTPClientHandler(exchange: self)
        self.handler = handler
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPRequestEncoder())
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(handler)
    }

    var head: HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: request.url.authority)
        for field in request.fields.storage { headers.add(name: field.name, value: field.value) }
        headers.replaceOrAdd(name: "Connection", value: "close")
        if streamsBody {
            headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        } else if let body = request.body {
            headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        }
        let method = NIOHTTP1.HTTPMethod(rawValue: request.method.rawValue)
        return HTTPRequestHead(version: .http1_1, method: method, uri: request.url.target, headers: headers)
    }

    func opened() {
        if !streamsBody {
            if let body = request.body { handler?.write(body) }
            handler?.finish()
        }
        delegate?.exchangeDidOpen(self)
    }

    func received(_ head: HTTPResponseHead) {
        delegate?.exchange(self, didReceive: HTTPStatus(Int(head.status.code)), HTTPFields(head.headers))
    }

    func received(_ bytes: ByteBuffer) { delegate?.exchange(self, didReceive: bytes) }

    func becameWritable() { delegate?.exchangeDidBecomeWritable(self) }

    func failed(_ error: any Error) { end(ClientConnector.wireError(error, url: request.url)) }

    func end(_ error: WireError?, trailers: HTTPFields = [:]) {
        guard !isEnded else { return }
        isEnded = true
        isBodyOpen = false
        let delegate = self.delegate
        self.delegate = nil
        handler?.close()
        handler = nil
        delegate?.exchange(self, didEndWith: error, trailers: trailers)
    }

    func connectionClosed() {
        end(WireError(.closed, "\(request.url.authority) closed the connection before the response was complete"))
    }
}

/// The channel handler behind an exchange.
final class HTTPClientHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPClientRequestPart

    private let exchange: HTTPClientExchange
    private var context: ChannelHandlerContext?
    private var wantsReading = true
    private var isReadHeld = false

    init(exchange: HTTPClientExchange) { self.exchange = exchange }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        // The head is out once TLS is up: what is written before that would be counted against no watermark.
        let exchange = self.exchange
        context.writeAndFlush(wrapOutboundOut(.head(exchange.head))).assumeIsolated().whenSuccess { exchange.opened() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        exchange.connectionClosed()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): exchange.received(head)
        case .body(let bytes): exchange.received(bytes)
        case .end(let trailers): exchange.end(nil, trailers: trailers.map(HTTPFields.init) ?? [:])
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange.becameWritable() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        exchange.failed(error)
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if wantsReading { context.read() } else { isReadHeld = true }
    }

    func write(_ bytes: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func finish() { context?.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }

    func setReading(_ isReading: Bool) {
        wantsReading = isReading
        guard isReading, isReadHeld, let context else { return }
        isReadHeld = false
        context.read()
    }

    func close() { context?.close(promise: nil) }
}
