public import NIOCore

/// Where a feed connects and how it behaves.
public struct BinanceFeedConfiguration: Sendable {
    /// The stream server, `wss://HOST[:PORT]` or `ws://`.
    public var webSocketURL = "wss://stream.binance.com:9443"
    /// The REST server, `https://HOST[:PORT]` or `http://`.
    public var restURL = "https://api.binance.com"
    /// Instruments, `BTC-USDT` or `BTC-USDT.BINANCE`; empty for all that the venue lists as trading.
    public var symbols: [String] = []
    /// A PEM file of certificates to trust instead of the system's; nil for the system's.
    public var caFile: String?
    /// Ask for event times in microseconds.
    public var hasMicroseconds = false
    /// Levels a side of a snapshot: 5, 10, 20, 50, 100, 500, 1000 or 5000. The more, the fewer levels are unknown.
    public var snapshotLimit = 5000
    /// Request weight that snapshots may spend in a minute: the venue allows 6,000 an address, and the list costs 20. A
    /// snapshot costs 250, so that 20 books a minute go live; one of 1,000 levels costs 50.
    public var snapshotWeightPerMinute = 5000
    /// Without a frame for this long, the connection is given up: 30 s. A quiet market sends far more often.
    public var silenceMax: TimeAmount = .seconds(30)
    /// How long a connection is kept: ten minutes less than the 24 hours after which the venue cuts it.
    public var connectionLifetime: TimeAmount = .minutes(23 * 60 + 50)
    /// The first wait before another attempt; doubles up to ``backoffMax``.
    public var backoffInitial: TimeAmount = .milliseconds(500)
    /// The longest wait.
    public var backoffMax: TimeAmount = .seconds(30)
    /// A connection that lasted this long ends the doubling.
    public var backoffReset: TimeAmount = .seconds(10)
    /// How often time is looked at: clock events, silence.
    public var tickInterval: TimeAmount = .milliseconds(100)

    /// The longest frame of a venue: three times the largest that one was seen to send (5 MB).
    public static let frameBytesMax = 16 * 1024 * 1024
    /// The longest request target; a longer stream list is sent in messages.
    static let targetBytesMax = 4096

    /// Creates the configuration of the real venue.
    public init() {}

    /// The configuration of a simulated venue, which limits nobody: all of its instruments, if none are named.
    public static func simulated(webSocketURL: String, restURL: String, symbols: [String] = []) -> Self {
        var configuration = Self()
        configuration.webSocketURL = webSocketURL
        configuration.restURL = restURL
        configuration.symbols = symbols
        configuration.snapshotWeightPerMinute = 10_000_000
        return configuration
    }
}
