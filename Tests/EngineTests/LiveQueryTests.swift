import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Live queries")
struct LiveQueryTests {
    private static let start: Int64 = 1_700_000_000_000_000_000
    private static let second: Int64 = 1_000_000_000

    private static func tick(
        _ offset: Double,
        _ symbol: String = "A",
        _ price: Double = 1,
        _ size: Int64 = 1
    ) -> [Scalar] {
        let time = start + Int64(offset * Double(second))
        return [
            .timestamp(time), .text(symbol), .float64(price), .int64(size), .text("buy"), .timestamp(time + 5),
        ]
    }

    private static func bench(_ rows: [[Scalar]] = [], limits: LiveQueryLimits = LiveQueryLimits()) -> LiveBench {
        let tables = LiveQueryPropertyTests.tables.map { MemoryTable($0, rows: $0.name == "ticks" ? rows : []) }
        return LiveBench(MemoryFeed(MemoryTableSource(tables)), limits: limits)
    }

    @Test("tell buckets on every update, when they close, and when a late row changes them")
    func bucketsOpenCloseAndAreRevised() throws {
        let bench = Self.bench([Self.tick(0)])
        let (query, collector) = try bench.subscribe("SELECT time, symbol, sum(size) AS s FROM ticks SAMPLE BY 10s")
        bench.executor.run()
        #expect(query.keyColumns == [0, 1])
        #expect(!query.isAppending)
        bench.feed.append([Self.tick(3)], to: "ticks")
        bench.feed.append([Self.tick(11)], to: "ticks")
        bench.feed.append([Self.tick(12.5)], to: "ticks")
        bench.feed.append([Self.tick(4)], to: "ticks")
        bench.executor.run()
        let rows = collector.changes.map(\.rows)
        try #require(rows.count == 4)
        #expect(rows[0].map(\.values) == [[.timestamp(Self.start), .text("A"), .int64(2)]])
        #expect(!rows[0][0].isClosed)
        #expect(rows[1].map(\.isClosed) == [false])
        // 12.5 s less the lateness is past the end of the first bucket.
        #expect(rows[2].map(\.isClosed).sorted { !$0 && $1 } == [false, true])
        #expect(rows[3].map(\.values) == [[.timestamp(Self.start), .text("A"), .int64(3)]])
        #expect(rows[3][0].isRevision)
        #expect(rows[3][0].isClosed)
        #expect(collector.changes[0].exchangeTime == Self.start + 3 * Self.second)
        #expect(collector.changes[0].receiveTime == Self.start + 3 * Self.second + 5)
        #expect(collector.changes[0].computeTime == 7)
    }

    @Test("call a last row open, for the next one takes its place")
    func lastRowsAreNeverClosed() throws {
        let bench = Self.bench([Self.tick(0)])
        let (_, collector) = try bench.subscribe("SELECT * FROM ticks LATEST BY symbol")
        bench.executor.run()
        bench.feed.append([Self.tick(3)], to: "ticks")
        bench.executor.run()
        let rows = collector.changes.flatMap(\.rows)
        #expect(rows.map(\.isClosed) == [false])
        #expect(rows.map(\.isRevision) == [false])
    }

    @Test("call a row of the newest time open, as it may be written again, and one before it late")
    func openBarsAreNotClosed() throws {
        func bar(_ slot: Int64, _ n: Int64) -> [Scalar] {
            [.timestamp(Self.start + slot * Self.second), .text("A"), .float64(1), .int64(n)]
        }
        let bench = Self.bench()
        let (_, collector) = try bench.subscribe("SELECT * FROM bars")
        bench.executor.run()
        for row in [bar(0, 1), bar(0, 2), bar(1, 1), bar(1, 2), bar(0, 3)] { bench.feed.append([row], to: "bars") }
        bench.executor.run()
        let rows = collector.changes.flatMap(\.rows)
        #expect(rows.map(\.isRevision) == [false, false, false, false, true])
        #expect(rows.map(\.isClosed) == [false, false, false, false, true])
    }

    @Test("are computed once for all who ask the same")
    func plansAreShared() throws {
        let bench = Self.bench([Self.tick(0)], limits: LiveQueryLimits(plansMax: 1))
        let (first, one) = try bench.subscribe("SELECT symbol, count() AS n FROM ticks GROUP BY symbol")
        bench.executor.run()
        bench.feed.append([Self.tick(1)], to: "ticks")
        let (second, two) = try bench.subscribe("select symbol, count() as n\nfrom ticks group by 1")
        bench.executor.run()
        #expect(first === second)
        #expect(two.now.seq == one.now.seq)
        #expect(two.rows == one.rows)
        bench.feed.append([Self.tick(2)], to: "ticks")
        bench.executor.run()
        #expect(two.rows == [[.text("A"), .int64(3)]])
        #expect(two.changes == [one.changes[1]])
        #expect(throws: QueryError.self) { try bench.subscribe("SELECT * FROM ticks") }
        bench.live.unsubscribe(first, one)
        bench.feed.append([Self.tick(3)], to: "ticks")
        bench.executor.run()
        #expect(one.changes.count == 2)
        #expect(two.changes.count == 2)
        bench.live.unsubscribe(second, two)
        #expect(bench.feed.listenerCount == 0)
        _ = try bench.subscribe("SELECT * FROM ticks")
    }

    @Test("refuse what cannot be live, and say what to do")
    func refusals() throws {
        let bench = Self.bench()
        let cases = [
            ("SELECT * FROM ticks ORDER BY time, price", "ORDER BY a value", "price"),
            ("SELECT time, sum(size) AS s FROM ticks SAMPLE BY 1s ORDER BY s DESC", "ORDER BY a value", "s DESC"),
            ("SELECT * FROM ticks LIMIT 5", "LIMIT", "5"),
            ("SELECT * FROM (SELECT * FROM ticks LIMIT 7)", "LIMIT", "7"),
            ("SELECT DISTINCT symbol, side FROM ticks", "DISTINCT", "symbol, side"),
            ("SELECT time, sum(size) AS s FROM ticks SAMPLE BY 1s FILL(prev)", "FILL", "prev"),
            (
                "SELECT time, sum(size) AS s FROM ticks SAMPLE BY 1s ALIGN TO FIRST OBSERVATION", "FIRST OBSERVATION",
                "SAMPLE BY 1s"
            ),
            (
                "SELECT * FROM ticks WHERE size > (SELECT avg(size) FROM ticks)", "a query in an expression",
                "(SELECT avg(size) FROM ticks)"
            ),
            ("SELECT t.price FROM ticks t JOIN marks m ON (symbol)", "a join that is no ASOF JOIN", "JOIN"),
            ("SELECT symbol, sum(size) AS s FROM ticks SAMPLE BY 1s", "'time' is missing", "symbol, sum(size) AS s"),
            ("SELECT n FROM bars", "'time' is missing", "n"),
            (
                "SELECT time, lag(price), count() OVER (PARTITION BY symbol) AS c FROM ticks", "over rows to come",
                "count() OVER (PARTITION BY symbol)"
            ),
            (
                "SELECT time, 1 + row_number() OVER (ORDER BY price) AS x FROM ticks", "one series by time",
                "row_number() OVER (ORDER BY price)"
            ),
            (
                "SELECT * FROM (SELECT time, sum(size) AS s FROM ticks SAMPLE BY 1s) LATEST BY s", "over groups",
                "SAMPLE BY 1s"
            ),
            ("SELECT time FROM ticks UNION ALL SELECT time FROM bars", "UNION", "UNION ALL"),
            ("SELECT * FROM system.tables", "system.tables", "system.tables"),
            ("SELECT 1, 2", "without a table", "1, 2"),
        ]
        for (text, reason, place) in cases {
            let error = #expect(throws: QueryError.self, "\(text)") { try bench.subscribe(text) }
            #expect(error?.message.contains(reason) ?? false, "\(text): \(error?.message ?? "")")
            #expect(error?.hint != nil, "\(text)")
            let bytes = Array(text.utf8)
            let told = error?.span.map { String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) }
            #expect(told == place, "\(text)")
        }
        let error = #expect(throws: QueryError.self) { try bench.subscribe("SHOW TABLES") }
        #expect(error?.message == "only a SELECT can be live")
    }

    @Test("begin again with another epoch when the queue overflows")
    func overflow() throws {
        let bench = Self.bench([Self.tick(0)], limits: LiveQueryLimits(queueBytesMax: 2_000))
        let (_, collector) = try bench.subscribe("SELECT time, price FROM ticks")
        bench.executor.run()
        let epoch = collector.now.epoch
        for index in 1...20 { bench.feed.append([Self.tick(Double(index))], to: "ticks") }
        bench.executor.run()
        #expect(collector.now.snapshots == 2)
        #expect(collector.now.epoch != epoch)
        #expect(collector.rows.count == 21)
        bench.feed.append([Self.tick(30)], to: "ticks")
        bench.executor.run()
        #expect(collector.rows.count == 22)
        #expect(collector.now.problems.isEmpty)
    }

    @Test("begin again when rows of the table are removed, and end with it")
    func changes() throws {
        let bench = Self.bench([Self.tick(0), Self.tick(1)])
        let (_, collector) = try bench.subscribe("SELECT symbol, count() AS n FROM ticks GROUP BY symbol")
        bench.executor.run()
        bench.feed.change("ticks") { tables in
            tables = tables.map { $0.schema.name == "ticks" ? MemoryTable($0.schema, rows: [Self.tick(1)]) : $0 }
        }
        bench.executor.run()
        #expect(collector.now.snapshots == 2)
        #expect(collector.rows == [[.text("A"), .int64(1)]])
        bench.feed.change("ticks") { tables in tables.removeAll { $0.schema.name == "ticks" } }
        bench.executor.run()
        #expect(collector.now.error?.code == .unknownTable)
        #expect(bench.feed.listenerCount == 0)
    }

    @Test("hold as many groups as they may: old buckets go, and without any the query ends")
    func groups() throws {
        let limits = LiveQueryLimits(groupsMax: 3)
        let bench = Self.bench([Self.tick(0)], limits: limits)
        let (_, buckets) = try bench.subscribe("SELECT time, symbol, count() AS n FROM ticks SAMPLE BY 1s")
        let (_, keys) = try bench.subscribe("SELECT size, count() AS n FROM ticks GROUP BY size")
        bench.executor.run()
        for index in 1...5 { bench.feed.append([Self.tick(Double(index), "A", 1, Int64(index))], to: "ticks") }
        bench.executor.run()
        #expect(buckets.now.error == nil)
        #expect(buckets.rows.count == 6)
        #expect(keys.now.error?.code == .limit)
        #expect(keys.now.error?.hint != nil)
        let (_, late) = try bench.subscribe("SELECT time, symbol, count() AS n FROM ticks SAMPLE BY 1s")
        bench.executor.run()
        #expect(late.rows.count == 3)
        #expect(!late.now.isWhole)
    }

    @Test("end when their state is too large")
    func stateBytes() throws {
        let bench = Self.bench(limits: LiveQueryLimits(stateBytesMax: 4_000))
        let (_, collector) = try bench.subscribe("SELECT symbol, median(price) AS m FROM ticks GROUP BY symbol")
        bench.executor.run()
        bench.feed.append((0..<2_000).map { Self.tick(Double($0)) }, to: "ticks")
        bench.executor.run()
        #expect(collector.now.error?.code == .limit)
    }

    @Test("end when late rows make windows begin again and again")
    func restarts() throws {
        let bench = Self.bench([Self.tick(100)], limits: LiveQueryLimits(restartsMax: 3))
        let (_, collector) = try bench.subscribe("SELECT time, symbol, ema(price, 2) AS e FROM ticks")
        bench.executor.run()
        for index in 0..<4 {
            bench.feed.append([Self.tick(Double(index))], to: "ticks")
            bench.executor.run()
        }
        #expect(collector.now.snapshots == 4)
        #expect(collector.now.error?.message.contains("began again") ?? false)
    }

    @Test("tell the newest rows only, and that there are more")
    func bounds() throws {
        let rows = (0..<50).map { Self.tick(Double($0)) }
        let bench = Self.bench(rows, limits: LiveQueryLimits(snapshotRowsMax: 20, tailRowsMax: 10, bucketsMax: 5))
        let (_, tail) = try bench.subscribe("SELECT time FROM ticks")
        let (_, buckets) = try bench.subscribe("SELECT time, count() AS n FROM ticks SAMPLE BY 2s")
        bench.executor.run()
        #expect(tail.rows == rows.suffix(10).map { [$0[0]] })
        #expect(!tail.now.isWhole)
        #expect(buckets.rows.count == 5)
        #expect(!buckets.now.isWhole)
        // A row of a bucket that is not kept changes nothing.
        bench.feed.append([Self.tick(1)], to: "ticks")
        bench.executor.run()
        #expect(buckets.changes.isEmpty)
        #expect(tail.changes.count == 1)
    }

    @Test("know windows by range once rows of the same time have all come")
    func rangeFrames() throws {
        let bench = Self.bench([Self.tick(0)])
        let text = """
            SELECT time, symbol, sum(size) OVER (PARTITION BY symbol ORDER BY time RANGE 5s PRECEDING) AS s FROM ticks
            """
        let (_, collector) = try bench.subscribe(text)
        bench.executor.run()
        #expect(collector.rows.isEmpty)
        bench.feed.append([Self.tick(0), Self.tick(3)], to: "ticks")
        bench.executor.run()
        #expect(collector.rows.map { $0[2] } == [.int64(2), .int64(2)])
        bench.feed.append([Self.tick(7)], to: "ticks")
        bench.executor.run()
        #expect(collector.rows.map { $0[2] } == [.int64(2), .int64(2), .int64(3)])
    }

    @Test("show themselves as a table")
    func table() throws {
        let bench = Self.bench([Self.tick(0)])
        let (query, _) = try bench.subscribe("SELECT time, symbol, count() AS n FROM ticks SAMPLE BY 1s")
        bench.executor.run()
        bench.feed.append([Self.tick(1)], to: "ticks")
        bench.executor.run()
        let rows = try bench.live.table.rows(bench.feed.snapshot())
        try #require(rows.count == 1)
        #expect(rows[0][0] == .int64(query.id))
        #expect(rows[0][1] == .text("SELECT time, symbol, count() AS n FROM ticks SAMPLE BY 1s"))
        #expect(rows[0][2...5] == [.int64(1), .int64(1), .int64(1), .int64(2)])
        bench.live.close()
        #expect(try bench.live.table.rows(bench.feed.snapshot()).isEmpty)
    }
}
