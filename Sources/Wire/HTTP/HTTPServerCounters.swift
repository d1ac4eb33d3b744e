/// What a server has done since its start, for metrics.
public final class HTTPServerCounters: Sendable {
    /// Connections accepted.
    public let connections = Counter()
    /// Connections open now.
    public let openConnections = Counter()
    /// Connections refused because too many were open.
    public let connectionsOverLimit = Counter()
    /// Requests whose head was read.
    public let requests = Counter()
    /// Requests that were malformed or passed a limit.
    public let refusals = Counter()
    /// Connections closed, or requests refused, because the peer was too slow.
    public let timeouts = Counter()
    /// Connections switched to WebSocket.
    public let upgrades = Counter()

    /// Creates counters at zero.
    public init() {}
}
