public import Market

/// What the adapter wants from its surroundings.
public enum BinanceAction: Sendable, Hashable {
    /// Fetch the REST depth snapshot of this venue symbol and hand it to ``BinanceSpotAdapter/snapshot(symbol:body:receiveTime:into:)``.
    case requestSnapshot(symbol: String)
    /// The venue is about to go away: connect anew.
    case reconnect
}

/// Turns frames of Binance's spot streams into market events. No input or output of its own: bytes in, events and
/// actions out.
///
/// Per instrument, while a connection is up: depth messages wait until a snapshot is there; then the snapshot, the waiting
/// messages that apply and `state(live, synced)` are emitted in one go. A missing update id makes that instrument, and no
/// other, `state(stale, gap)` and asks for a new snapshot. Trades and quotes pass at any time.
///
/// A frame that cannot be used throws, is counted, and leaves the adapter as it was.
public struct BinanceSpotAdapter: ~Copyable {
    /// How an adapter treats what it meets.
    public struct Configuration: Sendable {
        /// Take symbols that were never added, told apart by their quote asset: for recordings.
        public var allowsUnknownSymbols = false
        /// Only these instruments, by `BTC-USDT` or `BTC-USDT.BINANCE`; nil for all.
        public var symbols: Set<String>?
        /// Take a snapshot without a symbol as the REST answer of the instrument whose buffered messages it fits.
        public var attributesSnapshots = false

        /// Creates a configuration for a live feed.
        public init() {}

        /// A configuration for recordings.
        public static func recording(symbols: Set<String>? = nil) -> Configuration {
            var configuration = Configuration()
            configuration.allowsUnknownSymbols = true
            configuration.attributesSnapshots = true
            configuration.symbols = symbols
            return configuration
        }
    }

    /// Instruments of one adapter: 20 times the venue's list.
    public static let instrumentsMax = 65_536
    /// How long a new stream may be silent before a snapshot is fetched without a first message: 1 s.
    static let firstDepthWait: Int64 = 1_000_000_000
    /// How far a venue time may run ahead of the venue's last one and the time that passed since: 1 h. A clock that is
    /// further off would close every window of time.
    static let timeJumpMax: Int64 = 3_600_000_000_000

    /// What the adapter has seen.
    public internal(set) var counters = BinanceCounters()
    /// What is wanted; take it with ``takeActions()``.
    private(set) var actions: [BinanceAction] = []

    let configuration: Configuration
    let registry: InstrumentRegistry
    let sequence: SequenceSource
    var decoder = BinanceDecoder()
    var table = SymbolTable()
    /// By place in `table`; nil for a symbol that the configuration leaves out.
    var feeds: [FeedInstrument?] = []
    /// Greatest venue time seen, and the receive time of the message that brought it; 0 before the first.
    var venueTime: Int64 = 0
    var venueTimeReceived: Int64 = 0
    var isConnected = false
    /// Smallest receive time minus event time seen, nanoseconds: the receiver's clock against the venue's, plus the
    /// shortest way. Nil before the first message with a time.
    public internal(set) var clockOffset: Int64?

    /// Creates an adapter that numbers its events from `sequence`.
    public init(configuration: Configuration, registry: InstrumentRegistry, sequence: SequenceSource) {
        self.configuration = configuration
        self.registry = registry
        self.sequence = sequence
    }

    /// Adds an instrument, and says that its book is syncing. Does nothing if it is there.
    public mutating func add(_ symbol: BinanceSymbol, now: Int64, into batch: inout EventBatch) throws(IngestError) {
        var name = symbol.name
        let known = name.withUTF8 { table.index(of: $0) }
        if known == nil { _ = try add(symbol, now: now, &batch) }
    }

    mutating func add(_ symbol: BinanceSymbol, now: Int64, _ batch: inout EventBatch) throws(IngestError) -> Int {
        guard table.count < Self.instrumentsMax else { throw IngestError(.rejectedMessage, .tooManyInstruments) }
        let index = table.insert(Array(symbol.name.utf8))
        let instrument = symbol.instrument
        if let symbols = configuration.symbols, !symbols.contains(instrument.name), !symbols.contains(instrument.symbol)
        {
            feeds.append(nil)
            return index
        }
        var feed = FeedInstrument(
            symbol: symbol.name,
            id: registry.register(instrument),
            counter: sequence.counter(for: instrument)
        )
        feed.emitState(.syncing, .start, time: time(receivedAt: now), receiveTime: now, into: &batch)
        if isConnected { feed.begin(now: now) }
        feeds.append(feed)
        return index
    }

    /// The instruments, in the order in which they were met.
    public var instruments: [InstrumentID] { feeds.compactMap { $0?.id } }

    /// Takes what is wanted.
    public mutating func takeActions() -> [BinanceAction] {
        guard !actions.isEmpty else { return [] }
        defer { actions.removeAll() }
        return actions
    }

    mutating func want(_ action: BinanceAction) { actions.append(action) }

    /// A connection is up: every book waits for a snapshot.
    public mutating func connected(now: Int64) {
        isConnected = true
        for index in feeds.indices { feeds[index]?.begin(now: now) }
    }

    /// The connection is lost or, for `silence`, given up: every book is stale.
    public mutating func disconnected(reason: StateReason, now: Int64, into batch: inout EventBatch) {
        isConnected = false
        actions.removeAll()
        let time = time(receivedAt: now)
        for index in feeds.indices {
            feeds[index]?.book.end()
            feeds[index]?.isSnapshotRequested = false
            feeds[index]?.emitState(.stale, reason, time: time, receiveTime: now, into: &batch)
        }
    }

    /// Time has passed: emits the clock events that are due, and asks for snapshots of books whose stream is silent.
    public mutating func tick(now: Int64, into batch: inout EventBatch) {
        for index in feeds.indices {
            guard feeds[index] != nil else { continue }
            counters.clocks += feeds[index]?.emitClocks(until: now, into: &batch) ?? 0
            if let feed = feeds[index], feed.isFirstDepthOverdue(now: now) { requestSnapshot(index) }
        }
    }

    mutating func requestSnapshot(_ index: Int) {
        guard let feed = feeds[index], !feed.isSnapshotRequested else { return }
        feeds[index]?.isSnapshotRequested = true
        want(.requestSnapshot(symbol: feed.symbol))
    }

    /// The time of an event that has none of its own.
    func time(receivedAt receiveTime: Int64) -> Int64 { venueTime > 0 ? venueTime : receiveTime }
}
