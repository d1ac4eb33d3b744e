import Columnar
import MarketStore
import Store
import Testing

@testable import Engine

@Suite("Materialized views of candles")
struct CandleViewTests {
    private let fixture: FeedFixture
    private let views: MaterializedViews

    init() async throws { try await self.init(zone: "UTC") }

    private init(zone: String) async throws {
        fixture = try FeedFixture(zone: zone)
        try await fixture.bars("BTC-USDT.BINANCE", [100, 103, 101, 90, 95, 104])
        // As in the gateway: the job knows nothing of buckets.
        views = MaterializedViews(store: fixture.base.store, system: VirtualTables(), now: { 0 })
        views.follow()
    }

    @discardableResult
    private func run(_ text: String) throws -> [String] {
        let stream = try fixture.base.engine.execute(try fixture.base.engine.prepare(text))
        var rows: [String] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                rows.append(
                    batch.columns.map { column in
                        if case .timestamp(let time) = column.scalar(at: row) { return CivilTime.text(time) }
                        return "\(column.scalar(at: row))"
                    }.joined(separator: "|")
                )
            }
        }
        return rows
    }

    private func check(_ view: String, _ query: String) throws {
        #expect(try run("SELECT * FROM \(view)").sorted() == run(query).sorted())
    }

    @Test("are kept up with rows that come, late ones and those of other instruments too")
    func followed() async throws {
        let query =
            "SELECT symbol, candlecandler('5Min', Open, High, Low, Close, Sum::Volume, Avg::Volume) FROM \"1Min/OHLCV\""
        try run("CREATE MATERIALIZED VIEW fives AS \(query)")
        views.step()
        #expect(try run("SELECT count() FROM fives") == ["int64(2)"])
        try check("fives", query)
        try await fixture.bars("ETH-USDT.BINANCE", from: 7, [7, 8])
        try await fixture.bars("BTC-USDT.BINANCE", from: 2, [300])
        views.step()
        #expect(try run("SELECT count() FROM fives") == ["int64(3)"])
        try check("fives", query)
    }

    @Test("stand over one another")
    func cascade() async throws {
        try run(
            "CREATE MATERIALIZED VIEW fives AS SELECT symbol, candlecandler('5Min', Open, High, Low, Close, Sum::Volume) FROM \"1Min/OHLCV\""
        )
        try run(
            "CREATE MATERIALIZED VIEW hours AS SELECT symbol, candlecandler('1H', Open, High, Low, Close, Sum::Volume_SUM) FROM fives"
        )
        views.step()
        views.step()
        let direct = "SELECT symbol, candlecandler('1H', Open, High, Low, Close, Sum::Volume) FROM \"1Min/OHLCV\""
        try check("hours", direct)
        try await fixture.bars("BTC-USDT.BINANCE", from: 59, [1, 2])
        views.step()
        views.step()
        #expect(try run("SELECT count() FROM hours") == ["int64(2)"])
        try check("hours", direct)
    }

    @Test("can be of one bucket, the feed's or a client's, whose rows are then written out in the query")
    func buckets() async throws {
        fixture.write("AAPL/1Min/OHLCV", [1, 2, 3], volumes: [1, 2, 3])
        let ofFeed = "SELECT candlecandler('2Min', Open, High, Low, Close) FROM `BTC-USDT/1Min/OHLCV`"
        let ofClient = "SELECT candlecandler('2Min', Open, High, Low, Close, Sum::Volume) FROM `AAPL/1Min/OHLCV` AS a"
        try run("CREATE MATERIALIZED VIEW btc AS \(ofFeed)")
        try run("CREATE MATERIALIZED VIEW aapl AS \(ofClient)")
        views.step()
        try check("btc", ofFeed)
        try check("aapl", ofClient)
        fixture.write("AAPL/1Min/OHLCV", from: 3, [9], volumes: [4])
        try await fixture.bars("BTC-USDT.BINANCE", from: 6, [80])
        views.step()
        #expect(try run("SELECT count() FROM btc") == ["int64(4)"])
        try check("btc", ofFeed)
        try check("aapl", ofClient)
        // What SHOW CREATE says makes the same view.
        let statement = try #require(try run("SHOW CREATE MATERIALIZED VIEW aapl").first)
        #expect(statement.contains("1Min/OHLCV~2") && statement.contains("SAMPLE BY"), "\(statement)")
    }

    @Test("have days of the zone of buckets")
    func zone() async throws {
        let eastern = try await CandleViewTests(zone: "America/New_York")
        let query = "SELECT symbol, candlecandler('1D', Open, High, Low, Close) FROM \"1Min/OHLCV\""
        try eastern.run("CREATE MATERIALIZED VIEW days AS \(query)")
        eastern.views.step()
        #expect(try eastern.run("SELECT Epoch FROM days") == ["1969-12-31T05:00:00Z"])
        try eastern.check("days", query)
    }

    @Test("cannot be of what is no row of a table")
    func refusals() throws {
        for query in [
            "SELECT gap('1Min') FROM \"1Min/OHLCV\"",
            "SELECT candlecandler('1H', Open, High, Low, Close) FROM `BTC-USDT/7Min/OHLCV`",
            "SELECT candlecandler('1H', Open, High, Low, Close) FROM `BTC-USDT/1Min/OHLCV` LIMIT 3",
        ] {
            #expect(throws: (any Error).self) { try run("CREATE MATERIALIZED VIEW v AS \(query)") }
        }
    }
}
