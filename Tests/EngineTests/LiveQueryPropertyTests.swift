import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Random rows of some tables, of which those of a series come mostly in order.
struct LiveRowSource {
    static let ticks = TableSchema(
        name: "ticks",
        kind: .event,
        columns: [
            Column("time", .timestamp), Column("symbol", .symbol), Column("price", .float64), Column("size", .int64),
            Column("side", .symbol), Column("receive_time", .timestamp),
        ]
    )!
    static let quotes = TableSchema(
        name: "marks",
        kind: .event,
        columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("bid", .float64)]
    )!
    static let bars = TableSchema(
        name: "bars",
        kind: .regular(timeframe: 1_000_000_000),
        columns: [
            Column("time", .timestamp), Column("symbol", .symbol), Column("close", .float64), Column("n", .int64),
        ]
    )!
    static let orders = TableSchema(
        name: "orders",
        kind: .event,
        columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("id", .int64), Column("n", .int64)],
        dedup: ["id"]
    )!

    var random: SeededGenerator
    /// Nanoseconds of the newest row.
    var clock: Int64 = 1_700_000_000_000_000_000
    /// How often a row comes late: once in so many; 0 for never.
    var lateness: UInt64

    private mutating func time() -> Int64 {
        clock += Int64(random.pick([0, 0, 1, 40_000_000, 300_000_000, 1_100_000_000]))
        if lateness > 0, random.oneIn(lateness) { return clock - Int64(random.int(1...40)) * 250_000_000 }
        return clock
    }

    private mutating func symbol() -> Scalar { .text(random.pick(["A", "B", "C"])) }
    private mutating func price() -> Scalar {
        random.oneIn(12) ? .null : .float64(Double(random.int(4_000...6_000)) / 100)
    }

    mutating func tick() -> [Scalar] {
        let time = time()
        return [
            .timestamp(time), symbol(), price(), random.oneIn(10) ? .null : .int64(Int64(random.int(1...9))),
            .text(random.pick(["buy", "sell"])), .timestamp(time + 1_000_000),
        ]
    }

    mutating func quote() -> [Scalar] { [.timestamp(time()), symbol(), price()] }

    mutating func bar() -> [Scalar] {
        let slot = time() / 1_000_000_000 * 1_000_000_000
        return [.timestamp(slot), symbol(), price(), .int64(Int64(random.int(0...9)))]
    }

    mutating func order() -> [Scalar] {
        [.timestamp(time()), symbol(), .int64(Int64(random.int(0...3))), .int64(Int64(random.int(0...9)))]
    }

    mutating func rows(_ count: Int) -> [(name: String, rows: [[Scalar]])] {
        var tables: [(name: String, rows: [[Scalar]])] = []
        // Of the right side of joins first, and later than all before, so that rows find what is not later.
        clock += 1
        tables.append(("marks", (0..<random.int(0...count)).map { _ in quote() }))
        tables.append(("ticks", (0..<random.int(0...count)).map { _ in tick() }))
        tables.append(("bars", (0..<random.int(0...2)).map { _ in bar() }))
        tables.append(("orders", (0..<random.int(0...2)).map { _ in order() }))
        return tables.filter { !$0.rows.isEmpty }
    }
}

@Suite("Live queries and history")
struct LiveQueryPropertyTests {
    static let tables = [LiveRowSource.ticks, LiveRowSource.quotes, LiveRowSource.bars, LiveRowSource.orders]

    /// Queries whose answers are the same however late rows come.
    static let queries = [
        "SELECT * FROM ticks",
        "SELECT time, symbol, price FROM ticks WHERE price > 50 ORDER BY time",
        "SELECT time, price * size AS notional FROM ticks WHERE symbol = 'A' AND size > 3",
        "SELECT time, x FROM (SELECT time, price + 1 AS x, side FROM ticks WHERE size > 2) WHERE side = 'buy'",
        "SELECT time, price FROM ticks WHERE symbol IN ('A', 'C') AND time >= '2023-11-14T22:13:23'",
        "SELECT time, symbol, count() AS n, sum(size) AS s, sum(price) AS p, avg(price) AS a FROM ticks SAMPLE BY 1s",
        "SELECT time, symbol, ohlcv(price, size), twap(price) FROM ticks WHERE side = 'buy' SAMPLE BY 2s",
        "SELECT time, ohlcv(price, size) FROM ticks WHERE symbol = 'B' SAMPLE BY 5s",
        "SELECT time, first(price) AS f, last(size) AS l, count() AS n FROM ticks SAMPLE BY 3s",
        "SELECT time, twap(price) AS t FROM ticks SAMPLE BY 10s",
        "SELECT time, min(price) AS low, max(price) AS high, median(price) AS m FROM ticks SAMPLE BY 3s",
        "SELECT time, sum(price * size) AS s, avg(price) AS a, stddev(price) AS d FROM ticks SAMPLE BY 2s",
        "SELECT sum(price * size) AS s, avg(price / size) AS a FROM ticks",
        "SELECT side, sum(price / size) AS s, corr(price, size) AS c FROM ticks GROUP BY side",
        "SELECT time, side, vwap(price, size) AS v, skewness(price) AS k FROM ticks SAMPLE BY 3s HAVING sum(price) > 60",
        "SELECT time, symbol, sum(price / size) AS s, variance(price) AS v FROM ticks SAMPLE BY 2s",
        "SELECT symbol, sum(price / 3) AS s FROM ticks GROUP BY symbol",
        "SELECT sum(close / 7) AS s, stddev(close) AS d FROM bars",
        "SELECT time, sum(n / 7.0) AS s FROM orders SAMPLE BY 2s",
        "SELECT time, side, first(price) AS f, sum(price / 7) AS s FROM ticks SAMPLE BY 2s",
        "SELECT time, side, vwap(price, size) AS v, count_distinct(symbol) AS n FROM ticks SAMPLE BY 2s",
        "SELECT time, side, first(price) AS v, last(symbol) AS n FROM ticks SAMPLE BY 2s ORDER BY time DESC",
        "SELECT time, symbol, sum(size) AS s FROM ticks SAMPLE BY 2s HAVING sum(size) > 10 AND count() < 4",
        "SELECT time, symbol, sum(size) AS s, last(price) AS p FROM ticks SAMPLE BY 2s HAVING last(size) > 4",
        "SELECT time, symbol, count() AS n FROM ticks WHERE time >= '2023-11-14T22:13:22' SAMPLE BY 1s",
        "SELECT symbol, side, sum(size) AS s, max(price) / min(price) AS r FROM ticks GROUP BY symbol, side",
        "SELECT symbol, last(price) AS p FROM ticks GROUP BY symbol",
        "SELECT count() AS n, sum(size) AS s FROM ticks WHERE price < 45",
        "SELECT price > 50 AS dear, count() AS n FROM ticks GROUP BY dear",
        "SELECT * FROM ticks LATEST BY symbol",
        "SELECT time, symbol, side, price FROM ticks WHERE size > 4 LATEST BY symbol, side",
        "SELECT side, price * 2 AS p FROM ticks LATEST BY side",
        "SELECT * FROM bars",
        "SELECT time, symbol, close FROM bars WHERE n > 4",
        "SELECT time, symbol, max(close) AS m, sum(n) AS s FROM bars SAMPLE BY 3s",
        "SELECT time, n, count() AS c FROM bars SAMPLE BY 3s",
        "SELECT * FROM bars LATEST BY symbol",
        "SELECT symbol, time, n FROM bars WHERE n > 3 LATEST BY symbol",
        "SELECT time, symbol, id, n FROM orders WHERE n > 2",
        "SELECT time, symbol, sum(n) AS s FROM orders SAMPLE BY 2s",
        "SELECT id, n FROM orders LATEST BY id",
        // Windows: a late row makes the plan begin again.
        "SELECT time, symbol, avg(price) OVER (PARTITION BY symbol ORDER BY time ROWS 3 PRECEDING) AS m FROM ticks",
        "SELECT time, symbol, lag(size) OVER (PARTITION BY symbol ORDER BY time) AS d, price FROM ticks WHERE size > 2",
        "SELECT time, symbol, ema(price, 3) AS e FROM ticks",
        "SELECT time, price, max(price) OVER (ORDER BY time ROWS 2 PRECEDING) AS m FROM ticks WHERE symbol = 'C'",
        """
        SELECT time, symbol, sum(d) AS s FROM (SELECT time, symbol,
        size - lag(size) OVER (PARTITION BY symbol ORDER BY time) AS d FROM ticks) SAMPLE BY 2s
        """,
    ]

    /// Queries that answer as history does if rows come in order.
    static let orderedQueries =
        queries + [
            "SELECT t.time, t.symbol, t.price, m.bid FROM ticks t ASOF JOIN marks m ON (symbol)",
            "SELECT t.time, t.price - m.bid AS d FROM ticks t ASOF JOIN marks m ON (symbol) TOLERANCE 1s WHERE t.size > 2",
            "SELECT t.time, t.symbol, m.bid FROM ticks t LT JOIN (SELECT * FROM marks WHERE bid > 45) m ON (symbol)",
            "SELECT t.time, t.symbol, avg(t.price - m.bid) AS d FROM ticks t ASOF JOIN marks m ON (symbol) SAMPLE BY 2s",
            "SELECT t.symbol, t.time, m.bid FROM ticks t ASOF JOIN marks m ON (symbol) LATEST BY symbol",
        ]

    @Test("answer alike after every batch", arguments: UInt64(1)...40)
    func rebuilt(seed: UInt64) throws { try run(seed, lateness: seed.isMultiple(of: 3) ? 0 : 4) }

    private func run(_ seed: UInt64, lateness: UInt64) throws {
        var source = LiveRowSource(random: SeededGenerator(seed: seed), lateness: lateness)
        let forms: MemoryForms = source.random.pick([.plain, .decimals])
        let tables = Self.tables.map { MemoryTable($0, rows: []) }
        let feed = MemoryFeed(
            MemoryTableSource(tables, sliceRows: source.random.pick([1, 3, 50]), forms: forms, scale: 2)
        )
        let limits = LiveQueryLimits(
            snapshotRowsMax: 100_000,
            tailRowsMax: 100_000,
            bucketsMax: 100_000,
            restartsMax: 100_000
        )
        let bench = LiveBench(feed, limits: limits)
        let all = lateness == 0 ? Self.orderedQueries : Self.queries
        var running: [(text: String, collector: LiveCollector, query: LiveQuery)] = []
        for _ in 0..<source.random.int(0...5) { feed.append(source.rows(8), forms: forms, scale: 2) }
        for step in 0..<25 {
            if step.isMultiple(of: 3) {
                let text = source.random.pick(all)
                let (query, collector) = try bench.subscribe(text)
                running.append((text, collector, query))
            }
            for _ in 0..<source.random.int(0...2) { feed.append(source.rows(6), forms: forms, scale: 2) }
            if source.random.oneIn(4) { continue }
            bench.executor.run()
            for (text, collector, _) in running {
                let now = collector.now
                #expect(now.error == nil, "\(text): \(String(describing: now.error))")
                #expect(now.problems.isEmpty, "\(text): \(now.problems)")
                let difference = LiveComparison.difference(collector.rows, try bench.answer(text))
                #expect(difference == nil, "seed \(seed), step \(step), \(text): \(difference ?? "")")
                if difference != nil { return }
            }
        }
        for (_, collector, query) in running { bench.live.unsubscribe(query, collector) }
        #expect(feed.listenerCount == 0)
    }
}
