import MarketStore
import Testing

@testable import Application

@Suite("Statements about buckets")
struct BucketStatementsTests {
    private let fixed = StoredBucket(
        key: BucketKey(symbol: "O'N`EIL", timeframe: "1Min", attribute: "OHLCV"),
        table: "1Min/OHLCV~2",
        isVariable: false
    )

    @Test("quote what names hold")
    func quotes() throws {
        let timeframe = try #require(Timeframe("1Min"))
        #expect(BucketStatements.rows(of: fixed, from: nil, through: nil) == "SELECT * FROM `O'N``EIL/1Min/OHLCV`")
        #expect(
            BucketStatements.deletion(of: fixed, from: 0)
                == "DELETE FROM \"1Min/OHLCV~2\" WHERE symbol = 'O''N`EIL' AND time >= '1970-01-01T00:00:00Z'"
        )
        #expect(StoredBucket.singles(in: "f4 Open\nf8 Mid\nf4 My Close") == ["Open", "My Close"])
        #expect(BucketStatements.place(of: fixed.key).hasSuffix("WHERE bucket = 'O''N`EIL/1Min/OHLCV'"))
        #expect(BucketStatements.gaps(of: fixed, timeframe: timeframe).contains("> 60000000000"))
        #expect(StatementReader.isComplete(BucketStatements.gaps(of: fixed, timeframe: timeframe) + ";"))
    }

    @Test("include both ends, to the nanosecond where rows have one")
    func ends() {
        #expect(
            BucketStatements.rows(of: fixed, from: 1, through: 2).hasSuffix(
                " WHERE Epoch >= '1970-01-01T00:00:00.000000001Z' AND Epoch <= '1970-01-01T00:00:00.000000002Z'"
            )
        )
        let variable = StoredBucket(key: fixed.key, table: fixed.table, isVariable: true)
        #expect(
            BucketStatements.rows(of: variable, from: 0, through: nil).hasSuffix(
                " WHERE time >= '1970-01-01T00:00:00Z'"
            )
        )
    }

    @Test("allow an hour where days are as long as clocks have it")
    func slack() throws {
        let day = try #require(Timeframe("1D"))
        #expect(BucketStatements.gaps(of: fixed, timeframe: day).contains("> \(25 * 3_600_000_000_000)"))
    }

    @Test("find members of answers whatever their spelling")
    func members() {
        let answer = JSONAnswer(value: ["LatestYear": 2024, "server_resp": ["error": ""]] as [String: Any])
        #expect(answer["latest_year"]?.integer == 2024)
        #expect(answer["ServerResp"]?["Error"]?.string == "")
        #expect(answer["nothing"] == nil)
        #expect(BucketInfoText.type(14) == "string16")
        #expect(BucketInfoText.type(15) == nil)
        #expect(BucketInfoText.type(-1) == nil)
    }
}
