import Glibc
import Market
import NIOCore
import Simulator
import Testing

@testable import Ingest

/// The feed against the simulated venue, over real sockets.
@Suite(.serialized, .timeLimit(.minutes(2))) struct BinanceFeedTests {
    static let symbols = ["BTC-USDT", "ETH-USDT", "SOL-USDT"]

    @Test func booksGoLiveAndEqualTheVenues() async throws {
        let bench = try await FeedBench()
        await bench.untilLive()
        await bench.probe.until { $0.quotesCompared >= 100 }
        let seen = bench.probe.seen
        #expect(seen.quotesDiffering == 0)
        for symbol in Self.symbols {
            #expect(seen.states(bench.id(symbol)) == ["syncing start", "live synced"])
            let numbers = seen.events.filter { $0.instrument == bench.id(symbol) }.map(\.seq)
            #expect(numbers == Array(1...Int64(numbers.count)))
        }
        let statistics = bench.feed.statistics
        #expect(statistics.state == .connected)
        #expect(statistics.connects == 1 && statistics.reconnects == 0)
        #expect(statistics.counters.gaps == 0 && statistics.counters.malformed == 0)
        #expect(statistics.counters.snapshots == 3)
        #expect(statistics.lastFrameTime > 0 && statistics.clockOffset != nil)
        try await bench.stop()
        let states = Self.symbols.map { bench.probe.seen.state(bench.id($0)) }
        #expect(states == ["stale disconnect", "stale disconnect", "stale disconnect"])
        #expect(statistics.state == .stopped)
    }

    @Test func eventTimesComeInMicrosecondsIfAskedFor() async throws {
        let bench = try await FeedBench { $0.hasMicroseconds = true }
        await bench.probe.until { $0.events.contains { $0.kind == .trade && $0.time % 1_000_000 != 0 } }
        try await bench.stop()
    }

    @Test func aGapResyncsOneInstrumentOnly() async throws {
        let bench = try await FeedBench()
        await bench.untilLive()
        #expect(try await bench.inject(.gap, "ETHUSDT"))
        let eth = bench.id("ETH-USDT")
        await bench.probe.until { $0.states(eth).contains("stale gap") && $0.state(eth) == "live synced" }
        let seen = bench.probe.seen
        #expect(seen.states(eth) == ["syncing start", "live synced", "stale gap", "live synced"])
        for symbol in ["BTC-USDT", "SOL-USDT"] {
            #expect(seen.states(bench.id(symbol)) == ["syncing start", "live synced"])
        }
        #expect(bench.feed.statistics.connects == 1)
        #expect(bench.feed.statistics.counters.gaps == 1)
        let compared = seen.quotesCompared
        await bench.probe.until { $0.quotesCompared >= compared + 50 }
        #expect(bench.probe.seen.quotesDiffering == 0)
        try await bench.stop()
    }

    @Test func aLostConnectionIsMadeAgain() async throws {
        let bench = try await FeedBench()
        await bench.untilLive()
        #expect(try await bench.inject(.disconnect))
        let ids = Self.symbols.map { bench.id($0) }
        await bench.probe.until { seen in ids.allSatisfy { seen.states($0).contains("stale disconnect") } }
        await bench.untilLive()
        #expect(bench.feed.statistics.reconnects >= 1)
        #expect(bench.probe.seen.quotesDiffering == 0)
        try await bench.stop()
    }

    @Test func aSilentConnectionIsNoticed() async throws {
        let bench = try await FeedBench { $0.silenceMax = .milliseconds(500) }
        await bench.untilLive()
        #expect(try await bench.inject(.silence))
        let ids = Self.symbols.map { bench.id($0) }
        await bench.probe.until { seen in ids.allSatisfy { seen.states($0).contains("stale silence") } }
        await bench.untilLive()
        #expect(bench.feed.statistics.silences >= 1)
        try await bench.stop()
    }

    @Test func aMalformedFrameIsCountedAndCostsNothing() async throws {
        let bench = try await FeedBench()
        await bench.untilLive()
        #expect(try await bench.inject(.malformed, "BTC-USDT"))
        let statistics = bench.feed.statistics
        await bench.probe.until { _ in statistics.counters.malformed > 0 }
        #expect(statistics.lastMalformed?.code == .malformedFrame)
        await bench.probe.until { [count = bench.probe.seen.events.count] in $0.events.count > count + 100 }
        #expect(statistics.counters.malformed == 1)
        #expect(statistics.counters.gaps == 0)
        #expect(statistics.connects == 1)
        try await bench.stop()
    }

    @Test func anOldSnapshotIsFetchedAgain() async throws {
        var options = FeedBench.options(Self.symbols)
        options.plannedFaults = [.init(SimulatorFault(.oldSnapshot, symbol: "BTCUSDT"), after: .zero)]
        let bench = try await FeedBench(options: options)
        await bench.untilLive()
        #expect(bench.feed.statistics.counters.snapshotsTooOld == 1)
        #expect(bench.probe.seen.quotesDiffering == 0)
        try await bench.stop()
    }

    @Test func aVenueThatLimitsIsLeftAloneForAsLongAsItAsks() async throws {
        var options = FeedBench.options(Self.symbols)
        options.plannedFaults = [.init(SimulatorFault(.limit), after: .zero)]
        let bench = try await FeedBench(options: options)
        await bench.untilLive()
        #expect(bench.feed.statistics.snapshotFailures == 1)
        try await bench.stop()
    }

    @Test func anAnnouncedShutdownMovesTheFeed() async throws {
        let bench = try await FeedBench { $0.backoffReset = .zero }
        await bench.untilLive()
        #expect(try await bench.inject(.shutdown))
        let btc = bench.id("BTC-USDT")
        await bench.probe.until { $0.states(btc).contains("stale disconnect") }
        await bench.untilLive()
        #expect(bench.feed.statistics.connects == 2)
        try await bench.stop()
    }

    @Test func aConnectionIsRenewedBeforeTheVenueCutsIt() async throws {
        let bench = try await FeedBench { $0.connectionLifetime = .milliseconds(300) }
        let statistics = bench.feed.statistics
        await bench.probe.until { _ in statistics.connects >= 3 }
        await bench.untilLive()
        #expect(statistics.silences == 0)
        try await bench.stop()
    }

    @Test func oneUnknownSymbolDoesNotStopTheOthers() async throws {
        let bench = try await FeedBench { $0.symbols = ["NOSUCH-USDT", "BTC-USDT"] }
        await bench.untilLive(["BTC-USDT"])
        #expect(bench.feed.statistics.unknownSymbols == 1)
        #expect(bench.probe.seen.states(bench.id("NOSUCH-USDT")) == ["syncing start"])
        try await bench.stop()
    }

    @Test func allListedSymbolsAreTakenInSubscribeMessages() async throws {
        var options = SimulatorOptions()
        options.symbols = SimulatedSymbol.wellKnown + SimulatedSymbol.synthetic(70)
        options.messagesPerSecond = 400
        let bench = try await FeedBench(options: options) { $0.symbols = [] }
        await bench.untilLive(options.symbols.map { "\($0.base)-\($0.quote)" })
        #expect(bench.registry.all.count == 80)
        #expect(bench.feed.statistics.counters.subscriptionsRefused == 0)
        #expect(bench.probe.seen.quotesDiffering == 0)
        try await bench.stop()
    }

    @Test func aVenueThatWasAwayIsFoundAgain() async throws {
        let bench = try await FeedBench()
        await bench.untilLive()
        let port = bench.simulator.port
        try await bench.simulator.stop().get()
        let btc = bench.id("BTC-USDT")
        await bench.probe.until { $0.state(btc) == "stale disconnect" }
        var options = FeedBench.options(Self.symbols)
        options.port = port
        options.seed = 99
        let second = try await ExchangeSimulator.start(
            options: options,
            eventLoop: bench.simulator.eventLoop,
            clock: FeedBench.clock
        ).get()
        await bench.untilLive()
        #expect(bench.probe.seen.quotesDiffering == 0)
        try await bench.feed.stop().get()
        try await second.stop().get()
        try await bench.group.shutdownGracefully()
    }

    @Test(arguments: [
        ("ftp://x", "BTC-USDT"), ("ws://", "BTC-USDT"), ("http://x", "BTC-USDT"), ("ws://127.0.0.1:1", "BTCUSDT"),
    ])
    func aConfigurationThatCannotWorkIsRefused(url: String, symbol: String) throws {
        var configuration = BinanceFeedConfiguration()
        configuration.webSocketURL = url
        configuration.symbols = [symbol]
        let error = #expect(throws: IngestError.self) {
            try BinanceFeed(
                configuration: configuration,
                registry: InstrumentRegistry(),
                sequence: SequenceSource(),
                eventLoop: EventLoopOfNobody.loop,
                environment: .init(clock: { 0 }, random: { 0 }, logger: FeedBench.quietLogger()),
                onEvents: { _ in }
            )
        }
        #expect(error?.code == .configuration && error?.detail?.isEmpty == false)
    }
}
