public import NIOCore
internal import Wire

/// Bounds of the stream, told in `welcome` and on `/v1/limits`.
public struct StreamLimits: Sendable, Hashable {
    /// Time between two heartbeats.
    public var heartbeatInterval: TimeAmount = .seconds(5)
    /// Bytes that may wait for one subscriber beyond what its socket has taken; then it is conflated, lagged or closed.
    public var queueBytesMax = 8 << 20
    /// Subscriptions of one connection: instruments times requests.
    public var subscriptionsMax = 1024
    /// Live queries of one connection.
    public var queriesMax = 16
    /// Patterns such as `*.BINANCE` of one connection; each is tried for every new instrument.
    public var patternsMax = 64
    /// Symbols of one request; a pattern counts as one.
    public var symbolsMax = 1024
    /// Requests that a connection may make a second, in the long run.
    public var requestsPerSecond = 10
    /// Requests that it may make at once after a pause: a client that subscribes to many things one by one.
    public var requestBurst = 40
    /// Requests refused in a row for their rate before the connection is closed with 4009.
    public var refusedRequestsMax = 100
    /// Bytes of a request.
    public var messageBytesMax = 65_536
    /// Updates that wait to be taken over by another loop; beyond it they merge, as for a slow subscriber.
    public var handoffUpdatesMax = 65_536
    /// Time between two pings of the server.
    public var pingInterval: TimeAmount = .seconds(20)
    /// Silence after which a connection is closed.
    public var silenceMax: TimeAmount = .seconds(60)
    /// Time that a subscriber has to say who it is, where that is asked.
    public var authenticationTimeout: TimeAmount = .seconds(5)
    /// How long a closed connection may take to read what was sent before the close: a slow reader should still learn
    /// why. It holds no more than one watermark of memory meanwhile.
    public var closeTimeout: TimeAmount = .seconds(30)
    /// Updates of all instruments together that are held for subscribers that come back.
    public var resumeEventsMax = 100_000
    /// How long an update is held.
    public var resumeSeconds = 600
    /// Bytes of updates held. The default number of updates of ten values fits twice.
    public var resumeBytesMax = 64 << 20

    /// How long the changes of a followed query are held after its last subscriber left; 0 holds none. Its plan works all
    /// that time.
    public var queryResumeSeconds = 60
    /// Followed queries whose changes are held.
    public var queryHistoriesMax = 64
    /// Bytes of changes held of a query.
    public var queryHistoryBytesMax = 1 << 20

    /// Creates the default limits.
    public init() {}

    /// Rates that a subscription may ask for: below, a subscriber would wait for its first delta longer than for a
    /// heartbeat; above, the timer would cost more than the deltas.
    static let rates = 0.1...1_000.0

    /// Every limit with its name on the wire.
    var all: [(name: StaticString, value: Int)] {
        [
            ("subscriptions", subscriptionsMax), ("queries", queriesMax), ("patterns", patternsMax),
            ("symbols", symbolsMax), ("requests_per_s", requestsPerSecond), ("request_burst", requestBurst),
            ("refused_requests", refusedRequestsMax), ("message_bytes", messageBytesMax),
            ("message_fragments", WebSocketLimits.fragmentsMax(ofBytes: messageBytesMax)),
            ("queue_bytes", queueBytesMax), ("handoff_updates", handoffUpdatesMax),
            ("max_rate_hz", Int(Self.rates.upperBound)), ("ping_s", Self.seconds(pingInterval)),
            ("silence_s", Self.seconds(silenceMax)), ("auth_s", Self.seconds(authenticationTimeout)),
            ("resume_bytes", resumeBytesMax), ("query_resume_s", queryResumeSeconds),
            ("query_histories", queryHistoriesMax), ("query_resume_bytes", queryHistoryBytesMax),
        ]
    }

    static func seconds(_ amount: TimeAmount) -> Int { Int(amount.nanoseconds / 1_000_000_000) }
}
