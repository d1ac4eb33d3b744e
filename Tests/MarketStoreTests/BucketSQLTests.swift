import Columnar
import MarketStore
import QueryLang
import Testing

@Suite("MarketStore's SQL")
struct BucketSQLTests {
    private let fixture: BucketFixture

    init() throws { fixture = try CapturedBuckets.fixture() }

    private func answer(_ sql: String) throws -> Dataset { try fixture.pipelines.run(sql: sql) }

    @Test("answers rows with the types of the bucket, under the statement's key")
    func rows() throws {
        let sql = "SELECT * FROM `AAPL/1Min/OHLCV`;"
        let all = try answer(sql)
        #expect(all.header == "Epoch:i8 Open:f4 High:f4 Low:f4 Close:f4 Volume:i8")
        #expect(
            all.rows == [
                "1704205800|1.0|2.0|0.5|1.5|100", "1704205860|1.5|2.5|1.0|2.0|200", "1704205980|2.0|3.0|1.5|2.5|300",
            ]
        )
        #expect(all.spans == [Dataset.Span(key: "\(sql):SQL", start: 0, count: 3)])
        #expect(try answer("SELECT * FROM AAPL.`1Min`.OHLCV").rows == all.rows)
        #expect(try answer("SELECT * FROM `AAPL/1Min/OHLCV` LIMIT 1;").rows == [all.rows[0]])
    }

    @Test("keeps a statement with colons whole in its key")
    func colons() throws {
        let sql =
            "SELECT Epoch, Close AS C FROM `AAPL/1Min/OHLCV` WHERE Epoch BETWEEN '2024-01-02-14:30' AND "
            + "'2024-01-02-14:33' AND Close > 1.6;"
        let answer = try answer(sql)
        #expect(answer.header == "Epoch:i8 C:f4")
        #expect(answer.rows == ["1704205860|2.0", "1704205980|2.5"])
        #expect(answer.spans[0].key == sql + ":SQL")
    }

    @Test(
        "is right where MarketStore is silently wrong, or never ends",
        arguments: [
            ("Close > 2.2 OR Close < 1.6", ["1.5", "2.5"]),
            ("NOT Close > 1.6", ["1.5"]),
            ("Close <> 2", ["1.5", "2.5"]),
            ("Close IN (1.5, 2)", ["1.5", "2.0"]),
            ("Close NOT BETWEEN 1.5 AND 2", ["2.5"]),
            ("Epoch BETWEEN 1704205800 AND 1704205860", ["1.5", "2.0"]),
            ("Epoch NOT BETWEEN '2024-01-02-14:31' AND '2024-01-02-14:31:00.00000000'", ["1.5", "2.5"]),
            ("Epoch > 1704205860000000000", ["2.5"]),
            ("Epoch IN (1704205800, '2024-01-02-14:33')", ["1.5", "2.5"]),
            ("Epoch = '2024-01-02-09:31:00 EST'", ["2.0"]),
            ("Epoch >= '2024-01-02T14:33:00Z'", ["2.5"]),
            ("Epoch - 60 = '2024-01-02-14:30'", ["2.0"]),
            ("Epoch % 120 = 0", ["1.5"]),
            ("Epoch < '2024-01-02'", []),
        ]
    )
    func conditions(_ condition: String, _ closes: [String]) throws {
        let answer = try answer("SELECT Close FROM `AAPL/1Min/OHLCV` WHERE \(condition);")
        #expect(answer.rows == closes, "\(condition)")
        #expect(answer.header == "Close:f4")
    }

    @Test("orders, groups, computes, joins and nests")
    func clauses() throws {
        #expect(try answer("SELECT Epoch FROM `AAPL/1Min/OHLCV` ORDER BY Epoch DESC LIMIT 1;").rows == ["1704205980"])
        let groups = try answer(
            "SELECT Close > 1.6 AS dear, count(*) FROM `AAPL/1Min/OHLCV` GROUP BY dear ORDER BY dear;"
        )
        #expect(groups.rows == ["0|1", "1|2"])
        #expect(groups.columns[1].name == "Count")
        let sums = try answer("SELECT Epoch, Close+1 FROM `AAPL/1Min/OHLCV`;")
        #expect(sums.header == "Epoch:i8 Close+1:f8")
        #expect(sums.rows[0] == "1704205800|2.5")
        let joined = try answer(
            "SELECT a.Epoch, a.Close, m.Open FROM `AAPL/1Min/OHLCV` a JOIN `MSFT/1Min/OHLCV` m ON a.Epoch = m.Epoch;"
        )
        #expect(joined.header == "Epoch:i8 Close:f4 Open:f4")
        #expect(joined.rows.map { $0.split(separator: "|").last ?? "" } == ["11.0", "11.5", "12.0"])
        #expect(try answer("SELECT DISTINCT Volume - Volume AS zero FROM `AAPL/1Min/OHLCV`;").rows == ["0"])
        #expect(try answer("SELECT Close FROM (SELECT * FROM `AAPL/1Min/OHLCV` WHERE Close > 2);").rows == ["2.5"])
        let having = "SELECT Close, count(*) FROM `AAPL/1Min/OHLCV` GROUP BY Close HAVING max(Volume) > 200;"
        #expect(try answer(having).rows == ["2.5|1"])
    }

    @Test("names the columns of functions as MarketStore does")
    func names() throws {
        let two = try answer("SELECT max(Close), min(Close), avg(Close) FROM `AAPL/1Min/OHLCV`;")
        #expect(two.header == "Epoch:i8 Max:f4 Epoch0:i8 Min:f4 Epoch1:i8 Avg:f8")
        #expect(two.rows.count == 1)
        let alias = try answer("SELECT tickcandler('1Min', Bid) AS foo FROM `AAPL/1Min/TICK`;")
        #expect(alias.header == "Epoch:i8 foo:f4 foo0:f4 foo1:f4 foo2:f4")
        #expect(alias.rows == ["1704205800|10.0|12.0|10.0|12.0"])
        let candles = try answer(
            "SELECT candlecandler('5Min',Open,High,Low,Close,Sum::Volume,Avg::Volume) FROM `AAPL/1Min/OHLCV`;"
        )
        #expect(candles.header == "Epoch:i8 Open:f4 High:f4 Low:f4 Close:f4 Volume_SUM:f8 Volume_AVG:f8")
        #expect(candles.rows == ["1704205800|1.0|3.0|0.5|2.5|600.0|200.0"])
    }

    @Test("counts an empty bucket, and gives empty answers their columns")
    func empty() throws {
        let count = try answer("SELECT count(*) FROM `AAPL/15Min/OHLCV`;")
        #expect(count.header == "Epoch:i8 Count:i8")
        #expect(count.rows.first?.hasSuffix("|0") == true)
        let none = try answer("SELECT * FROM `AAPL/15Min/OHLCV`;")
        #expect(none.header == "Epoch:i8 Open:f4 High:f4 Low:f4 Close:f4 Volume:i8")
        #expect(none.columns.map(\.bytes.count) == [0, 0, 0, 0, 0, 0])
    }

    @Test("shows variable buckets by second and nanoseconds")
    func variable() throws {
        let ticks = try answer("SELECT * FROM `AAPL/1Min/TICK`;")
        #expect(ticks.header == "Epoch:i8 Bid:f4 Ask:f4 Nanoseconds:i4")
        #expect(
            ticks.rows == [
                "1704205801|10.0|11.0|5000", "1704205801|10.5|11.5|250000000", "1704205859|12.0|13.0|999999999",
            ]
        )
        let late = try answer("SELECT Nanoseconds FROM `AAPL/1Min/TICK` WHERE Epoch > 1704205801;")
        #expect(late.rows == ["999999999"])
        let nested = try answer("SELECT tickcandler('1Min', Ask) FROM (SELECT * FROM `AAPL/1Min/TICK`);")
        #expect(nested.rows == ["1704205800|11.0|13.0|11.0|13.0"])
        #expect(try answer("SELECT * FROM `AAPL/1D/MEMO`;").header == "Epoch:i8 Memo:U16")
        #expect(try answer("SELECT Memo FROM `AAPL/1D/MEMO`;").rows == ["hello"])
    }

    @Test("explains, with an Epoch for those who look for one")
    func explain() throws {
        let plan = try answer("EXPLAIN SELECT * FROM `AAPL/1Min/OHLCV` WHERE Epoch >= '2024-01-02-14:31';")
        #expect(plan.columns.map(\.name) == ["Epoch", "plan"])
        let text = plan.rows.joined(separator: "\n")
        #expect(text.contains("2024-01-02T14:31:00"), "\(text)")
        #expect(text.contains("AAPL"), "\(text)")
        #expect(!text.contains("Filter"), "\(text)")
    }

    @Test("inserts what a SELECT gives into a bucket")
    func insert() throws {
        let sql =
            "INSERT INTO `AAPL/15Min/OHLCV` SELECT Epoch, Open, High, Low, Close, Volume_SUM AS Volume FROM "
            + "(SELECT candlecandler('15Min', Open, High, Low, Close, Sum::Volume) FROM `AAPL/1Min/OHLCV`);"
        let answer = try answer(sql)
        #expect(answer.header == "Epoch:i8 Rows Written:i8")
        #expect(answer.rows[0].hasSuffix("|1"))
        let write = try #require(fixture.writes.first)
        #expect(write.dataset.header == "Epoch:i8 Open:f4 High:f4 Low:f4 Close:f4 Volume:i8")
        #expect(write.dataset.rows == ["1704205800|1.0|3.0|0.5|2.5|600"])
        #expect(write.dataset.spans.map(\.key) == ["AAPL/15Min/OHLCV"])
        let missing = "INSERT INTO `AAPL/15Min/OHLCV` SELECT Epoch, Close FROM `AAPL/1Min/OHLCV`;"
        #expect(fixture.failure(sql: missing).contains("Unable to find these columns: [Open High Low Volume]"))
        _ = try self.answer("INSERT INTO `AAPL/15Min/OHLCV` (Epoch, Close) SELECT Epoch, Close FROM `AAPL/1Min/OHLCV`;")
        #expect(fixture.writes.last?.dataset.rows.last == "1704205980|nan|nan|nan|2.5|0")
    }

    @Test("says what is wrong, and where")
    func errors() {
        #expect(fixture.failure(sql: "SELEC foo;").hasPrefix("syntax Error[1:0]: "))
        #expect(fixture.failure(sql: "SELECT\n * FRM t;").hasPrefix("syntax Error[2:"))
        #expect(fixture.failure(sql: "SELECT * FROM `NOPE/1Min/OHLCV`;").contains("not found in catalog"))
        #expect(fixture.failure(sql: "DROP TABLE `1Min/OHLCV`;").hasPrefix("unsupported statement type: DROP"))
        #expect(
            fixture.failure(sql: "INSERT INTO `AAPL/5Min/OHLCV` SELECT * FROM `AAPL/1Min/OHLCV`;")
                .contains("not found in catalog")
        )
    }
}
