import Columnar
import Market
import QueryLang
import Store
import StoreSupport
import Synchronization
import TestSupport

@testable import Engine

/// Collects what is published of feature views.
final class ViewRecorder: ViewPublisher {
    struct State {
        var views: [FeatureViewInfo] = []
        var updates: [(view: String, update: ViewUpdate)] = []
        var confirmations: [(view: String, event: ViewConfirmation)] = []
    }

    let state = Mutex(State())

    func publish(_ updates: [ViewUpdate]) {
        state.withLock { state in
            for update in updates { state.updates.append((state.views[update.view].id, update)) }
        }
    }

    func confirm(_ confirmations: [ViewConfirmation]) {
        state.withLock { state in
            for event in confirmations { state.confirmations.append((state.views[event.view].id, event)) }
        }
    }

    func viewsChanged(_ views: [FeatureViewInfo]) { state.withLock { $0.views = views } }

    func updates(of view: String, _ symbol: String) -> [ViewUpdate] {
        state.withLock { $0.updates }.filter { $0.view == view && $0.update.instrument == symbol }.map(\.update)
    }

    var viewNames: [String] { state.withLock { $0.views.map(\.id) } }

    /// Everything of the updates but the place of the view and the compute time, as text.
    func canonical(_ view: String, _ symbol: String) -> [String] {
        updates(of: view, symbol).map { update in
            let values = update.values.map { value in
                "\(value.field)=\(value.value.map { String($0.bitPattern, radix: 16) } ?? "-"):\(value.status.name)"
            }
            return "\(update.epoch) \(update.isEpochStart) \(update.prev) \(update.seq) \(update.exchangeTime) "
                + "\(update.receiveTime) \(values.joined(separator: " "))"
        }
    }

    /// What a subscriber knows after each update, by `seq`.
    func states(_ view: String, _ symbol: String) -> [(seq: Int64, values: [ViewUpdate.Value])] {
        var latest: [ViewUpdate.Value] = []
        return updates(of: view, symbol).map { update in
            if update.isEpochStart {
                latest = update.values
            } else {
                for value in update.values { latest[value.field] = value }
            }
            return (update.seq, latest)
        }
    }
}

/// Collects lines.
final class LogRecorder: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }
    func append(_ line: String) { state.withLock { $0.append(line) } }
}

/// A sink whose store can be changed, as that of a process which is started again.
final class StoreSwitch: TableSink {
    let store: Mutex<Store>

    init(_ store: Store) { self.store = Mutex(store) }

    func append(
        _ batch: AppendBatch,
        durability: Durability,
        completion: @escaping @Sendable (Result<LSN, TableError>) -> Void
    ) {
        store.withLock { $0 }.append(batch, durability: durability, completion: completion)
    }

    var isCongested: Bool { false }
}

/// Shards that write to a store on a simulated disk, and the thread that computes feature views over it.
final class FeatureViewFixture {
    static let symbols = ["X-Y.T", "Z-Y.T"]

    let disk: SimulatedDisk
    let registry: InstrumentRegistry
    private(set) var store: Store
    private(set) var engine: QueryEngine
    private(set) var recorder = ViewRecorder()
    private(set) var views: FeatureViewRuntime
    private let target: StoreSwitch
    private let shards: LiveRuntime
    private let checkpoints: FeatureCheckpointOptions?
    private let parityInterval: Int64
    private var generation: UInt64 = 1
    /// What the process had to say.
    let log = LogRecorder()
    /// The files of checkpoints.
    let files: AtomicFiles

    /// - Parameter checkpointInterval: nanoseconds between checkpoints, 0 for all the time; nil for none.
    init(
        shards count: Int = 1,
        registry: InstrumentRegistry = InstrumentRegistry(),
        checkpointInterval: Int64? = nil,
        checkpointBytes: Int = FeatureCheckpointOptions.bytesDefault,
        parityInterval: Int64 = 0,
        _ statements: [String]
    ) throws {
        disk = SimulatedDisk(seed: 7)
        self.registry = registry
        let files = AtomicFiles(directory: "/data/checkpoints", fileSystem: disk)
        self.files = files
        checkpoints = checkpointInterval.map {
            FeatureCheckpointOptions(files: files, intervalNanoseconds: $0, bytesMax: checkpointBytes)
        }
        self.parityInterval = parityInterval
        store = try Store.open(directory: "/data", fileSystem: disk)
        for schema in MarketTables.schemas { try store.createTable(schema) }
        engine = QueryEngine(source: store, writer: store)
        target = StoreSwitch(store)
        shards = LiveRuntime(
            executors: (0..<count).map { _ in { $0() } },
            dependencies: Shard.Dependencies(
                instruments: registry,
                sink: target,
                publisher: LiveRecorder(),
                generation: 1,
                clock: { 42 }
            )
        )
        views = Self.runtime(store, recorder, generation: 1, checkpoints, parityInterval, log)
        for statement in statements { try run(statement) }
        views.start()
    }

    deinit {
        views.stop()
        store.close(flush: false)
    }

    private static func runtime(
        _ store: Store,
        _ recorder: ViewRecorder,
        generation: UInt64,
        _ checkpoints: FeatureCheckpointOptions?,
        _ parityInterval: Int64,
        _ log: LogRecorder
    ) -> FeatureViewRuntime {
        var dependencies = FeatureViewRuntime.Dependencies(
            source: store,
            sink: store,
            publisher: recorder,
            generation: generation,
            clock: { 42 }
        )
        dependencies.parityInterval = parityInterval
        dependencies.checkpoints = checkpoints
        dependencies.log = { log.append($0) }
        return FeatureViewRuntime(dependencies)
    }

    /// Closes the store and opens it again; the feed goes on.
    ///
    /// - Parameter meanwhile: what happens to the disk while nothing runs.
    func restart(_ meanwhile: () throws -> Void = {}) throws {
        try settle()
        views.stop()
        store.close()
        try meanwhile()
        generation += 1
        store = try Store.open(directory: "/data", fileSystem: disk)
        engine = QueryEngine(source: store, writer: store)
        target.store.withLock { $0 = store }
        recorder = ViewRecorder()
        views = Self.runtime(store, recorder, generation: generation, checkpoints, parityInterval, log)
        views.start()
    }

    /// Feeds events, so many at a time.
    func feed(_ batch: EventBatch, _ range: Range<Int>? = nil, sizes: [Int]) throws {
        var part = EventBatch()
        var number = 0
        var sent = 0
        for event in batch.events[range ?? 0..<batch.events.count] {
            part.append(event, changes: batch.changes[event.changes])
            if part.events.count == sizes[number % sizes.count] {
                shards.process(part, durability: .interval) { _ in }
                sent += part.events.count
                part = EventBatch()
                number += 1
                if sent > 2_000 {
                    try settle()
                    sent = 0
                }
            }
        }
        shards.process(part, durability: .interval) { _ in }
        try settle()
    }

    /// Waits until all that was fed is stored and computed, and what views store is stored too.
    func settle() throws {
        for _ in 0..<2 {
            try run("CREATE TABLE IF NOT EXISTS mark (n int64)")
            try run("INSERT INTO mark VALUES (1)")
            views.waitUntilIdle()
        }
    }

    @discardableResult
    func run(_ text: String) throws(QueryError) -> [[Scalar]] {
        let stream = try engine.execute(try engine.prepare(text))
        var rows: [[Scalar]] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        return rows
    }

    func rows(of set: TrainingSetRequest) throws(QueryError) -> [[Scalar]] {
        let stream = engine.execute(try engine.prepare(set), limits: ExecutionLimits())
        var rows: [[Scalar]] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        return rows
    }

    func failure(_ text: String) -> QueryError? {
        do throws(QueryError) {
            try run(text)
            return nil
        } catch {
            return error
        }
    }
}

/// Random feeds of two instruments: books that come, change, are lost and come again, trades and quotes.
struct RandomFeed {
    static let start: Int64 = 600 * liveMinute

    static func events(_ count: Int, seed: UInt64, _ registry: InstrumentRegistry) -> EventBatch {
        var random = SeededGenerator(seed: seed)
        var batch = EventBatch()
        let ids = ["X-Y", "Z-Y"].map {
            registry.register(Instrument(symbol: $0, venue: "T", priceScale: 2, sizeScale: 3))
        }
        var seqs = [Int64](repeating: 0, count: ids.count)
        var updates = [Int64](repeating: 0, count: ids.count)
        var isLive = [Bool](repeating: false, count: ids.count)
        var time = start
        func event(_ kind: MarketEvent.Kind, _ place: Int, _ random: inout SeededGenerator) -> MarketEvent {
            seqs[place] += 1
            var event = MarketEvent(
                kind: kind,
                instrument: ids[place],
                time: time,
                receiveTime: time + 1_000_000 * Int64(random.int(1...40))
            )
            event.seq = seqs[place]
            return event
        }
        func levels(_ random: inout SeededGenerator, _ count: Int) -> [LevelChange] {
            (0..<count).map { _ in
                let size = Int64(random.int(0...9)) * 125
                return random.oneIn(2)
                    ? bid(Int64(10_000 - random.int(1...12)), size) : ask(Int64(10_000 + random.int(1...12)), size)
            }
        }
        var receive = Int64.min
        while batch.events.count < count {
            time += Int64(random.int(0...60)) * 1_000_000
            let place = random.int(0...ids.count - 1)
            var made: [(MarketEvent, [LevelChange])] = []
            if !isLive[place] {
                var first = event(.state, place, &random)
                first.state = .syncing
                first.reason = .start
                made.append((first, []))
                updates[place] += 1
                var whole = event(.snapshot, place, &random)
                whole.id = updates[place]
                made.append((whole, [bid(9_990, 500), ask(10_010, 500)] + levels(&random, 6)))
                var live = event(.state, place, &random)
                live.state = .live
                live.reason = .synced
                made.append((live, []))
                isLive[place] = true
            } else {
                switch random.int(0...99) {
                case 0:
                    var stale = event(.state, place, &random)
                    stale.state = .stale
                    stale.reason = .silence
                    made.append((stale, []))
                    isLive[place] = false
                case 1..<60:
                    updates[place] += 1
                    var depth = event(.depth, place, &random)
                    depth.id = updates[place]
                    let levelCount = random.int(1...5)
                    made.append((depth, levels(&random, levelCount)))
                case 60..<85:
                    var trade = event(.trade, place, &random)
                    trade.price = Int64(10_000 + random.int(-12...12))
                    trade.size = Int64(random.int(1...4_000))
                    trade.side = random.oneIn(2) ? .bid : .ask
                    made.append((trade, []))
                default:
                    var quote = event(.quote, place, &random)
                    quote.id = updates[place]
                    (quote.price, quote.size) = (Int64(10_000 - random.int(1...5)), Int64(random.int(1...900)))
                    (quote.price2, quote.size2) = (Int64(10_000 + random.int(1...5)), Int64(random.int(1...900)))
                    made.append((quote, []))
                }
            }
            for (event, changes) in made {
                var event = event
                // What arrives later was received later.
                receive = max(receive, event.receiveTime)
                event.receiveTime = receive
                batch.append(event, changes: changes)
            }
        }
        return batch
    }
}
