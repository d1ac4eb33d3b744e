import Columnar
import Engine
import Ingest
import Logging
import Market
import NIOCore
import NIOPosix
import Simulator

/// The live feed: a connection for each shard that owns any of the configured instruments, on that shard's loop.
final class Feeds {
    private(set) var feeds: [BinanceFeed] = []
    private var simulator: ExchangeSimulator?
    private var simulatorGroup: MultiThreadedEventLoopGroup?

    /// Starts what the configuration asks for.
    init(_ configuration: Configuration, pipeline: Pipeline, logger: Logger) async throws {
        var binance = BinanceFeedConfiguration()
        binance.webSocketURL = configuration.binanceWebSocketURL
        binance.restURL = configuration.binanceRestURL
        binance.caFile = configuration.binanceCAFile
        binance.hasMicroseconds = configuration.isMicroseconds
        binance.silenceMax = .seconds(Int64(configuration.silenceSeconds))
        switch configuration.feed {
        case .none: return
        case .binance: break
        case .simulated:
            let exchange = try await startSimulator(configuration)
            let silence = binance.silenceMax
            binance = .simulated(webSocketURL: exchange.webSocketURL, restURL: exchange.restURL)
            binance.silenceMax = silence
            binance.hasMicroseconds = true
        }
        try connect(binance, symbols: configuration.symbols, pipeline: pipeline, logger: logger)
    }

    private func startSimulator(_ configuration: Configuration) async throws -> ExchangeSimulator {
        var options = SimulatorOptions()
        options.seed = configuration.simulatedSeed
        options.messagesPerSecond = configuration.simulatedRate
        options.symbols = try SimulatedSymbol.listed(configuration.symbols)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        simulatorGroup = group
        let exchange = try await ExchangeSimulator.start(
            options: options,
            eventLoop: group.next(),
            clock: WallClock.now
        ).get()
        simulator = exchange
        return exchange
    }

    private func connect(
        _ binance: BinanceFeedConfiguration,
        symbols: [String],
        pipeline: Pipeline,
        logger: Logger
    ) throws {
        var shares = [[String]](repeating: [], count: pipeline.runtime.shardCount)
        for symbol in symbols {
            guard let known = BinanceSymbol(instrumentName: symbol) else {
                throw ConfigurationError("feed.symbols: '\(symbol)' is not BASE-QUOTE, such as BTC-USDT")
            }
            shares[pipeline.runtime.shard(of: pipeline.registry.register(known.instrument))].append(symbol)
        }
        let runtime = pipeline.runtime
        let connections = shares.count { !$0.isEmpty }
        for (shard, share) in shares.enumerated() where !share.isEmpty {
            var own = binance
            own.symbols = share
            // The venue counts the weight of requests by address, so the connections share it.
            own.snapshotWeightPerMinute = max(1, binance.snapshotWeightPerMinute / connections)
            let feed = try BinanceFeed(
                configuration: own,
                registry: pipeline.registry,
                sequence: pipeline.sequence,
                eventLoop: pipeline.eventLoops[shard],
                environment: BinanceFeed.Environment(
                    clock: WallClock.now,
                    random: { Double.random(in: 0..<1) },
                    logger: logger
                ),
                onEvents: { runtime.processInLoop($0, shard: shard, durability: .interval) }
            )
            feed.start()
            feeds.append(feed)
        }
    }

    /// Why a feed gives nothing now; empty if all are connected.
    var problems: @Sendable () -> [String] {
        let all = feeds.map(\.statistics)
        return {
            all.compactMap { statistics in
                guard statistics.state != .connected else { return nil }
                return "feed is \(statistics.state): \(statistics.lastError ?? "no error yet")"
            }
        }
    }

    /// Closes all connections; the books are stale then.
    func stop() async {
        for feed in feeds { try? await feed.stop().get() }
        try? await simulator?.stop().get()
        try? await simulatorGroup?.shutdownGracefully()
    }
}
