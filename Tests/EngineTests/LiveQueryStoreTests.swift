import Columnar
import Engine
import QueryLang
import QuerySupport
import Store
import StoreSupport
import Synchronization
import TestSupport
import Testing

/// Live queries over a real store: its writer's thread tells of batches, a thread of their own applies them.
@Suite("Live queries over a store")
struct LiveQueryStoreTests {
    @Test("answer as history does, whatever is written, removed and flushed meanwhile", arguments: UInt64(1)...4)
    func store(seed: UInt64) throws {
        let fixture = try StatementFixture(seed: seed)
        for schema in LiveQueryPropertyTests.tables { try fixture.store.createTable(schema) }
        let executor = ManualExecutor()
        let limits = LiveQueryLimits(snapshotRowsMax: 100_000, tailRowsMax: 100_000, bucketsMax: 100_000)
        let live = LiveQueries(source: fixture.store, limits: limits, executor: executor)
        var source = LiveRowSource(random: SeededGenerator(seed: seed), lateness: 5)
        let texts = [
            "SELECT * FROM ticks", "SELECT time, symbol, ohlcv(price, size) FROM ticks SAMPLE BY 1s",
            "SELECT * FROM bars LATEST BY symbol", "SELECT time, symbol, close FROM bars WHERE n > 3",
            "SELECT time, symbol, sum(n) AS s FROM orders SAMPLE BY 2s",
        ]
        var collectors: [LiveCollector] = []
        for step in 0..<30 {
            if step < texts.count {
                let collector = LiveCollector()
                _ = try live.subscribe(fixture.engine.prepare(texts[step]), collector)
                collectors.append(collector)
            }
            for (table, rows) in source.rows(5) {
                try Self.append(rows, to: table, fixture.store)
            }
            if source.random.oneIn(6) { try fixture.store.flush() }
            if step == 17 { try fixture.run("DELETE FROM ticks WHERE time < '2023-11-14T22:13:25'") }
            executor.run()
            for (text, collector) in zip(texts, collectors) {
                let now = collector.now
                #expect(now.error == nil && now.problems.isEmpty, "\(text): \(String(describing: now.error))")
                var history: [[Scalar]] = []
                let stream = try fixture.engine.execute(fixture.engine.prepare(text))
                while let batch = try stream.next() {
                    for row in 0..<batch.rowCount { history.append(batch.columns.map { $0.scalar(at: row) }) }
                }
                let difference = LiveComparison.difference(collector.rows, history)
                #expect(difference == nil, "seed \(seed), step \(step), \(text): \(difference ?? "")")
            }
        }
        live.close()
    }

    private static func append(_ rows: [[Scalar]], to table: String, _ store: Store) throws {
        guard let schema = store.catalog.schema(named: table) else { return }
        var bySeries: [String: [[Scalar]]] = [:]
        for row in rows {
            guard let column = schema.seriesColumn, case .text(let name) = row[column] else { continue }
            bySeries[name, default: []].append(row)
        }
        let groups = bySeries.sorted { $0.key < $1.key }.map { name, rows in
            AppendGroup(
                table: table,
                series: name,
                columns: schema.columns.indices.map { column in
                    column == schema.seriesColumn
                        ? nil : MemoryVectors.vector(rows.map { $0[column] }, schema.columns[column].type)
                },
                rowCount: rows.count
            )
        }
        _ = try store.append(AppendBatch(groups: groups), durability: .interval)
    }

    @Test("follow on a thread of their own")
    func thread() async throws {
        let fixture = try StatementFixture(seed: 9)
        try fixture.store.createTable(LiveRowSource.ticks)
        let live = LiveQueries(source: fixture.store)
        let waiter = LiveWaiter()
        let query = try live.subscribe(
            fixture.engine.prepare("SELECT symbol, count() AS n FROM ticks GROUP BY symbol"),
            waiter
        )
        for index in 10..<60 {
            try fixture.run("INSERT INTO ticks (time, symbol, price) VALUES ('2026-01-01T00:00:\(index)', 'A', 1)")
        }
        let last = await waiter.count(of: 50)
        #expect(last == 50)
        live.unsubscribe(query, waiter)
        live.close()
    }
}

/// Waits until a count has come so far.
private final class LiveWaiter: LiveQuerySubscriber {
    private struct State {
        var count: Int64 = 0
        var wanted: Int64 = .max
        var continuation: CheckedContinuation<Int64, Never>?
    }

    private let state = Mutex(State())

    func receive(_ event: LiveEvent, of query: LiveQuery) {
        let rows: [LiveRow]
        switch event {
        case .snapshot(let snapshot): rows = snapshot.rows
        case .change(let change): rows = change.rows
        case .ended: return
        }
        let (continuation, count) = state.withLock { state -> (CheckedContinuation<Int64, Never>?, Int64) in
            if case .int64(let count)? = rows.last?.values.last { state.count = count }
            guard state.count >= state.wanted else { return (nil, 0) }
            defer { state.continuation = nil }
            return (state.continuation, state.count)
        }
        continuation?.resume(returning: count)
    }

    func count(of wanted: Int64) async -> Int64 {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Int64? in
                state.wanted = wanted
                if state.count >= wanted { return state.count }
                state.continuation = continuation
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
