public import NIOCore
public import NIOSSL

/// Makes WebSocket connections, `ws` or `wss`.
public final class WebSocketClient: Sendable {
    private let connector: ClientConnector
    private let limits: WebSocketLimits
    private let compression: WebSocketCompressionOptions?
    private let handshakeTimeout: TimeAmount

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - group: the loops of its connections.
    ///   - tls: for `wss`; nil trusts the system's roots.
    ///   - limits: message size and liveness.
    ///   - compression: what to offer of permessage-deflate; nil for nothing.
    ///   - connectTimeout: to connect, and again to shake hands.
    public init(
        group: any EventLoopGroup,
        tls: NIOSSLContext? = nil,
        limits: WebSocketLimits = WebSocketLimits(),
        compression: WebSocketCompressionOptions? = nil,
        connectTimeout: TimeAmount = .seconds(10)
    ) {
        self.connector = ClientConnector(group: group, tls: tls, connectTimeout: connectTimeout)
        self.limits = limits
        self.compression = compression
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
            compression: compression,
            timeout: handshakeTimeout,
            promise: promise,
            makeDelegate: makeDelegate
        )
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 256 * 1024)
        connector.connect(to: url, on: loop, watermark: watermark) { channel in
            try channel.pipeline.syncOperations.addHandler(WebSocketClientHandshake(attempt))
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
    let compression: WebSocketCompressionOptions?
    let timeout: TimeAmount
    let promise: EventLoopPromise<WebSocketConnection>
    let makeDelegate: @Sendable (WebSocketConnection) -> any WebSocketDelegate
}
