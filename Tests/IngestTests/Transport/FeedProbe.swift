import Glibc
import Ingest
import Logging
import Market
import NIOCore
import NIOPosix
import Simulator
import Synchronization

/// Watches a feed's events from outside its loop. Waiting is by condition, never by time.
final class FeedProbe: Sendable {
    /// What was seen.
    struct Seen {
        var events: [MarketEvent] = []
        var books: [InstrumentID: NaiveFeedBook] = [:]
        var quotesCompared = 0
        var quotesDiffering = 0

        var statesByInstrument: [InstrumentID: [String]] = [:]

        /// Words of an instrument's state events, in order: `stale gap`.
        func states(_ instrument: InstrumentID?) -> [String] {
            instrument.flatMap { statesByInstrument[$0] } ?? []
        }

        /// The last of them.
        func state(_ instrument: InstrumentID?) -> String { states(instrument).last ?? "none" }
    }

    private struct Waiter {
        var condition: @Sendable (Seen) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var seen = Seen()
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    /// Takes a batch in; called on the feed's loop.
    func take(_ batch: EventBatch) {
        let ready = state.withLock { state -> [Waiter] in
            for event in batch.events {
                state.seen.events.append(event)
                if event.kind == .state {
                    let words = "\(event.state.name) \(event.reason.name)"
                    state.seen.statesByInstrument[event.instrument, default: []].append(words)
                }
                state.seen.books[event.instrument, default: NaiveFeedBook()].apply(event, batch.changes)
                if event.kind == .quote, let book = state.seen.books[event.instrument], book.updateID == event.id {
                    state.seen.quotesCompared += 1
                    if !book.hasTop(of: event) { state.seen.quotesDiffering += 1 }
                }
            }
            let seen = state.seen
            let ready = state.waiters.filter { $0.condition(seen) }
            state.waiters.removeAll { $0.condition(seen) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Waits until a condition holds after a batch.
    func until(_ condition: @escaping @Sendable (Seen) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if condition(state.seen) { return true }
                state.waiters.append(Waiter(condition: condition, continuation: continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    /// What was seen so far.
    var seen: Seen { state.withLock { $0.seen } }
}

/// A book of plain dictionaries.
struct NaiveFeedBook {
    var bids: [Int64: Int64] = [:]
    var asks: [Int64: Int64] = [:]
    var updateID: Int64 = -1

    mutating func apply(_ event: MarketEvent, _ changes: [LevelChange]) {
        guard event.kind == .depth || event.kind == .snapshot else { return }
        if event.kind == .snapshot { (bids, asks) = ([:], [:]) }
        for change in changes[event.changes] {
            let size = change.size == 0 ? nil : change.size
            if change.side == .bid { bids[change.price] = size } else { asks[change.price] = size }
        }
        updateID = event.id
    }

    func hasTop(of quote: MarketEvent) -> Bool {
        bids.keys.max() == quote.price && asks.keys.min() == quote.price2 && bids[quote.price] == quote.size
            && asks[quote.price2] == quote.size2
    }
}

/// A simulated venue and a feed that is connected to it, on loops of their own.
final class FeedBench: Sendable {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let registry = InstrumentRegistry()
    let probe = FeedProbe()
    let simulator: ExchangeSimulator
    let feed: BinanceFeed

    static let clock: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func quietLogger() -> Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    static func options(_ names: [String]) -> SimulatorOptions {
        var options = SimulatorOptions()
        options.symbols = SimulatedSymbol.named(names) ?? []
        options.messagesPerSecond = 500
        return options
    }

    init(
        options: SimulatorOptions = FeedBench.options(["BTC-USDT", "ETH-USDT", "SOL-USDT"]),
        configure: (inout BinanceFeedConfiguration) -> Void = { _ in }
    ) async throws {
        let loops = group.makeIterator().map { $0 }
        simulator = try await ExchangeSimulator.start(options: options, eventLoop: loops[0], clock: Self.clock).get()
        var configuration = BinanceFeedConfiguration.simulated(
            webSocketURL: simulator.webSocketURL,
            restURL: simulator.restURL,
            symbols: ["BTC-USDT", "ETH-USDT", "SOL-USDT"]
        )
        configuration.backoffInitial = .milliseconds(10)
        configuration.backoffMax = .milliseconds(100)
        configuration.tickInterval = .milliseconds(10)
        configure(&configuration)
        let probe = self.probe
        feed = try BinanceFeed(
            configuration: configuration,
            registry: registry,
            sequence: SequenceSource(),
            eventLoop: loops[1],
            environment: .init(clock: Self.clock, random: { 0.5 }, logger: Self.quietLogger()),
            onEvents: { probe.take($0) }
        )
        feed.start()
    }

    func id(_ symbol: String) -> InstrumentID? { registry.id(named: symbol + ".BINANCE") }

    /// Waits until these instruments are live.
    func untilLive(_ symbols: [String] = ["BTC-USDT", "ETH-USDT", "SOL-USDT"]) async {
        let registry = self.registry
        await probe.until { seen in
            symbols.allSatisfy { seen.state(registry.id(named: $0 + ".BINANCE")) == "live synced" }
        }
    }

    func inject(_ kind: SimulatorFault.Kind, _ symbol: String? = nil) async throws -> Bool {
        try await simulator.inject(SimulatorFault(kind, symbol: symbol)).get()
    }

    func stop() async throws {
        try await feed.stop().get()
        try await simulator.stop().get()
        try await group.shutdownGracefully()
    }
}
