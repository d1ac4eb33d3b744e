import Columnar
import Engine
import Foundation
import Market
import QueryLang
import Store
import Synchronization

/// A store, a shard that writes trades to it, and continuous queries over them.
final class Bench {
    /// Events of a batch when they come as fast as may be: what a socket gives at once under load.
    static let batchEvents = 20

    private let store: Store
    private let live: LiveQueries
    private let shards: LiveRuntime
    private let builtIn = BuiltIn()
    private let told = Latencies()
    private var followers: [Follower] = []
    private let instruments: [InstrumentID]
    private var time: Int64 = 1_700_000_000_000_000_000
    private var seqs: [Int64]
    private let lastWritten: LastWritten

    init(directory: String, _ one: Case) throws {
        store = try Store.open(directory: directory)
        for schema in MarketTables.schemas { try store.createTable(schema) }
        let engine = QueryEngine(source: store, writer: store)
        var limits = LiveQueryLimits()
        limits.plansMax = max(limits.plansMax, one.queries)
        limits.wholePlansMax = limits.plansMax
        // Nothing is dropped: it is measured how long everything takes.
        limits.queueBytesMax = 4 << 30
        live = LiveQueries(source: store, limits: limits)
        let registry = InstrumentRegistry()
        instruments = (0..<one.instruments).map { number in
            registry.register(
                Instrument(symbol: Case.symbol(number), venue: Case.venue, priceScale: 2, sizeScale: 4)
            )
        }
        seqs = instruments.map { _ in 0 }
        lastWritten = LastWritten(instruments: instruments.count)
        shards = LiveRuntime(
            executors: [{ $0() }],
            dependencies: Shard.Dependencies(
                instruments: registry,
                sink: store,
                publisher: builtIn,
                generation: 1,
                clock: WallClock.now
            )
        )
        for query in 0..<one.queries {
            let planned = try live.plan(try engine.prepare(one.text(query)))
            for _ in 0..<one.subscribers {
                let follower = Follower(told, instrument: one.instrument(query))
                _ = try live.subscribe(planned, follower)
                followers.append(follower)
            }
        }
        for follower in followers { follower.waitForSnapshot() }
    }

    func close() {
        live.close()
        store.close(flush: false)
    }

    /// Events a second until all that changed was told, and processor time of an event.
    func measureThroughput(events: Int) throws -> (eventsPerSecond: Double, processorMicroseconds: Double) {
        let start = WallClock.now()
        let processor = clock()
        var left = events
        while left > 0 {
            let count = min(left, Self.batchEvents)
            feed(count)
            left -= count
        }
        waitUntilTold()
        let rate = Double(events) * 1e9 / Double(WallClock.now() - start)
        let ticks = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
        return (rate, ticks * 1e6 / Double(events))
    }

    /// Microseconds from frame to delta, of single events at a steady pace.
    func measureLatency(events: Int, rate: Int) throws -> (builtIn: Percentiles, queries: Percentiles) {
        builtIn.latencies.clear()
        told.clear()
        let step = 1_000_000_000 / Int64(rate)
        var due = WallClock.now()
        for _ in 0..<events {
            due += step
            let wait = due - WallClock.now()
            if wait > 0 { usleep(UInt32(wait / 1_000)) }
            feed(1)
        }
        waitUntilTold()
        return (builtIn.latencies.percentiles, told.percentiles)
    }

    private func feed(_ count: Int) {
        var batch = EventBatch()
        var places: Set<Int> = []
        for _ in 0..<count {
            time += 1_000_000
            let place = Int(time / 1_000_000) % instruments.count
            seqs[place] += 1
            places.insert(place)
            var event = MarketEvent(
                kind: .trade,
                instrument: instruments[place],
                time: time,
                receiveTime: WallClock.now()
            )
            event.seq = seqs[place]
            event.price = 10_000 + time / 7_000_000 % 200
            event.size = 2_000 + time / 3_000_000 % 5_000
            event.side = time % 2 == 0 ? .bid : .ask
            batch.append(event)
        }
        shards.process(batch, durability: .interval) { [lastWritten, places] result in
            lastWritten.note(result, of: places)
        }
        lastWritten.batches += 1
    }

    private func waitUntilTold() {
        let last = lastWritten.wait()
        // Not every batch is for every query: one that asks for another instrument is told of none of it.
        for follower in followers { follower.wait(for: follower.instrument.map { last[$0] } ?? last.max() ?? 0) }
    }
}

/// The batches that the store took, and the place of the last one of each instrument.
final class LastWritten: @unchecked Sendable {
    // Sendable: `batches` is the feeding thread's; the rest is guarded.
    var batches = 0
    private let state: Mutex<(count: Int, lsns: [Int64])>

    init(instruments: Int) { state = Mutex((0, [Int64](repeating: 0, count: instruments))) }

    func note(_ result: Result<LSN, TableError>, of instruments: Set<Int>) {
        state.withLock { state in
            state.count += 1
            guard case .success(let lsn) = result else { return }
            for place in instruments { state.lsns[place] = max(state.lsns[place], Int64(clamping: lsn)) }
        }
    }

    /// Waits for all batches: the last one of each instrument.
    func wait() -> [Int64] {
        while state.withLock({ $0.count }) < batches { usleep(100) }
        return state.withLock { $0.lsns }
    }
}
