public import NIOCore
public import NIOSSL
public import Wire

/// How a gateway listens, and what it allows.
public struct GatewayConfiguration: Sendable {
    /// Where it listens; check the host with ``BindPolicy`` first. Port 0 takes a free one.
    public var address: HTTPServer.Address
    /// Where it listens, too, with the same routes; nil for nowhere else. Check the host with ``BindPolicy`` first.
    public var secondAddress: HTTPServer.Address?
    /// For HTTPS; nil for HTTP.
    public var tls: NIOSSLContext?
    /// Host names that requests may name besides the loopback ones and the listening address; `*` for any.
    public var allowedHosts: [String] = []
    /// Origins of web pages that may open streams and change things besides the gateway's own.
    public var allowedOrigins: [String] = []
    /// Directory of static files; nil for none.
    public var publicDirectory: String?
    /// The file served as `/openapi.yaml`; nil for none.
    public var openAPIFile: String?
    /// The file served as `/asyncapi.yaml`; nil for none.
    public var asyncAPIFile: String?
    /// Limits of HTTP.
    public var http = HTTPLimits()
    /// Limits of queries.
    public var query = QueryServiceLimits()
    /// The longest line of a replay; told in `/v1/limits`, enforced by the ``ReplayService``.
    public var replayLineBytesMax = 64 << 20
    /// The longest body of a call of MarketStore's clients; 413 beyond. Four such bodies may be held at a time.
    public var marketStoreBodyBytesMax = 256 << 20
    /// How long the latest values of a feature view are fresh after an event confirmed them, in nanoseconds by name; those
    /// of another view always are.
    public var featureTimesToLive: [String: Int64] = [:]
    /// How long running responses may take when the gateway stops.
    public var shutdownGrace: TimeAmount = .seconds(10)

    /// Creates a configuration.
    public init(address: HTTPServer.Address) { self.address = address }
}
