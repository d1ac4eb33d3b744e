public import NIOCore

/// Bounds of MarketStore's stream, `/ws`.
public struct BucketStreamLimits: Sendable, Hashable {
    /// Bytes that may wait for one client beyond what its socket has taken; then it is closed with 4008.
    public var queueBytesMax = 8 << 20
    /// Bytes of committed rows that may wait to become messages; beyond it rows are lost, and all clients are closed with
    /// 1013, since they would not know.
    public var inboxBytesMax = 256 << 20
    /// Bytes of messages on their way to one event loop; beyond it their receivers are closed with 4008.
    public var handoffBytesMax = 64 << 20
    /// Bytes of bars that wait for the end of their slot; beyond it they are pushed early.
    public var shelfBytesMax = 64 << 20
    /// Bytes of a request.
    public var messageBytesMax = 1 << 20
    /// Requests that a client may make a second, in the long run.
    public var requestsPerSecond = 10
    /// Requests that it may make at once after a pause.
    public var requestBurst = 100
    /// Requests refused in a row for their rate before the connection is closed with 4009.
    public var refusedRequestsMax = 100
    /// Time between two pings: that of MarketStore.
    public var pingInterval: TimeAmount = .seconds(54)
    /// Silence, pongs included, after which a connection is closed when the next ping is due.
    public var silenceMax: TimeAmount = .seconds(60)
    /// How long a closed connection may take to read what was sent before the close.
    public var closeTimeout: TimeAmount = .seconds(30)
    /// How often the clock is looked at while bars wait: it may be set.
    public var shelfCheckInterval: TimeAmount = .seconds(1)

    /// Creates the default limits.
    public init() {}
}
