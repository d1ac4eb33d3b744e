public import Logging
public import Market
public import NIOCore
import NIOSSL
import Wire

/// Keeps a connection to the venue for as long as it runs, and turns what comes into market events.
///
///     stopped ─start─► loading ─list─► connecting ─open─► connected
///                         ▲  ▲              │                 │  closed, silent, too old, venue goes away
///                         │  └─── waiting ◄─┴─────────────────┘
///                         └ never gives up: the wait doubles up to its cap
///
/// All state belongs to one event loop. Events leave through a closure on that loop, once for all that one read of the
/// socket brought.
public final class BinanceFeed: @unchecked Sendable {
    // Sendable: everything mutable is used on `eventLoop` only; methods for other threads hop there first.

    /// What this feed needs from outside.
    public struct Environment: Sendable {
        /// Nanoseconds since the epoch: the receive time of frames.
        public var clock: @Sendable () -> Int64
        /// A number in `0..<1`, for jitter.
        public var random: @Sendable () -> Double
        /// Where it says what happens to its connection.
        public var logger: Logger

        /// Creates an environment.
        public init(
            clock: @escaping @Sendable () -> Int64,
            random: @escaping @Sendable () -> Double,
            logger: Logger
        ) {
            self.clock = clock
            self.random = random
            self.logger = logger
        }
    }

    /// What the feed does; for any thread.
    public let statistics = FeedStatistics()
    /// The loop that owns the feed and calls its closure.
    public let eventLoop: any EventLoop

    let configuration: BinanceFeedConfiguration
    let environment: Environment
    let onEvents: (EventBatch) -> Void
    let webSocketURL: WireURL
    let restURL: WireURL
    let http: HTTPClient
    let webSocket: WebSocketClient

    var adapter: BinanceSpotAdapter
    var batch = EventBatch()
    var snapshots: SnapshotQueue
    var backoff: Backoff
    var isRunning = false
    var symbols: [BinanceSymbol] = []
    var connection: WebSocketConnection?
    /// Grows with every connection and stop; what belongs to an older one is ignored.
    var generation = 0
    var openedAt = NIODeadline.uptimeNanoseconds(0)
    var lastFrame = NIODeadline.uptimeNanoseconds(0)
    var lastFrameTime: Int64 = 0
    /// Receive time of the read burst under way; nil between bursts.
    var burstTime: Int64?
    /// The venue asked for silence until then, by the loop's clock.
    var pausedUntil: Int64 = 0
    var ticker: RepeatedTask?
    var retry: Scheduled<Void>?
    var snapshotTimer: Scheduled<Void>?
    var subscribing: Scheduled<Void>?

    /// Creates a feed; ``start()`` begins.
    ///
    /// `onEvents` is called on the loop; it may take a copy of the batch along.
    ///
    /// - Throws: `configuration` if a URL, symbol or CA file cannot be used.
    public init(
        configuration: BinanceFeedConfiguration,
        registry: InstrumentRegistry,
        sequence: SequenceSource,
        eventLoop: any EventLoop,
        environment: Environment,
        onEvents: @escaping @Sendable (EventBatch) -> Void
    ) throws(IngestError) {
        self.configuration = configuration
        self.environment = environment
        self.onEvents = onEvents
        self.eventLoop = eventLoop
        self.webSocketURL = try Self.url(configuration.webSocketURL, schemes: ["ws", "wss"])
        self.restURL = try Self.url(configuration.restURL, schemes: ["http", "https"])
        self.symbols = try Self.symbols(configuration.symbols)
        let tls: NIOSSLContext?
        do throws(WireError) {
            tls = webSocketURL.isTLS || restURL.isTLS ? try WireTLS.client(caFile: configuration.caFile) : nil
        } catch {
            throw IngestError(.configuration, .invalidConfiguration, detail: error.message)
        }
        var limits = WebSocketLimits()
        limits.messageBytesMax = BinanceFeedConfiguration.frameBytesMax
        self.http = HTTPClient(group: eventLoop, tls: tls)
        self.webSocket = WebSocketClient(group: eventLoop, tls: tls, limits: limits)
        self.adapter = BinanceSpotAdapter(configuration: .init(), registry: registry, sequence: sequence)
        self.snapshots = SnapshotQueue(
            limit: configuration.snapshotLimit,
            weightPerMinute: configuration.snapshotWeightPerMinute
        )
        let initial = max(configuration.backoffInitial.nanoseconds, 1_000_000)
        self.backoff = Backoff(initial: initial, max: max(configuration.backoffMax.nanoseconds, initial))
    }

    private static func url(_ text: String, schemes: [String]) throws(IngestError) -> WireURL {
        let url: WireURL
        do throws(WireError) {
            url = try WireURL(text)
        } catch {
            throw IngestError(.configuration, .invalidConfiguration, detail: error.message)
        }
        guard schemes.contains(url.scheme) else {
            let list = schemes.joined(separator: " or ")
            throw IngestError(.configuration, .invalidConfiguration, detail: "'\(text)': the scheme must be \(list)")
        }
        return url
    }

    private static func symbols(_ names: [String]) throws(IngestError) -> [BinanceSymbol] {
        guard names.count <= BinanceStreams.symbolsMax else {
            throw IngestError(
                .configuration,
                .invalidConfiguration,
                detail: "\(names.count) symbols; one connection carries at most \(BinanceStreams.symbolsMax)"
            )
        }
        var symbols: [BinanceSymbol] = []
        for name in names {
            guard let symbol = BinanceSymbol(instrumentName: name) else {
                throw IngestError(
                    .configuration,
                    .invalidConfiguration,
                    detail: "symbol '\(name)' is not BASE-QUOTE, such as BTC-USDT"
                )
            }
            if !symbols.contains(symbol) { symbols.append(symbol) }
        }
        return symbols
    }

    // MARK: Life

    /// Begins; the books of configured symbols are syncing from now on. Does nothing while the feed runs.
    public func start() {
        eventLoop.execute { [self] in
            guard !isRunning else { return }
            isRunning = true
            for symbol in symbols { try? adapter.add(symbol, now: environment.clock(), into: &batch) }
            let interval = configuration.tickInterval
            ticker = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [self] _ in tick() }
            deliver()
            load()
        }
    }

    /// Closes the connection, says that the books are stale, and lets go. Completes when the last event is out.
    public func stop() -> EventLoopFuture<Void> {
        eventLoop.submit { [self] in
            guard isRunning else { return }
            isRunning = false
            let open = connection
            lose(reason: .disconnect)
            open?.close(.normal)
            ticker?.cancel()
            retry?.cancel()
            statistics.enter(.stopped)
        }
    }

    /// Hands out what has gathered.
    func deliver() {
        statistics.publish(adapter.counters, lastFrameTime: lastFrameTime, clockOffset: adapter.clockOffset)
        guard !batch.isEmpty else { return }
        onEvents(batch)
        batch.removeAll()
    }

    /// Tries again later.
    func wait(after error: String) {
        statistics.note(error: error)
        guard isRunning else { return }
        let delay = max(backoff.next(random: environment.random()), pausedUntil - monotonicNow)
        environment.logger.warning(
            "feed lost its venue",
            metadata: ["error": .string(error), "retry_in_ms": "\(delay / 1_000_000)"]
        )
        statistics.enter(.waiting)
        retry?.cancel()
        retry = eventLoop.scheduleTask(in: .nanoseconds(delay)) { [self] in load() }
    }

    private func tick() {
        adapter.tick(now: environment.clock(), into: &batch)
        perform(adapter.takeActions())
        deliver()
        guard connection != nil else { return }
        let now = eventLoop.now
        if now - lastFrame >= configuration.silenceMax {
            statistics.countSilence()
            reconnect(reason: .silence, error: IngestReason.silent.text)
        } else if now - openedAt >= configuration.connectionLifetime {
            environment.logger.info("feed renews its connection before the venue cuts it")
            reconnect(reason: .disconnect, error: nil)
        }
    }

    /// Gives the connection up and makes another: at once if it was no failure.
    func reconnect(reason: StateReason, error: String?) {
        let old = connection
        lose(reason: reason)
        old?.close(.normal)
        if let error { wait(after: error) } else { load() }
    }

    /// Forgets the connection and marks its books. Safe to call twice.
    func lose(reason: StateReason) {
        generation += 1
        if connection != nil {
            statistics.countDisconnect()
            if eventLoop.now - openedAt >= configuration.backoffReset { backoff.reset() }
        }
        connection = nil
        burstTime = nil
        snapshots.removeAll()
        snapshotTimer?.cancel()
        subscribing?.cancel()
        adapter.disconnected(reason: reason, now: environment.clock(), into: &batch)
        deliver()
    }
}
