import Columnar
import MarketStore
import QueryLang
import Testing

@Suite("Functions over buckets")
struct BucketFunctionTests {
    private let fixture: BucketFixture
    private let aapl = CapturedBuckets.bars("AAPL")
    private let msft = CapturedBuckets.bars("MSFT")

    init() throws { fixture = try CapturedBuckets.fixture() }

    private func run(
        _ functions: [String],
        of buckets: [Bucket],
        limit: Int64? = nil,
        fromStart: Bool = false
    ) throws -> Dataset {
        try fixture.pipelines.run(
            BucketSelection(buckets: buckets, limit: limit, isLimitFromStart: fromStart, functions: functions)
        )
    }

    @Test("give what the captured answers have")
    func captured() throws {
        let candles = try run(["candlecandler('5Min',Open,High,Low,Close,Sum::Volume,Avg::Volume)"], of: [aapl])
        #expect(candles.header == "Epoch:i8 Open:f4 High:f4 Low:f4 Close:f4 Volume_SUM:f8 Volume_AVG:f8")
        #expect(candles.rows == ["1704205800|1.0|3.0|0.5|2.5|600.0|200.0"])
        #expect(candles.spans.map(\.key) == ["AAPL/1Min/OHLCV:Symbol/Timeframe/AttributeGroup"])
        let ticks = try run(["tickcandler('1Min',Bid)"], of: [CapturedBuckets.ticks])
        #expect(ticks.header == "Epoch:i8 Open:f4 High:f4 Low:f4 Close:f4")
        #expect(ticks.rows == ["1704205800|10.0|12.0|10.0|12.0"])
        let count = try run(["count(Open)"], of: [aapl])
        #expect(count.header == "Epoch:i8 Count:i8")
        #expect(count.rows[0].hasSuffix("|3"))
        let chain = try run(["candlecandler('5Min',Open,High,Low,Close)", "max(High)"], of: [aapl])
        #expect(chain.header == "Epoch:i8 Max:f4")
        #expect(chain.rows[0].hasSuffix("|3.0"))
        let gap = try run(["gap('1Min')"], of: [aapl])
        #expect(gap.header == "Epoch:i8 End:i8 Length:i8")
        #expect(gap.rows == ["1704205860|1704205980|120"])
    }

    @Test("work symbol by symbol")
    func symbols() throws {
        let candles = try run(["candlecandler('2Min',Open,High,Low,Close)"], of: [aapl, msft])
        #expect(
            candles.rows == [
                "1704205800|1.0|2.5|0.5|2.0", "1704205920|2.0|3.0|1.5|2.5", "1704205800|11.0|2.5|0.5|2.0",
                "1704205920|12.0|3.0|1.5|2.5",
            ]
        )
        #expect(candles.spans.map(\.start) == [0, 2])
        #expect(candles.spans.map(\.count) == [2, 2])
        let nobody = CapturedBuckets.bars("NONE")
        let counts = try run(["count(*)"], of: [aapl, nobody, msft])
        #expect(counts.rows.map { $0.split(separator: "|")[1] } == ["3", "0", "3"])
        let largest = try run(
            ["candlecandler('2Min',Open,High,Low,Close)", "max(Open)", "avg(Max)"],
            of: [aapl, msft]
        )
        #expect(largest.header == "Epoch:i8 Avg:f8")
        #expect(largest.rows.map { $0.split(separator: "|")[1] } == ["2.0", "12.0"])
        #expect(try run(["gap('1Min')"], of: [aapl, msft]).spans.map(\.count) == [1, 1])
    }

    @Test("take the rows that a limit leaves, of each symbol")
    func limits() throws {
        let opens: (Dataset) -> [Substring] = { $0.rows.map { $0.split(separator: "|")[1] } }
        #expect(try opens(run(["tickcandler('1H',Open)"], of: [aapl], limit: 2)) == ["1.5"])
        #expect(try opens(run(["tickcandler('1H',Open)"], of: [aapl], limit: 2, fromStart: true)) == ["1.0"])
        #expect(try opens(run(["tickcandler('1H',Open)"], of: [aapl, msft], limit: 1)) == ["2.0", "12.0"])
        #expect(
            try opens(run(["tickcandler('1H',Open)"], of: [aapl, msft], limit: 1, fromStart: true)) == ["1.0", "11.0"]
        )
        #expect(try opens(run([], of: [aapl, msft], limit: 1)) == ["2.0", "12.0"])
        #expect(try run(["gap()"], of: [aapl]).rows.isEmpty)
    }

    @Test("average several columns of one parameter, and take parameters in any order")
    func parameters() throws {
        let mid = try run(["TickCandler('1Min', CandlePrice::Bid, CandlePrice::Ask)"], of: [CapturedBuckets.ticks])
        #expect(mid.rows == ["1704205800|10.5|12.5|10.5|12.5"])
        let named = try run(["candlecandler(Close::High, '5Min', Open, High, Low, Sum::Volume)"], of: [aapl])
        #expect(named.rows == ["1704205800|1.0|3.0|0.5|3.0|600.0"])
    }

    @Test(
        "say what is wrong in MarketStore's words",
        arguments: [
            ("mean(Open)", "no function in the UDA Registry named \"mean\""),
            ("tickcandler('1Min')", "Argument mapping error for tickcandler: have [], need [CandlePrice]"),
            ("tickcandler(Open)", "not enough init arguments for tickcandler, need 1 have 0"),
            ("count(P", "unable to parse function call count(P"),
            ("max(Nope)", "unable to retrieve column named Nope"),
            ("max(Open, Close)", "Argument mapping error for max: extra args used: have [Open Close]"),
            ("tickcandler('foo', Open)", "no suitable timeframe provided"),
            ("1 + 2", "unable to parse function call 1 + 2"),
            ("adjust('merger')", "adjust() knows no actions of the kind 'merger'"),
        ]
    )
    func errors(_ function: String, _ message: String) {
        let failure = fixture.failure(BucketSelection(buckets: [aapl], functions: [function]))
        #expect(failure.hasPrefix(message), "\(failure)")
    }

    @Test("make bars of a timeframe that is not stored, with the limit in bars")
    func coarser() throws {
        let seven = try #require(Timeframe("7Min"))
        let bars = try fixture.pipelines.run(BucketSelection(buckets: [aapl], timeframe: seven))
        #expect(bars.header == "Epoch:i8 Open:f4 High:f4 Low:f4 Close:f4 Volume:i8")
        #expect(bars.spans.map(\.key) == ["AAPL/7Min/OHLCV:Symbol/Timeframe/AttributeGroup"])
        // Slots of seven minutes are counted from 1970: one begins at 14:31.
        #expect(bars.rows == ["1704205440|1.0|2.0|0.5|1.5|100", "1704205860|1.5|3.0|1.0|2.5|500"])
        let last = try fixture.pipelines.run(BucketSelection(buckets: [aapl, msft], limit: 1, timeframe: seven))
        #expect(last.rowCount == 2)
        #expect(try fixture.pipelines.run(sql: "SELECT * FROM `AAPL/7Min/OHLCV`").rows == bars.rows)
        let closes = BucketSelection(buckets: [aapl], columns: ["Close", "Nope"], timeframe: seven)
        #expect(try fixture.pipelines.run(closes).header == "Epoch:i8 Close:f4")
        #expect(
            BucketSelection.sources(
                of: seven,
                attribute: "OHLCV",
                symbols: ["AAPL", "NOPE"],
                in: fixture.directory,
                zone: .utc
            ) == [aapl]
        )
    }
}
