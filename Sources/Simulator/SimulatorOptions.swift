public import NIOCore

/// What a simulated exchange offers, how fast, and what goes wrong.
public struct SimulatorOptions: Sendable {
    /// How many of the messages are of which kind, by weight. A change of the best levels is followed by a quote.
    public struct Mix: Sendable, Hashable {
        /// Depth messages of 1 to 6 changes and what other messages changed since.
        public var depth = 2
        /// Trades.
        public var trade = 2
        /// Changes of the best levels.
        public var quote = 3

        /// Creates the default mix; with the quotes that follow, about a quarter each are depth and trades.
        public init() {}
    }

    /// A fault at a time.
    public struct PlannedFault: Sendable, Hashable {
        /// What goes wrong.
        public var fault: SimulatorFault
        /// How long after the start.
        public var after: TimeAmount

        /// Plans a fault.
        public init(_ fault: SimulatorFault, after: TimeAmount) {
            self.fault = fault
            self.after = after
        }
    }

    /// Where to listen; port 0 takes any free one.
    public var host = "127.0.0.1"
    /// The port.
    public var port = 0
    /// The instruments.
    public var symbols = SimulatedSymbol.wellKnown
    /// Decides the market.
    public var seed: UInt64 = 1
    /// Messages a second over all instruments.
    public var messagesPerSecond = 500
    /// Messages that fall due within this time leave together. A message leaves at most this much after its event time
    /// if the machine keeps up; smaller is more punctual and costs more wake-ups.
    public var granularity: TimeAmount = .milliseconds(1)
    /// Weights of the kinds.
    public var mix = Mix()
    /// Faults to come.
    public var plannedFaults: [PlannedFault] = []
    /// PEM files of certificate chain and key, for TLS.
    public var tls: (certificateFile: String, keyFile: String)?

    /// Bytes that may wait for one subscriber before it is cut, as the venue cuts slow ones: 32 MiB.
    static let subscriberBytesMax = 32 * 1024 * 1024
    /// Streams of one connection, by the venue's rule.
    static let streamsMax = 1_024
    /// Bytes of a message from a client.
    static let clientMessageBytesMax = 64 * 1024

    /// Creates the options of a small venue on any port of this machine.
    public init() {}
}

/// What can go wrong on demand.
public struct SimulatorFault: Sendable, Hashable {
    /// The kinds of fault.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A depth message is not sent.
        case gap
        /// Connections are cut without a word.
        case disconnect
        /// Connections stay open, but nothing is sent on them any more.
        case silence
        /// A frame that is cut short is sent before the whole one.
        case malformed
        /// The next depth snapshot is refused with 429 and `Retry-After: 1`.
        case limit
        /// The next depth snapshot is older than the stream.
        case oldSnapshot = "old_snapshot"
        /// The venue announces its shutdown.
        case shutdown
    }

    /// What goes wrong.
    public var kind: Kind
    /// The instrument, `BTCUSDT` or `BTC-USDT`; nil for the next that comes, or for all connections.
    public var symbol: String?

    /// Creates a fault.
    public init(_ kind: Kind, symbol: String? = nil) {
        self.kind = kind
        self.symbol = symbol
    }
}
