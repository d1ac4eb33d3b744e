public import NIOCore
import NIOSSL
import Wire

/// An exchange that speaks Binance's spot protocol over real sockets, from a seeded market.
///
/// - `GET /api/v3/exchangeInfo[?symbol=|?symbols=[..]]`, `/api/v3/depth?symbol=&limit=`, `/api/v3/time`, `/api/v3/ping`
/// - WebSocket `/stream?streams=a/b[&timeUnit=MICROSECOND]` and `/ws/<stream>`, with SUBSCRIBE, UNSUBSCRIBE and
///   LIST_SUBSCRIPTIONS; streams `<symbol>@depth@100ms` (or `@depth`), `@trade`, `@bookTicker`
/// - `POST /sim/fault` with `{"kind":"gap","symbol":"BTCUSDT"}`: see ``SimulatorFault/Kind``
///
/// Messages are sent on an open-loop schedule: evenly spread, each with its scheduled time as its event time, however
/// late it leaves. Messages that fall due within ``SimulatorOptions/granularity`` leave together. The market stands still
/// while nobody is connected. Depth messages come as the schedule has them, not every 100 ms.
///
/// Lives until ``stop()``.
///
/// One event loop owns it all.
public final class ExchangeSimulator: @unchecked Sendable {
    // Sendable: everything mutable is used on `eventLoop` only; methods for other threads hop there first.

    /// The loop that owns it.
    public let eventLoop: any EventLoop
    /// The port that it listens on.
    public private(set) var port = 0

    let options: SimulatorOptions
    let clock: @Sendable () -> Int64
    var markets: [SimulatedMarket]
    var indices: [String: Int] = [:]
    private var server: HTTPServer?
    var subscribers: [ObjectIdentifier: StreamSubscriber] = [:]
    private var schedule: MessageSchedule?
    private var timer: Scheduled<Void>?
    private var faultTimers: [Scheduled<Void>] = []
    private var random: SplitMix64
    private var text = MessageText()
    private var isStopped = false
    /// Symbols by place, with the faults that wait for them; `nil` symbols wait in place -1.
    var pendingGaps: [Int] = []
    var pendingMalformed: [Int] = []
    var pendingSnapshotFaults: [(kind: SimulatorFault.Kind, place: Int)] = []
    /// By place and kind: the stream's names, and whether a subscriber wants one of them.
    let names: [[[String]]]
    private var wanted: [[Bool]]

    /// Messages sent at most before the loop gets a chance to do something else.
    private static let messagesPerTurn = 5_000
    /// In place of a symbol: any.
    static let anyPlace = -1

    private init(options: SimulatorOptions, eventLoop: any EventLoop, clock: @escaping @Sendable () -> Int64) {
        self.options = options
        self.eventLoop = eventLoop
        self.clock = clock
        var seeds = SplitMix64(seed: options.seed)
        self.markets = options.symbols.map { SimulatedMarket(symbol: $0, seed: seeds.next()) }
        self.random = SplitMix64(seed: seeds.next())
        for (index, symbol) in options.symbols.enumerated() { indices[symbol.name] = index }
        self.names = options.symbols.map { symbol in StreamKind.allCases.map { $0.names(symbol) } }
        self.wanted = options.symbols.map { _ in StreamKind.allCases.map { _ in false } }
    }

    /// Starts an exchange that listens when the future completes.
    ///
    /// - Parameters:
    ///   - options: what it offers.
    ///   - eventLoop: the loop that owns it.
    ///   - clock: nanoseconds since the epoch.
    public static func start(
        options: SimulatorOptions,
        eventLoop: any EventLoop,
        clock: @escaping @Sendable () -> Int64
    ) -> EventLoopFuture<ExchangeSimulator> {
        let exchange = ExchangeSimulator(options: options, eventLoop: eventLoop, clock: clock)
        let tls: NIOSSLContext?
        do throws(WireError) {
            if let files = options.tls {
                tls = try WireTLS.server(certificateFile: files.certificateFile, keyFile: files.keyFile)
            } else {
                tls = nil
            }
            if options.symbols.isEmpty { throw WireError(.badAddress, "a simulated exchange needs a symbol") }
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
        return HTTPServer.bind(
            to: HTTPServer.Address(host: options.host, port: options.port),
            group: eventLoop,
            tls: tls,
            handler: SimulatorRoutes(exchange: exchange)
        )
        .map { server in
            exchange.listening(server)
            return exchange
        }
    }

    /// The base URL of the streams.
    public var webSocketURL: String { "\(options.tls == nil ? "ws" : "wss")://\(authority)" }
    /// The base URL of REST.
    public var restURL: String { "\(options.tls == nil ? "http" : "https")://\(authority)" }

    private var authority: String {
        options.host.contains(":") ? "[\(options.host)]:\(port)" : "\(options.host):\(port)"
    }

    private func listening(_ server: HTTPServer) {
        self.server = server
        port = server.port
        for planned in options.plannedFaults {
            faultTimers.append(eventLoop.scheduleTask(in: planned.after) { [self] in _ = apply(planned.fault) })
        }
    }

    /// Closes all connections and stops listening.
    public func stop() -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            isStopped = true
            timer?.cancel()
            for timer in faultTimers { timer.cancel() }
            let server = self.server
            self.server = nil  // the server's handler holds the exchange
            return server?.shutdown(grace: .milliseconds(200)) ?? eventLoop.makeSucceededVoidFuture()
        }
    }

    // MARK: Subscribers

    func joined(_ subscriber: StreamSubscriber) {
        subscribers[ObjectIdentifier(subscriber)] = subscriber
        changed()
        guard timer == nil, !isStopped else { return }
        schedule = MessageSchedule(start: clock(), perSecond: options.messagesPerSecond)
        wake()
    }

    func left(_ subscriber: StreamSubscriber) {
        subscribers[ObjectIdentifier(subscriber)] = nil
        changed()
        guard subscribers.isEmpty else { return }
        timer?.cancel()
        timer = nil
        schedule = nil
    }

    /// Somebody's streams changed: who wants what is counted anew.
    func changed() {
        var all = Set<String>()
        for subscriber in subscribers.values { all.formUnion(subscriber.streams) }
        wanted = names.map { kinds in kinds.map { !all.isDisjoint(with: $0) } }
    }

    // MARK: Schedule

    private func wake() {
        guard let schedule, !isStopped else { return }
        let wait = max(schedule.due - clock(), 0)
        let delay = max(wait, options.granularity.nanoseconds)
        timer = eventLoop.scheduleTask(in: .nanoseconds(delay)) { [self] in
            sendDue()
            wake()
        }
    }

    private func sendDue() {
        let now = clock()
        _ = schedule?.skip(now: now)
        var sent = 0
        while let due = schedule?.due, due <= now, sent < Self.messagesPerTurn {
            schedule?.advance()
            send(random.below(markets.count), time: due)
            sent += 1
        }
        for subscriber in subscribers.values { subscriber.flush() }
    }

    private func send(_ place: Int, time: Int64) {
        let message = markets[place].next(mix: options.mix)
        let kind = StreamKind(message)
        if kind == .depth, take(&pendingGaps, place) { return }
        guard wanted[place][kind.rawValue] else { return }
        let isMalformed = take(&pendingMalformed, place)
        var frames = FrameCache()
        for subscriber in subscribers.values {
            for name in names[place][kind.rawValue] where subscriber.streams.contains(name) {
                let key = FrameCache.Key(name: subscriber.isCombined ? name : nil, unit: subscriber.unit)
                let frame = frames.frame(key) { encode(message, place, time, key) }
                if isMalformed { subscriber.append(cutShort(message, place, time, key)) }
                subscriber.append(frame)
            }
        }
    }

    private func encode(
        _ message: SimulatedMarket.Message,
        _ place: Int,
        _ time: Int64,
        _ key: FrameCache.Key
    ) -> ByteBuffer {
        write(message, place, time, key)
        return WebSocketFrameWriter.frame(.text, text.bytes)
    }

    /// The first half of a message: no JSON.
    private func cutShort(
        _ message: SimulatedMarket.Message,
        _ place: Int,
        _ time: Int64,
        _ key: FrameCache.Key
    ) -> ByteBuffer {
        write(message, place, time, key)
        return WebSocketFrameWriter.frame(.text, text.bytes.prefix(text.bytes.count / 2))
    }

    private func write(_ message: SimulatedMarket.Message, _ place: Int, _ time: Int64, _ key: FrameCache.Key) {
        text.removeAll()
        if let name = key.name {
            text.text("{\"stream\":\"")
            text.text(name)
            text.text("\",\"data\":")
        }
        text.message(message, of: markets[place], time: time, unit: key.unit)
        if key.name != nil { text.text("}") }
    }

    private func take(_ pending: inout [Int], _ place: Int) -> Bool {
        guard !pending.isEmpty, let index = pending.firstIndex(where: { $0 == place || $0 == Self.anyPlace })
        else { return false }
        pending.remove(at: index)
        return true
    }
}
