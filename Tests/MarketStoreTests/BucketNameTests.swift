import Columnar
import Engine
import MarketStore
import QueryLang
import Testing

@Suite("Buckets as names in TQL")
struct BucketNameTests {
    private let fixture: BucketFixture

    init() throws { fixture = try CapturedBuckets.fixture() }

    @Test("are views of their symbol's rows")
    func views() throws {
        let rows = try fixture.tql("SELECT * FROM `AAPL/1Min/OHLCV` WHERE Epoch >= '2024-01-02T14:31'")
        #expect(rows == ["2024-01-02T14:31:00Z|1.5|2.5|1.0|2.0|200", "2024-01-02T14:33:00Z|2.0|3.0|1.5|2.5|300"])
        #expect(try fixture.tql("SELECT max(\"Open\") FROM `MSFT/1Min/OHLCV`") == ["12.0"])
        let ticks = try fixture.tql("SELECT Epoch, Nanoseconds, time FROM \"AAPL/1Min/TICK\" LIMIT 1")
        #expect(ticks == ["2024-01-02T14:30:01Z|5000|2024-01-02T14:30:01.000005Z"])
        #expect(throws: QueryError.self) { try fixture.tql("SELECT * FROM `NOPE/1Min/OHLCV`") }
        #expect(throws: QueryError.self) { try fixture.tql("DROP VIEW `AAPL/1Min/OHLCV`") }
        #expect(throws: QueryError.self) { try fixture.tql("INSERT INTO `AAPL/1Min/OHLCV` VALUES (1)") }
    }

    private func plan(_ text: String) throws -> String { try fixture.engine.prepare(text).planDescription() }

    @Test("let series and times reach the scan")
    func pushdown() throws {
        let bars = try plan(
            "SELECT Close FROM `AAPL/1Min/OHLCV` WHERE Epoch >= '2024-01-02T14:31' AND Epoch < '2024-01-03'"
        )
        #expect(bars.contains("2024-01-02T14:31:00Z"), "\(bars)")
        #expect(bars.contains("2024-01-03T00:00:00Z"), "\(bars)")
        #expect(bars.contains("AAPL") && !bars.contains("Filter"), "\(bars)")
        let ticks = try plan("SELECT Bid FROM `AAPL/1Min/TICK` WHERE Epoch > '2024-01-02T14:30:01'")
        #expect(ticks.contains("2024-01-02T14:30:02Z"), "\(ticks)")
        #expect(!ticks.contains("Filter"), "\(ticks)")
        let candles = try plan(
            "SELECT candlecandler('5Min', Open, High, Low, Close) FROM `AAPL/1Min/OHLCV` WHERE Epoch >= '2017-01-01' LIMIT 10"
        )
        #expect(candles.contains("2017-01-01T00:00:00Z"), "\(candles)")
    }

    @Test("can be made into candles, which are named and timed as MarketStore's")
    func candles() throws {
        let text =
            "SELECT candlecandler('5Min', Open, High, Low, Close) FROM `AAPL/1Min/OHLCV` WHERE Epoch >= '2017-01-01' LIMIT 10"
        let prepared = try fixture.engine.prepare(text)
        #expect(prepared.columns.map(\.name) == ["Epoch", "Open", "High", "Low", "Close"])
        #expect(try fixture.tql(text) == ["2024-01-02T14:30:00Z|1.0|3.0|0.5|2.5"])
        let family = "SELECT symbol, tickcandler('1D', Close, Sum::Volume) FROM \"1Min/OHLCV\" ORDER BY symbol"
        #expect(
            try fixture.tql(family) == [
                "AAPL|2024-01-02T00:00:00Z|1.5|2.5|1.5|2.5|600.0", "MSFT|2024-01-02T00:00:00Z|1.5|2.5|1.5|2.5|600.0",
            ]
        )
        let gaps = "SELECT symbol, gap('1Min') FROM \"1Min/OHLCV\" ORDER BY symbol DESC"
        #expect(
            try fixture.tql(gaps) == [
                "MSFT|2024-01-02T14:31:00Z|2024-01-02T14:33:00Z|120",
                "AAPL|2024-01-02T14:31:00Z|2024-01-02T14:33:00Z|120",
            ]
        )
        let outer =
            "SELECT max(High) - min(Low) AS range FROM (SELECT candlecandler('2Min', Open, High, Low, Close) FROM `AAPL/1Min/OHLCV`)"
        #expect(try fixture.tql(outer) == ["2.5"])
        #expect(throws: QueryError.self) {
            try fixture.tql("SELECT 1 + candlecandler('5Min', Open, High, Low, Close) FROM `AAPL/1Min/OHLCV`")
        }
        #expect(throws: QueryError.self) {
            try fixture.tql("SELECT tickcandler('1D', Close) FROM `AAPL/1Min/OHLCV` SAMPLE BY 1m")
        }
        #expect(try fixture.tql("SELECT count() FROM system.functions WHERE kind = 'bucket'") == ["4"])
    }

    @Test(
        "mean the same when they are printed and read again",
        arguments: [
            "SELECT * FROM AAPL.`1Min`.OHLCV",
            "SELECT candlecandler('5Min', Open, Sum::Volume) FROM `A/1Min/B` LIMIT 10",
            "SELECT max(P), Avg::Volume FROM AAPL.`1D`.`OHL CV` AS x",
            "INSERT INTO `A/1Min/B` SELECT * FROM A.`5Min`.B",
        ]
    )
    func printing(_ text: String) throws {
        let statement = try Parser.parse(text)
        #expect(try Parser.parse(statement.text) == statement)
    }

    @Test("follow the calendar of the server's zone")
    func zone() throws {
        let zone = try #require(ZoneRules(named: "America/New_York"))
        let fixture = try BucketFixture([CapturedBuckets.bars("AAPL")], zone: zone)
        // 20:00 and 22:00 in New York are one day there, and two in UTC.
        let evening: Int64 = 1_704_243_600_000_000_000
        try fixture.add(
            CapturedBuckets.bars("AAPL"),
            [(evening, ["1", "2", "0", "1", "10"]), (evening - 7_200_000_000_000, ["3", "4", "3", "3", "5"])]
        )
        let day = try fixture.tql("SELECT candlecandler('1D', Open, High, Low, Close) FROM `AAPL/1Min/OHLCV`")
        #expect(day == ["2024-01-02T05:00:00Z|3.0|4.0|0.0|1.0"])
        #expect(
            try fixture.pipelines.run(sql: "SELECT * FROM `AAPL/1D/OHLCV`;").rows == ["1704171600|3.0|4.0|0.0|1.0|15"]
        )
        #expect(
            try fixture.pipelines.run(sql: "SELECT * FROM `AAPL/1W/OHLCV`;").rows == ["1704085200|3.0|4.0|0.0|1.0|15"]
        )
        #expect(
            try fixture.pipelines.run(sql: "SELECT * FROM `AAPL/1M/OHLCV`;").rows == ["1704085200|3.0|4.0|0.0|1.0|15"]
        )
        // Texts of the dialect are local times.
        let local = try fixture.pipelines.run(
            sql: "SELECT Open FROM `AAPL/1Min/OHLCV` WHERE Epoch >= '2024-01-02-20:00';"
        )
        #expect(local.rows == ["1.0"])
    }
}
