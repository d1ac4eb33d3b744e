public import NIOCore

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
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    var method: HTTPMethod { request.method }

    /// Whether the request's body is sent in chunks.
    var isChunked: Bool { streamsBody }

    /// The bytes of the request's head.
    func head(allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: 512)
        HTTPRequestEncoding.writeHead(
            request.method,
            request.url,
            request.fields,
            connection: "close",
            framing: streamsBody ? .chunked : request.body.map { .length($0.readableBytes) } ?? .empty,
            to: &buffer
        )
        return buffer
    }

    func opened() {
        if !streamsBody {
            if let body = request.body { handler?.write(body) }
            handler?.finish()
        }
        delegate?.exchangeDidOpen(self)
    }

    func received(_ part: HTTPResponseParser.Part) {
        switch part {
        case .head(let status, let fields): delegate?.exchange(self, didReceive: status, fields)
        case .body(let bytes): delegate?.exchange(self, didReceive: bytes)
        case .end(let trailers): end(nil, trailers: trailers)
        }
    }

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
