public import NIOCore
internal import NIOHTTP1
public import NIOSSL

/// Makes WebSocket connections, `ws` or `wss`.
public final class WebSocketClient: Sendable {
    private let connector: ClientConnector
    private let limits: WebSocketLimits
    private let handshakeTimeout: TimeAmount

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - group: the loops of its connections.
    ///   - tls: for `wss`; nil trusts the system's roots.
    ///   - limits: message size and liveness.
    ///   - connectTimeout: to connect, and again to shake hands.
    public init(
        group: any EventLoopGroup,
        tls: NIOSSLContext? = nil,
        limits: WebSocketLimits = WebSocketLimits(),
        connectTimeout: TimeAmount = .seconds(10)
    ) {
        self.connector = ClientConnector(group: group, tls: tls, connectTimeout: connectTimeout)
        self.limits = limits
        self.handshakeTimeout = connectTimeout
    }

    /// Connects and shakes hands. A failure is a ``WireError``.
    ///
    /// - Parameters:
    ///   - url: `ws://` or `wss://`.
    ///   - eventLoop: the loop of the connection; nil for any.
    ///   - fields: further fields of the request, such as `Authorization`.
    ///   - subprotocols: what to offer, in order of preference.
    ///   - makeDelegate: makes the receiver, on the loop; it is told of the opening before the future completes.
    public func connect(
        to url: WireURL,
        on eventLoop: (any EventLoop)? = nil,
        fields: HTTPFields = [:],
        subprotocols: [String] = [],
        makeDelegate: @escaping @Sendable (WebSocketConnection) -> any WebSocketDelegate
    ) -> EventLoopFuture<WebSocketConnection> {
        let loop = eventLoop ?? connector.group.next()
        let promise = loop.makePromise(of: WebSocketConnection.self)
        let attempt = WebSocketAttempt(
            url: url,
            fields: fields,
            subprotocols: subprotocols,
            limits: limits,
            timeout: handshakeTimeout,
            promise: promise,
            makeDelegate: makeDelegate
        )
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 256 * 1024)
        connector.connect(to: url, on: loop, watermark: watermark) { channel in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTPRequestEncoder(), name: WebSocketClientHandshake.encoderName)
            let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes)
            try pipeline.addHandler(ByteToMessageHandler(decoder))
            try pipeline.addHandler(WebSocketClientHandshake(attempt))
        }
        .whenFailure { promise.fail(ClientConnector.wireError($0, url: url)) }
        return promise.futureResult
    }
}

/// What a handshake needs to know.
struct WebSocketAttempt: Sendable {
    let url: WireURL
    let fields: HTTPFields
    let subprotocols: [String]
    let limits: WebSocketLimits
    let timeout: TimeAmount
    let promise: EventLoopPromise<WebSocketConnection>
    let makeDelegate: @Sendable (WebSocketConnection) -> any WebSocketDelegate
}

/// The client's side of the opening handshake (RFC 6455 §4.1); leaves the pipeline when it is done.
final class WebSocketClientHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    static let encoderName = "tickgate.websocket.request-encoder"

    private let attempt: WebSocketAttempt
    private let key = WebSocketHandshake.makeKey()
    private var isDone = false
    private var isAccepted = false
    private var timer: Scheduled<Void>?

    init(_ attempt: WebSocketAttempt) { self.attempt = attempt }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders([
            ("Host", attempt.url.authority), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key),
        ])
        for field in attempt.fields.storage { headers.add(name: field.name, value: field.value) }
        if !attempt.subprotocols.isEmpty {
            headers.add(name: "Sec-WebSocket-Protocol", value: attempt.subprotocols.joined(separator: ", "))
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: attempt.url.target, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let transfer = LoopBoundTransfer((self, context))
        timer = context.eventLoop.scheduleTask(in: attempt.timeout) {
            let (handshake, context) = transfer.value
            handshake.fail(
                WireError(.timeout, "\(handshake.attempt.url) did not answer the handshake in time"),
                context
            )
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): check(head, context)
        case .body: break
        case .end: if isAccepted, !isDone { succeed(context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(WireError(.closed, "\(attempt.url.authority) closed the connection during the handshake"), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(ClientConnector.wireError(error, url: attempt.url), context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    private var acceptedSubprotocol: String?

    private func check(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        let fields = HTTPFields(head.headers)
        let subprotocol = fields["Sec-WebSocket-Protocol"]
        guard head.status == .switchingProtocols else {
            fail(WireError(.refused, "\(attempt.url) answered \(head.status.code) instead of a WebSocket"), context)
            return
        }
        guard fields.contains("websocket", in: "upgrade"), fields.contains("upgrade", in: "connection"),
            fields["Sec-WebSocket-Accept"] == WebSocketHandshake.accept(for: key),
            subprotocol.map(attempt.subprotocols.contains) ?? true,
            fields["Sec-WebSocket-Extensions"] == nil
        else {
            fail(WireError(.protocolViolation, "\(attempt.url) answered the handshake wrongly"), context)
            return
        }
        acceptedSubprotocol = subprotocol
        isAccepted = true
    }

    private func succeed(_ context: ChannelHandlerContext) {
        isDone = true
        timer?.cancel()
        let channel = context.channel
        let connection = WebSocketConnection.install(
            on: context,
            after: self,
            role: .client,
            limits: attempt.limits,
            subprotocol: acceptedSubprotocol,
            registry: nil,
            makeDelegate: attempt.makeDelegate
        )
        guard let connection else {
            attempt.promise.fail(WireError(.closed, "the connection closed during the handshake"))
            return
        }
        channel.pipeline.syncOperations.removeHandler(name: Self.encoderName, promise: nil)
        WebSocketConnection.removeHTTP(self, decoder: HTTPResponseDecoder.self, from: channel).whenComplete { _ in
            connection.handshakeIsGone()
        }
        attempt.promise.succeed(connection)
    }

    private func fail(_ error: WireError, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        timer?.cancel()
        attempt.promise.fail(error)
        context.close(promise: nil)
    }
}
