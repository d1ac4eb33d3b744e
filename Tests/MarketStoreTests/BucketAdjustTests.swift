import Columnar
import MarketStore
import Testing

@Suite("adjust and gap")
struct BucketAdjustTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 1_577_836_800

    private static let prices = Bucket(
        key: BucketKey(symbol: "AAPL", timeframe: "1D", attribute: "OHLCV"),
        columns: [
            Bucket.Column(name: "Close", type: .float32), Bucket.Column(name: "Exact", type: .float64),
            Bucket.Column(name: "Volume", type: .int32), Bucket.Column(name: "Trades", type: .int64),
        ],
        isVariable: false,
        table: "1D/OHLCV"
    )

    private static var others: Bucket {
        var bucket = prices
        bucket.key.symbol = "MSFT"
        return bucket
    }

    private static func actions(_ symbol: String) -> Bucket {
        let columns: [(String, WireType)] = [
            ("TextNumber", .int64), ("UpdateTextNumber", .int64), ("DeleteTextNumber", .int64),
            ("NotificationType", .uint8), ("Status", .uint8), ("ExpirationDate", .int64), ("Rate", .float64),
        ]
        return Bucket(
            key: BucketKey(symbol: symbol, timeframe: "1D", attribute: "ACTIONS"),
            columns: columns.map { Bucket.Column(name: $0.0, type: $0.1) },
            isVariable: true,
            table: "1D/ACTIONS"
        )
    }

    private static func fixture() throws -> BucketFixture {
        let fixture = try BucketFixture([prices, others, actions("AAPL")])
        for bucket in [prices, others] {
            try fixture.add(
                bucket,
                (0..<8).map { day in ((start + day * Self.day) * 1_000_000_000, ["8", "1.23456789", "100", "7"]) }
            )
        }
        // Number, that of the update, that of the deletion, kind, status, day from which it holds, rate.
        let rows: [[Int64]] = [
            [1, 0, 0, 55, 78, 3, 2], [2, 0, 0, 43, 78, 6, 2], [3, 0, 0, 47, 78, 6, 3], [4, 0, 0, 55, 78, 1, 10],
            [5, 0, 4, 55, 68, 1, 10], [6, 2, 0, 43, 85, 6, 5], [7, 0, 0, 77, 78, 2, 9], [8, 0, 0, 55, 78, 300, 10],
        ]
        try fixture.add(
            actions("AAPL"),
            rows.enumerated().map { index, row in
                let date = start + row[5] * Self.day
                let values = row.prefix(5).map { "\($0)" } + ["\(date)", "\(row[6])"]
                return ((start + Int64(index)) * 1_000_000_000, values)
            }
        )
        return fixture
    }

    /// Rates by row: those of days 3, 6 and 300 count where they lie ahead.
    private static func rate(_ day: Int, split: Bool, dividend: Bool) -> Double {
        var rate = 1.0
        if split { rate *= 10 * (day < 3 ? 2 : 1) * (day < 6 ? 5 : 1) }
        if dividend, day < 6 { rate *= 3 }
        return rate
    }

    @Test(
        "divides prices by the rates of later actions, and multiplies volumes",
        arguments: [
            ("", true, true), ("'split'", true, false), ("'Dividend'", false, true), ("'split','dividend'", true, true),
        ]
    )
    func adjust(_ arguments: String, _ split: Bool, _ dividend: Bool) throws {
        let fixture = try Self.fixture()
        let expected = (0..<8).map { day in
            let rate = Self.rate(day, split: split, dividend: dividend)
            let exact = (1.23456789 / rate * 10_000).rounded() / 10_000
            return "\(Self.start + Int64(day) * Self.day)|\(Float((8 / rate * 10_000).rounded() / 10_000))|\(exact)|"
                + "\(Int(100 * rate))|7"
        }
        let one = try fixture.pipelines.run(
            BucketSelection(buckets: [Self.prices], functions: ["adjust(\(arguments))"])
        )
        #expect(one.header == "Epoch:i8 Close:f4 Exact:f8 Volume:i4 Trades:i8")
        #expect(one.rows == expected)
        let sql = try fixture.pipelines.run(sql: "SELECT adjust(\(arguments)) FROM `AAPL/1D/OHLCV`;")
        #expect(sql.header == one.header)
        #expect(sql.rows == expected)
        let both = try fixture.pipelines.run(
            BucketSelection(buckets: [Self.prices, Self.others], functions: ["adjust(\(arguments))"])
        )
        #expect(Array(both.rows.prefix(8)) == expected)
        // A symbol without actions is as it was.
        #expect(both.rows.last == "\(Self.start + 7 * Self.day)|8.0|1.23456789|100|7")
    }

    @Test("feeds other functions")
    func chain() throws {
        let fixture = try Self.fixture()
        let chain = ["adjust('dividend')", "tickcandler('1M', Close, Sum::Volume)"]
        let bars = try fixture.pipelines.run(BucketSelection(buckets: [Self.prices], functions: chain))
        #expect(bars.rows == ["1577836800|2.6667|8.0|2.6667|8.0|2000.0"])
        let none = try fixture.pipelines.run(BucketSelection(buckets: [Self.others], functions: ["adjust()"]))
        #expect(none.rows.count == 8)
    }

    @Test("gap without a threshold finds what is three standard deviations from the mean")
    func scores() throws {
        let fixture = try BucketFixture([CapturedBuckets.bars("AAPL"), CapturedBuckets.bars("MSFT")])
        for symbol in ["AAPL", "MSFT"] {
            let minutes = (0..<60).map { Int64($0) } + [symbol == "AAPL" ? 90 : 60]
            try fixture.add(
                CapturedBuckets.bars(symbol),
                minutes.map { (1_704_205_800_000_000_000 + $0 * 60_000_000_000, ["1", "1", "1", "1", "1"]) }
            )
        }
        let buckets = ["AAPL", "MSFT"].map { CapturedBuckets.bars($0) }
        let gaps = try fixture.pipelines.run(BucketSelection(buckets: buckets, functions: ["gap()"]))
        #expect(gaps.rows == ["1704209340|1704211200|1860"])
        #expect(gaps.spans.map(\.count) == [1, 0])
        #expect(try fixture.pipelines.run(sql: "SELECT gap() FROM `AAPL/1Min/OHLCV`;").rows == gaps.rows)
        #expect(try fixture.pipelines.run(sql: "SELECT gap('1H') FROM `AAPL/1Min/OHLCV`;").rows.isEmpty)
    }
}
