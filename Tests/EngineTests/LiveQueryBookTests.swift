import Columnar
import Market
import QueryLang
import QuerySupport
import Store
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite("Live queries over books")
struct LiveQueryBookTests {
    private static let texts = [
        "SELECT seq, state, mid(), imbalance(3), ofi(), ofi_cum() FROM book WHERE time >= '1980-01-01'",
        "SELECT time, mid(), ofi(), added(), count() AS n FROM book SAMPLE BY 10s",
        "SELECT time, symbol, last(mid()) AS m, sum(ofi(2)) AS f FROM book WHERE time >= '1980-01-01' SAMPLE BY 5s",
        """
        SELECT seq, avg(mid()) OVER (PARTITION BY symbol ORDER BY time ROWS 5 PRECEDING) AS m FROM book
        WHERE time >= '1980-01-01'
        """,
        "SELECT symbol, time, seq, spread_bps() AS s FROM book LATEST BY symbol",
    ]

    @Test("go on from a replay as a replay would", arguments: UInt64(1)...4)
    func followsReplay(seed: UInt64) throws {
        var script = LiveScript()
        LivePropertyTests.live(&script, seed: seed, events: 160, timeStep: 300)
        let groups = script.replay.recorder.state.withLock { $0.groups }
        let fixture = try StoreFixture([], seed: seed)
        for schema in MarketTables.schemas { try fixture.store.createTable(schema) }
        let executor = ManualExecutor()
        let limits = LiveQueryLimits(snapshotRowsMax: 100_000, tailRowsMax: 100_000, bucketsMax: 100_000)
        let live = LiveQueries(source: fixture.store, limits: limits, executor: executor)
        let engine = QueryEngine(source: fixture.store)
        var random = SeededGenerator(seed: seed)
        var running: [(text: String, collector: LiveCollector)] = []
        let starts = Self.texts.map { _ in random.int(0...groups.count * 2 / 3) }
        for (index, group) in groups.enumerated() {
            for (text, start) in zip(Self.texts, starts) where start == index {
                let collector = LiveCollector()
                _ = try live.subscribe(engine.prepare(text), collector)
                running.append((text, collector))
            }
            _ = try fixture.store.append(AppendBatch(groups: [group]), durability: .interval)
            if random.oneIn(3) { executor.run() }
            guard random.oneIn(80) || index == groups.count - 1 else { continue }
            executor.run()
            for (text, collector) in running {
                let now = collector.now
                #expect(now.error == nil && now.problems.isEmpty, "\(text): \(String(describing: now.error))")
                let history = try EngineAnswer(engine, engine.prepare(text)).rows
                let difference = LiveComparison.difference(collector.rows, history)
                #expect(difference == nil, "seed \(seed), group \(index), \(text): \(difference ?? "")")
                if difference != nil { return }
            }
        }
        #expect(running.count == Self.texts.count)
        live.close()
    }
}
