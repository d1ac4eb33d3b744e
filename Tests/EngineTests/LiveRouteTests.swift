import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Many live queries at once, each of some symbols: who is called for what.
@Suite("Routes of live queries")
struct LiveRouteTests {
    private static let symbols = ["A", "B", "C", "D", "E"]

    private static func tick(_ number: Int, _ symbol: String, _ size: Int64 = 1) -> [Scalar] {
        let time = 1_700_000_000_000_000_000 + Int64(number) * 200_000_000
        return [
            .timestamp(time), .text(symbol), .float64(Double(number)), .int64(size), .text("buy"), .timestamp(time + 5),
        ]
    }

    private static func bench() -> LiveBench {
        LiveBench(MemoryFeed(MemoryTableSource(LiveQueryPropertyTests.tables.map { MemoryTable($0, rows: []) })))
    }

    /// How many batches each query has taken, by its text.
    private static func batches(_ bench: LiveBench) throws -> [String: Int64] {
        let system = VirtualTables()
        system.add(bench.live.table)
        let engine = QueryEngine(source: bench.feed, system: system)
        let stream = try engine.execute(engine.prepare("SELECT text, batches FROM system.live_queries"))
        var counts: [String: Int64] = [:]
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                counts[batch.columns[0].scalar(at: row).text ?? ""] = batch.columns[1].scalar(at: row).int64
            }
        }
        return counts
    }

    @Test("a query that names symbols is not called for rows of others")
    func rowsOfOtherSeriesCallNobody() throws {
        let bench = Self.bench()
        let named = Self.symbols.map { "SELECT time, price FROM ticks WHERE symbol = '\($0)' AND size > 0" }
        let pair = "SELECT symbol, count() AS n FROM ticks WHERE symbol IN ('A', 'C') GROUP BY symbol"
        let all = "SELECT symbol, count() AS n FROM ticks GROUP BY symbol"
        let nobody = "SELECT time, price FROM ticks WHERE symbol = 'A' AND symbol = 'B'"
        let collectors = try (named + [pair, all, nobody]).map { try bench.subscribe($0).1 }
        bench.executor.run()
        bench.feed.append([Self.tick(1, "A"), Self.tick(2, "B"), Self.tick(3, "A")], to: "ticks")
        bench.feed.append([Self.tick(4, "C")], to: "ticks")
        bench.feed.append([Self.tick(5, "E")], to: "ticks")
        bench.executor.run()
        let batches = try Self.batches(bench)
        #expect(named.map { batches[$0] } == [1, 1, 1, 0, 1])
        #expect(batches[pair] == 2)
        #expect(batches[all] == 3)
        #expect(batches[nobody] == 0)
        #expect(collectors.allSatisfy { $0.now.problems.isEmpty })
        #expect(collectors[0].changes.map { $0.rows.count } == [2], "rows of one batch are one change")
        let counts = [("A", 2), ("B", 1), ("C", 1), ("E", 1)].map { [Scalar.text($0.0), .int64($0.1)] }
        #expect(LiveComparison.difference(collectors[6].rows, counts) == nil)
    }

    @Test("rows that nobody follows do not wait for anybody")
    func unfollowedRowsAreNotQueued() throws {
        let tables = LiveQueryPropertyTests.tables.map { MemoryTable($0, rows: []) }
        let bench = LiveBench(
            MemoryFeed(MemoryTableSource(tables)),
            limits: LiveQueryLimits(queueBytesMax: 2_000)
        )
        let (_, collector) = try bench.subscribe("SELECT time, price FROM ticks WHERE symbol = 'A'")
        bench.executor.run()
        // Many more than the queue takes.
        for number in 0..<100 { bench.feed.append([Self.tick(number, "B")], to: "ticks") }
        bench.feed.append([Self.tick(100, "A")], to: "ticks")
        bench.executor.run()
        #expect(collector.now.snapshots == 1)
        #expect(collector.changes.count == 1)
    }

    @Test("a query that ended hears of nothing, and the others go on")
    func routesEndWithTheirQueries() throws {
        let bench = Self.bench()
        let text = "SELECT time, price FROM ticks WHERE symbol = 'A'"
        let (first, one) = try bench.subscribe(text + " AND size > 1")
        let (_, two) = try bench.subscribe(text)
        bench.executor.run()
        bench.live.unsubscribe(first, one)
        bench.feed.append([Self.tick(1, "A", 5)], to: "ticks")
        bench.executor.run()
        #expect(one.changes.isEmpty)
        #expect(two.changes.count == 1)
        let (_, again) = try bench.subscribe(text + " AND size > 1")
        bench.executor.run()
        bench.feed.append([Self.tick(2, "A", 5)], to: "ticks")
        bench.executor.run()
        #expect(again.rows.count == 2)
        #expect(two.changes.count == 2)
    }

    @Test("queries over all series are fewer than those that name theirs")
    func queriesOverAllSeriesHaveABoundOfTheirOwn() throws {
        let tables = LiveQueryPropertyTests.tables.map { MemoryTable($0, rows: []) }
        let feed = MemoryFeed(MemoryTableSource(tables))
        let bench = LiveBench(feed, limits: LiveQueryLimits(plansMax: 3, wholePlansMax: 1))
        let (whole, collector) = try bench.subscribe("SELECT time, price FROM ticks")
        #expect(throws: QueryError.self) { try bench.subscribe("SELECT time, size FROM ticks") }
        _ = try bench.subscribe("SELECT time, price FROM ticks WHERE symbol = 'A'")
        bench.live.unsubscribe(whole, collector)
        _ = try bench.subscribe("SELECT time, size FROM ticks")
        _ = try bench.subscribe("SELECT time, size FROM ticks WHERE symbol = 'A'")
        #expect(throws: QueryError.self) { try bench.subscribe("SELECT time FROM ticks WHERE symbol = 'A'") }
    }

    @Test("what all queries hold together is bounded, and given back when one ends")
    func stateOfAllQueriesIsBounded() throws {
        let tables = LiveQueryPropertyTests.tables.map { MemoryTable($0, rows: []) }
        let feed = MemoryFeed(MemoryTableSource(tables))
        let bench = LiveBench(feed, limits: LiveQueryLimits(totalBytesMax: 20_000))
        let counts = "SELECT symbol, count() AS n FROM ticks WHERE symbol = 'A' GROUP BY symbol"
        let (_, small) = try bench.subscribe(counts)
        for _ in 0..<3 {
            let (_, large) = try bench.subscribe("SELECT time, price FROM ticks WHERE symbol = 'A'")
            bench.executor.run()
            for number in 1...200 where large.now.error == nil {
                feed.append([Self.tick(number, "A")], to: "ticks")
                bench.executor.run()
            }
            #expect(large.now.error?.code == .limit)
        }
        #expect(small.now.error == nil)
        #expect(small.changes.last?.rows.first?.values.last != nil)
    }

    @Test("many queries of some symbols each are what the queries over history are", arguments: 0..<20)
    func manyQueriesAreLikeHistory(seed: UInt64) throws {
        var source = LiveRowSource(random: SeededGenerator(seed: seed), lateness: seed % 3 == 0 ? 0 : 8)
        let bench = Self.bench()
        let shapes = [
            "SELECT time, symbol, price, size FROM ticks WHERE",
            "SELECT time, symbol, ohlcv(price, size), count() AS n FROM ticks WHERE # SAMPLE BY 2s",
            "SELECT time, avg(price) AS a, max(price) - min(price) AS r FROM ticks WHERE # SAMPLE BY 1s",
            "SELECT time, symbol, sum(size) AS s FROM ticks WHERE # SAMPLE BY 3s",
            "SELECT symbol, side, sum(size) AS s, first(price) AS f FROM ticks WHERE # GROUP BY symbol, side",
            "SELECT symbol, count() AS n FROM ticks WHERE # GROUP BY symbol HAVING n > 2",
            "SELECT time, symbol, price FROM ticks WHERE # LATEST BY symbol",
            "SELECT t.time, t.symbol, t.price, m.bid FROM ticks t ASOF JOIN marks m ON (symbol) WHERE t.#",
        ]
        let conditions = [
            "symbol = 'A'", "symbol IN ('A', 'B')", "symbol = 'B' AND size > 3", "symbol != 'C'", "symbol = 'C'",
        ]
        var followed: [(text: String, collector: LiveCollector)] = []
        for shape in shapes {
            for condition in conditions where !(shape.contains("t.#") && condition.contains("AND")) {
                let text = shape.hasSuffix("WHERE") ? "\(shape) \(condition)" : shape.replacing("#", with: condition)
                followed.append((text, try bench.subscribe(text).1))
            }
        }
        bench.executor.run()
        for turn in 0..<40 {
            let ticks = (0..<Int.random(in: 0...5, using: &source.random)).map { _ in source.tick() }
            let marks = (0..<Int.random(in: 0...2, using: &source.random)).map { _ in source.quote() }
            bench.feed.append([(name: "ticks", rows: ticks), (name: "marks", rows: marks)])
            if turn % 3 == 0 { bench.executor.run() }
        }
        bench.executor.run()
        for (text, collector) in followed {
            #expect(collector.now.problems.isEmpty, "\(text): \(collector.now.problems)")
            #expect(collector.now.error == nil, "\(text)")
            // A right row that comes after its left row does not change what was told.
            if text.contains("ASOF") { continue }
            let difference = LiveComparison.difference(collector.rows, try bench.answer(text))
            #expect(difference == nil, "\(text): \(difference ?? "")")
        }
    }
}
