public import NIOCore

/// A request that a server received.
public struct HTTPRequest: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// The request target as it was sent, `/v1/features/BTC-USDT.BINANCE?x=1`.
    public var target: String
    /// The target's path, percent-decoded, without the query.
    public var path: String
    /// The query, decoded, in order.
    public var query: [QueryParameter]
    /// The header fields.
    public var fields: HTTPFields
    /// The body, empty unless it was collected.
    public var body: ByteBuffer
    /// Whether the peer speaks HTTP/1.1 or later, and so understands chunked bodies.
    public var isHTTP11: Bool

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - target: the request target, in origin form or absolute form.
    ///   - fields: the header fields.
    ///   - body: the body.
    ///   - isHTTP11: whether the version is 1.1.
    /// - Returns: nil if the target has a broken escape, is not UTF-8 or does not start with a slash.
    public init?(
        method: HTTPMethod,
        target: String,
        fields: HTTPFields = [:],
        body: ByteBuffer = ByteBuffer(),
        isHTTP11: Bool = true
    ) {
        guard let (path, query) = Self.parse(target: target) else { return nil }
        self.method = method
        self.target = target
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.isHTTP11 = isHTTP11
    }

    /// The first value of a query parameter.
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// Whether the peer asks to switch to WebSocket.
    public var isWebSocketUpgrade: Bool {
        fields.contains("websocket", in: "upgrade") && fields.contains("upgrade", in: "connection")
    }

    /// Whether the connection may be used again after the response (RFC 9112 §9.3).
    public var isKeepAlive: Bool {
        if fields.contains("close", in: "connection") { return false }
        return isHTTP11 || fields.contains("keep-alive", in: "connection")
    }

    private static func parse(target: String) -> (path: String, query: [QueryParameter])? {
        var rest = Substring(target)
        for scheme in ["http://", "https://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        let question = rest.firstIndex(of: "?")
        let rawPath = rest[..<(question ?? rest.endIndex)]
        guard rawPath.hasPrefix("/"), let path = PercentCoding.decode(rawPath) else { return nil }
        guard let question else { return (path, []) }
        guard let query = PercentCoding.parameters(rest[rest.index(after: question)...]) else { return nil }
        return (path, query)
    }
}
