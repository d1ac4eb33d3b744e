public import NIOCore
public import NIOSSL

/// A request to send.
public struct HTTPClientRequest: Sendable {
    /// Where to.
    public var url: WireURL
    /// The method.
    public var method: HTTPMethod
    /// The header fields; `Host`, `Connection` and the length are set by the client.
    public var fields: HTTPFields
    /// The body; nil for none. Not used by ``HTTPClient/open(_:on:streamsBody:makeDelegate:)`` when it streams.
    public var body: ByteBuffer?

    /// Creates a request.
    public init(url: WireURL, method: HTTPMethod = .get, fields: HTTPFields = [:], body: ByteBuffer? = nil) {
        self.url = url
        self.method = method
        self.fields = fields
        self.body = body
    }
}

/// Limits of a client.
public struct HTTPClientLimits: Sendable, Hashable {
    /// To make the TCP connection.
    public var connectTimeout: TimeAmount = .seconds(10)
    /// A whole exchange of ``HTTPClient/execute(_:on:)``.
    public var timeout: TimeAmount = .seconds(30)
    /// Bytes of a response that is collected.
    public var responseBytesMax = 64 * 1024 * 1024

    /// Creates the default limits.
    public init() {}
}

/// What receives the answer of a streamed exchange. Called on the exchange's loop.
public protocol HTTPClientDelegate: AnyObject {
    /// The connection is made and the request's head is out: the body may be written.
    func exchangeDidOpen(_ exchange: HTTPClientExchange)
    /// The response's head arrived.
    func exchange(_ exchange: HTTPClientExchange, didReceive status: HTTPStatus, _ fields: HTTPFields)
    /// A piece of the response's body arrived.
    func exchange(_ exchange: HTTPClientExchange, didReceive bytes: ByteBuffer)
    /// ``HTTPClientExchange/isWritable`` became true again.
    func exchangeDidBecomeWritable(_ exchange: HTTPClientExchange)
    /// The exchange ended: nil if the response was complete. Called once, last; also if no connection could be made.
    func exchange(_ exchange: HTTPClientExchange, didEndWith error: WireError?, trailers: HTTPFields)
}

extension HTTPClientDelegate {
    /// Does nothing.
    public func exchangeDidOpen(_ exchange: HTTPClientExchange) {}
    /// Does nothing.
    public func exchangeDidBecomeWritable(_ exchange: HTTPClientExchange) {}
}

/// A small HTTP/1.1 client: one connection an exchange.
public final class HTTPClient: Sendable {
    private let connector: ClientConnector
    private let limits: HTTPClientLimits

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - group: the loops of its connections.
    ///   - tls: for `https`; nil trusts the system's roots.
    ///   - limits: timeouts and sizes.
    public init(group: any EventLoopGroup, tls: NIOSSLContext? = nil, limits: HTTPClientLimits = HTTPClientLimits()) {
        self.connector = ClientConnector(group: group, tls: tls, connectTimeout: limits.connectTimeout)
        self.limits = limits
    }

    /// Sends a request and collects its response, whatever its status.
    public func execute(
        _ request: HTTPClientRequest,
        on eventLoop: (any EventLoop)? = nil
    ) -> EventLoopFuture<HTTPResponse> {
        let loop = eventLoop ?? connector.group.next()
        let promise = loop.makePromise(of: HTTPResponse.self)
        let limits = self.limits
        let exchange = open(request, on: loop, streamsBody: false) {
            ResponseCollector(promise: promise, bytesMax: limits.responseBytesMax)
        }
        let timeout = loop.scheduleTask(in: limits.timeout) {
            exchange.cancel(WireError(.timeout, "no complete answer from \(request.url.authority) in time"))
        }
        promise.futureResult.whenComplete { _ in timeout.cancel() }
        return promise.futureResult
    }

    /// Begins an exchange whose bodies are streamed.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - eventLoop: the loop of the connection; nil for any.
    ///   - streamsBody: whether the request's body follows through ``HTTPClientExchange/write(_:)``, chunked.
    ///   - makeDelegate: makes the receiver, on the loop.
    @discardableResult
    public func open(
        _ request: HTTPClientRequest,
        on eventLoop: (any EventLoop)? = nil,
        streamsBody: Bool,
        makeDelegate: @escaping @Sendable () -> any HTTPClientDelegate
    ) -> HTTPClientExchange {
        let loop = eventLoop ?? connector.group.next()
        let exchange = HTTPClientExchange(request: request, streamsBody: streamsBody, eventLoop: loop)
        loop.execute { exchange.begin(delegate: makeDelegate()) }
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 256 * 1024)
        connector.connect(to: request.url, on: loop, watermark: watermark) { channel in
            try exchange.install(on: channel)
        }
        .whenFailure { error in exchange.cancel(ClientConnector.wireError(error, url: request.url)) }
        return exchange
    }
}

/// Collects a response in memory.
private final class ResponseCollector: HTTPClientDelegate {
    private let promise: EventLoopPromise<HTTPResponse>
    private let bytesMax: Int
    private var response = HTTPResponse(status: .ok)

    init(promise: EventLoopPromise<HTTPResponse>, bytesMax: Int) {
        self.promise = promise
        self.bytesMax = bytesMax
    }

    func exchange(_ exchange: HTTPClientExchange, didReceive status: HTTPStatus, _ fields: HTTPFields) {
        response.status = status
        response.fields = fields
    }

    func exchange(_ exchange: HTTPClientExchange, didReceive bytes: ByteBuffer) {
        guard response.body.readableBytes + bytes.readableBytes <= bytesMax else {
            exchange.cancel(WireError(.tooLarge, "the response is larger than \(bytesMax) bytes"))
            return
        }
        response.body.writeImmutableBuffer(bytes)
    }

    func exchange(_ exchange: HTTPClientExchange, didEndWith error: WireError?, trailers: HTTPFields) {
        if let error { promise.fail(error) } else { promise.succeed(response) }
    }
}
