import QueryLang
import Testing

/// Texts of statements that change something, and what the parser makes of them.
@Suite struct StatementSyntaxTests {
    /// Texts, and how they are printed.
    static let texts: [(String, String)] = [
        (
            "create table t (a int, b symbol capacity 256 cache index)",
            "CREATE TABLE t (a int, b symbol CAPACITY 256 CACHE INDEX)"
        ),
        (
            "CREATE TABLE IF NOT EXISTS 'my trades' (ts TIMESTAMP, sym SYMBOL) timestamp(ts) PARTITION BY day TTL 4 WEEKS "
                + "WAL DEDUP UPSERT KEYS(ts, sym)",
            "CREATE TABLE IF NOT EXISTS \"my trades\" (ts TIMESTAMP, sym SYMBOL) TIMESTAMP (ts) PARTITION BY day WAL "
                + "TTL 4w DEDUP UPSERT KEYS (ts, sym)"
        ),
        (
            "CREATE TABLE q (ts TIMESTAMP, s SYMBOL), INDEX(s CAPACITY 64) TIMESTAMP(ts) PARTITION BY MONTH BYPASS WAL "
                + "WITH maxUncommittedRows=250000, o3MaxLag=240s",
            "CREATE TABLE q (ts TIMESTAMP, s SYMBOL INDEX CAPACITY 64) TIMESTAMP (ts) PARTITION BY MONTH BYPASS WAL "
                + "WITH maxUncommittedRows = 250000, o3MaxLag = 240s"
        ),
        (
            "CREATE TABLE bars (time timestamp, symbol symbol, close float64) TIMEFRAME 1Min SERIES KEY NONE",
            "CREATE TABLE bars (time timestamp, symbol symbol, close float64) SERIES KEY NONE TIMEFRAME 1m"
        ),
        (
            "CREATE TABLE x AS (SELECT a FROM t) TIMESTAMP NONE",
            "CREATE TABLE x AS (SELECT a FROM t) TIMESTAMP NONE"
        ),
        ("INSERT INTO t VALUES (1, 'a'), (2+3, NULL)", "INSERT INTO t VALUES (1, 'a'), (2 + 3, NULL)"),
        ("INSERT INTO t (a, \"b c\") SELECT x, y FROM u", "INSERT INTO t (a, \"b c\") SELECT x, y FROM u"),
        ("INSERT INTO t (SELECT x FROM u);", "INSERT INTO t SELECT x FROM u"),
        (
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, b LONG",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT, b LONG"
        ),
        ("ALTER TABLE t ADD a INT", "ALTER TABLE t ADD COLUMN a INT"),
        ("ALTER TABLE t SET TTL 12h", "ALTER TABLE t SET TTL 12h"),
        ("ALTER TABLE t SET TTL NONE", "ALTER TABLE t SET TTL NONE"),
        ("DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS t"), ("DROP VIEW v", "DROP VIEW v"),
        ("DROP TABLE if", "DROP TABLE if"), ("TRUNCATE TABLE t", "TRUNCATE TABLE t"),
        ("DELETE FROM t", "DELETE FROM t"), ("DELETE FROM t WHERE time < '2024'", "DELETE FROM t WHERE time < '2024'"),
        ("CREATE OR REPLACE VIEW v AS (SELECT a FROM t)", "CREATE OR REPLACE VIEW v AS SELECT a FROM t"),
        ("CREATE VIEW v AS SELECT a FROM t LIMIT 5", "CREATE VIEW v AS SELECT a FROM t LIMIT 5"),
        ("SHOW CREATE TABLE t", "SHOW CREATE TABLE t"), ("SHOW CREATE VIEW v", "SHOW CREATE VIEW v"),
        ("SHOW SYMBOLS", "SHOW SYMBOLS"),
        ("SHOW SYMBOLS FROM trades LIKE 'BTC%'", "SHOW SYMBOLS FROM trades LIKE 'BTC%'"),
        ("SHOW VIEWS", "SHOW VIEWS"), ("SHOW FUNCTIONS", "SHOW FUNCTIONS"), ("SHOW QUERIES", "SHOW QUERIES"),
        ("SELECT * FROM system.queries", "SELECT * FROM \"system.queries\""),
        ("SELECT q.id FROM system.queries q", "SELECT q.id FROM \"system.queries\" AS q"),
    ]

    @Test(arguments: texts)
    func statementIsReadAndPrinted(_ text: String, _ printed: String) throws {
        let statement = try Parser.parse(text)
        #expect(statement.text == printed)
        #expect(try Parser.parse(printed) == statement)
    }

    @Test(arguments: [
        ("ALTER TABLE t «DROP» COLUMN a", "DROP COLUMN is not supported"),
        ("ALTER TABLE t «RENAME» COLUMN a TO b", "RENAME COLUMN is not supported"),
        ("ALTER TABLE t «RENAME» TO u", "RENAME TO is not supported"),
        ("ALTER TABLE t «ALTER» COLUMN a ADD INDEX", "ALTER COLUMN is not supported"),
        ("CREATE TABLE t (a int) «IN» VOLUME x", "IN VOLUME is not supported"),
        ("CREATE TABLE t (a int) WAL «WAL»", "WAL stands twice"),
        ("CREATE TABLE t «a» int", "unexpected 'a'"),
        ("CREATE TABLE t (a«)»", "unexpected ')'"),
        ("CREATE «INDEX» i", "unexpected 'INDEX'"),
        ("INSERT «t» VALUES (1)", "unexpected 't'"),
        ("INSERT INTO t VALUES «1»", "unexpected '1'"),
        ("INSERT INTO t VALUES (1) «2»", "unexpected '2'"),
        ("DROP «t»", "unexpected 't'"),
        ("SHOW SYMBOLS LIKE «BTC»", "unexpected 'BTC'"),
        ("«UPDATE» t SET a = 1", "UPDATE is not supported"),
        ("TRUNCATE «t»", "unexpected 't'"),
    ])
    func mistakeIsToldWithItsPlace(_ marked: String, _ message: String) throws {
        let text = MarkedText(marked)
        let error = try #require(failure(text.text))
        #expect(error.message.contains(message), "\(error)")
        #expect(error.span == text.span)
        #expect(error.code == .syntax)
    }

    @Test func misspeltWordsAreCorrected() throws {
        #expect(failure("CREAT TABLE t (a int)")?.hint == "did you mean CREATE?")
        #expect(failure("INSRT INTO t VALUES (1)")?.hint == "did you mean INSERT?")
        #expect(failure("CREATE TABLE t (time timestamp) PARTITON BY DAY")?.hint == "did you mean PARTITION?")
    }
}
