import Columnar
import MarketStore

/// The buckets of the captured exchanges, with their rows.
enum CapturedBuckets {
    static func bars(_ symbol: String, timeframe: String = "1Min") -> Bucket {
        Bucket(
            key: BucketKey(symbol: symbol, timeframe: timeframe, attribute: "OHLCV"),
            columns: ["Open", "High", "Low", "Close"].map { Bucket.Column(name: $0, type: .float32) }
                + [Bucket.Column(name: "Volume", type: .int64)],
            isVariable: false,
            table: "\(timeframe)/OHLCV"
        )
    }

    static let ticks = Bucket(
        key: BucketKey(symbol: "AAPL", timeframe: "1Min", attribute: "TICK"),
        columns: ["Bid", "Ask"].map { Bucket.Column(name: $0, type: .float32) },
        isVariable: true,
        table: "1Min/TICK"
    )

    static let memo = Bucket(
        key: BucketKey(symbol: "AAPL", timeframe: "1D", attribute: "MEMO"),
        columns: [Bucket.Column(name: "Memo", type: .string16)],
        isVariable: false,
        table: "1D/MEMO"
    )

    /// 2024-01-02T14:30, :31 and :33.
    static let seconds: [Int64] = [1_704_205_800, 1_704_205_860, 1_704_205_980]

    static func fixture(zone: ZoneRules = .utc) throws -> BucketFixture {
        let buckets = [bars("AAPL"), bars("MSFT"), ticks, memo, bars("AAPL", timeframe: "15Min")]
        let fixture = try BucketFixture(buckets, zone: zone)
        try fixture.add(bars("AAPL"), rows(["1", "1.5", "2"]))
        try fixture.add(bars("MSFT"), rows(["11", "11.5", "12"]))
        let first: Int64 = 1_704_205_801
        try fixture.add(
            ticks,
            [
                (first * 1_000_000_000 + 5000, ["10", "11"]), (first * 1_000_000_000 + 250_000_000, ["10.5", "11.5"]),
                ((first + 58) * 1_000_000_000 + 999_999_999, ["12", "13"]),
            ]
        )
        try fixture.add(memo, [(1_709_251_200_000_000_000, ["'hello'"])])
        return fixture
    }

    private static func rows(_ opens: [String]) -> [(Int64, [String])] {
        let rest = [["2", "0.5", "1.5", "100"], ["2.5", "1", "2", "200"], ["3", "1.5", "2.5", "300"]]
        return zip(seconds, zip(opens, rest)).map { ($0 * 1_000_000_000, [$1.0] + $1.1) }
    }
}
