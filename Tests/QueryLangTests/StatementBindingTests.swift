import Columnar
import QueryLang
import Testing

/// What statements that change something mean, and whom they need.
@Suite struct StatementBindingTests {
    private func command(_ text: String) throws -> BoundCommand {
        guard case .command(let command) = try QueryCompiler.compile(text, catalog: TestCatalog()) else {
            throw QueryError(.bug, "no command")
        }
        return command
    }

    private func created(_ text: String) throws -> TableSchema {
        guard case .createTable(let create) = try command(text) else { throw QueryError(.bug, "no CREATE TABLE") }
        return create.schema
    }

    // MARK: CREATE TABLE

    @Test func usualNamesAreTimestampAndSeriesKey() throws {
        let table = try created("CREATE TABLE t (time timestamp, symbol symbol, price float64)")
        #expect(table.timeColumn == 0 && table.seriesColumn == 1 && table.kind == .event && table.partition == .day)
        #expect(try created("CREATE TABLE t (time timestamp, symbol symbol) SERIES KEY NONE").seriesColumn == nil)
        let bars = try created("CREATE TABLE t (time timestamp, ric symbol) SERIES KEY (ric) TIMEFRAME 5Min")
        #expect(bars.kind == .regular(timeframe: 5 * CivilTime.minute) && bars.seriesColumn == 1)
    }

    @Test func tableInWordsOfQuestDBHasNoSeriesKey() throws {
        let table = try created(
            """
            CREATE TABLE 'q' (ts TIMESTAMP, symbol SYMBOL CAPACITY 256 CACHE, price DOUBLE, n LONG, i INT, b BYTE, f FLOAT,
            flag BOOLEAN, s STRING, v VARCHAR, u UUID, ip IPV4, d DATE, c CHAR, l LONG256, ns TIMESTAMP_NS, h SHORT)
            TIMESTAMP(ts) PARTITION BY WEEK WAL DEDUP UPSERT KEYS(ts, symbol)
            """
        )
        #expect(table.seriesColumn == nil && table.timeColumn == 0 && table.partition == .week)
        #expect(table.dedupColumns == [1])
        #expect(
            table.columns.map(\.type) == [
                .timestamp, .symbol, .float64, .int64, .int64, .int64, .float64, .boolean, .string, .string, .string,
                .string, .timestamp, .string, .string, .timestamp, .int64,
            ]
        )
        let keyed = try created("CREATE TABLE q (ts TIMESTAMP, s SYMBOL) TIMESTAMP(ts) SERIES KEY (s)")
        #expect(keyed.seriesColumn == 1)
    }

    @Test func tableWithoutTimestampIsInOrderOfArrival() throws {
        let table = try created("CREATE TABLE t (a int64, symbol symbol)")
        #expect(!table.hasDesignatedTimestamp && table.seriesColumn == nil && table.partition == .all)
        #expect(table.visibleColumns.map { table.columns[$0].name } == ["a", "symbol"])
        #expect(try !created("CREATE TABLE t (time timestamp) TIMESTAMP NONE").hasDesignatedTimestamp)
    }

    @Test(arguments: ["1Min/T~1", "1Min/T~*"]) func namesOfFamiliesAreReserved(name: String) {
        let error = #expect(throws: QueryError.self) { try created("CREATE TABLE \"\(name)\" (time timestamp)") }
        #expect(error?.code == .semantic)
        #expect(throws: Never.self) { try created("CREATE TABLE \"\(name.dropFirst(5))\" (time timestamp)") }
    }

    @Test func tableOfASelectHasItsColumnsAndItsOrder() throws {
        let table = try created("CREATE TABLE t AS (SELECT time AS at, symbol AS s, price FROM trades)")
        #expect(table.columns.map(\.name) == ["at", "s", "price"] && table.timeColumn == 0 && table.seriesColumn == 1)
        #expect(try !created("CREATE TABLE t AS (SELECT price FROM trades)").hasDesignatedTimestamp)
        let sampled = try created("CREATE TABLE t AS (SELECT time, avg(price) FROM trades SAMPLE BY 1m)")
        #expect(sampled.timeColumn == 0 && sampled.seriesColumn == nil)
    }

    @Test(arguments: [
        "CREATE TABLE t (time timestamp, symbol symbol, price float64) TIMEFRAME 1m PARTITION BY YEAR TTL 30d",
        "CREATE TABLE t (ts timestamp, s symbol, n int64) TIMESTAMP(ts) PARTITION BY WEEK DEDUP UPSERT KEYS(ts, s, n)",
        "CREATE TABLE t (ts timestamp, s symbol, n int64) TIMESTAMP(ts) SERIES KEY (s) DEDUP UPSERT KEYS(ts)",
        "CREATE TABLE \"a b\" (\"x y\" string, b boolean)",
        "CREATE TABLE t (time timestamp, x string) TIMESTAMP NONE",
        "CREATE TABLE t (time timestamp, symbol symbol) SERIES KEY NONE TTL 90s",
    ])
    func shownStatementMakesTheSameTable(_ text: String) throws {
        guard case .createTable(let create) = try command(text) else { return #expect(Bool(false)) }
        let shown = CreateTableStatement(table: create.schema, timeToLive: create.timeToLive)
        let again = Statement(.createTable(shown), span: SourceSpan(start: 0, end: 0)).text
        #expect(try command(again) == .createTable(create), "\(again)")
    }

    // MARK: Errors

    /// Texts with the place of the mistake, and what is said of it.
    static let mistakes: [(String, QueryError.Code, String)] = [
        ("CREATE TABLE «trades» (a int64)", QueryError.Code.tableExists, "there is a table 'trades' already"),
        ("CREATE TABLE «system.x» (a int64)", .semantic, "names that begin with 'system.'"),
        ("CREATE TABLE t (a «flota»)", .type, "unknown type 'flota'"),
        ("CREATE TABLE t (a «BINARY»)", .type, "the type BINARY is not supported"),
        ("CREATE TABLE t (a int64, «A» int64)", .semantic, "the column 'A' stands twice"),
        ("CREATE TABLE t (a int64) TIMESTAMP(«a»)", .type, "has to be of type timestamp, not int64"),
        ("CREATE TABLE t (a int64) TIMESTAMP(«b»)", .unknownColumn, "the table has no column 'b'"),
        ("CREATE TABLE t (a int64) PARTITION BY «DAY»", .semantic, "PARTITION BY needs a designated timestamp"),
        ("CREATE TABLE t (time timestamp) PARTITION BY «CENTURY»", .syntax, "unexpected 'CENTURY'"),
        ("CREATE TABLE t (a symbol) SERIES KEY («a»)", .semantic, "SERIES KEY needs a designated timestamp"),
        ("CREATE TABLE t (time timestamp, a int64) SERIES KEY («a»)", .type, "has to be of type symbol, not int64"),
        (
            "CREATE TABLE t (time timestamp, a int64) DEDUP UPSERT KEYS(«a»)", .semantic,
            "must name the designated timestamp"
        ),
        ("CREATE TABLE t (time timestamp) TIMEFRAME 1m DEDUP UPSERT KEYS(«time»)", .semantic, "takes no DEDUP"),
        ("CREATE TABLE t («a» int64 CACHE)", .semantic, "are of symbol columns"),
        ("INSERT INTO trades «(1, 2)» VALUES (3)", .syntax, "unexpected"),
        ("INSERT INTO «nope» VALUES (3)", .unknownTable, "unknown table 'nope'"),
        ("INSERT INTO plain VALUES «('2024', 1)»", .semantic, "the row has 2 values, and 3 are wanted"),
        ("INSERT INTO plain VALUES ('2024', «'x'», 1)", .type, "column 'value' takes float64, not string"),
        ("INSERT INTO plain VALUES ('2024', 1, «1.5»)", .type, "column 'order' takes int64, not float64"),
        ("INSERT INTO plain VALUES («'soon'», 1, 1)", .type, "'soon' is not a timestamp"),
        ("INSERT INTO plain VALUES («NULL», 1, 1)", .semantic, "the designated timestamp 'ts' cannot be NULL"),
        ("INSERT INTO plain VALUES ('2024', «price», 1)", .unknownColumn, "unknown column 'price'"),
        ("INSERT INTO plain VALUES ('2024', «sum(1)», 1)", .semantic, "sum() cannot stand in VALUES"),
        ("INSERT INTO «plain» (value) VALUES (1)", .semantic, "the designated timestamp 'ts' needs a value"),
        ("INSERT INTO plain (ts, «valeu») VALUES ('2024', 1)", .unknownColumn, "'plain' has no column 'valeu'"),
        ("INSERT INTO plain (ts, «ts») VALUES ('2024', 1)", .semantic, "the column 'ts' stands twice"),
        ("INSERT INTO «trades» (time, price) VALUES ('2024', 1)", .semantic, "the series key 'symbol' needs a value"),
        ("INSERT INTO «plain» SELECT time FROM trades", .semantic, "the SELECT gives 1 column, and 3 are wanted"),
        (
            "INSERT INTO «plain» SELECT time, side, id FROM trades", .type,
            "takes float64, and the SELECT's 'side' is symbol"
        ),
        ("DELETE FROM trades WHERE «price > 5»", .semantic, "DELETE can tell rows by time and series only"),
        ("DELETE FROM trades WHERE «symbol != 'A'»", .semantic, "DELETE can tell rows by time and series only"),
        ("DELETE FROM «system.tables» WHERE name = 'x'", .semantic, "tables of the process itself cannot be changed"),
        ("ALTER TABLE trades ADD COLUMN «price» float64", .semantic, "the table has a column 'price' already"),
        ("DROP TABLE «tradse»", .unknownTable, "unknown table 'tradse'"),
        ("DROP VIEW «trades»", .semantic, "'trades' is a table"),
        ("DROP VIEW «nope»", .unknownTable, "unknown view 'nope'"),
        ("CREATE VIEW «trades» AS SELECT 1 AS a FROM trades", .tableExists, "there is a table 'trades' already"),
        ("SHOW SYMBOLS FROM «plain»", .semantic, "'plain' has no series key"),
    ]

    @Test(arguments: mistakes)
    func mistakeIsToldWithItsPlace(_ marked: String, _ code: QueryError.Code, _ message: String) throws {
        let text = MarkedText(marked.replacing("system.x", with: "\"system.x\""))
        let error = try #require(failure(text.text))
        #expect(error.code == code && error.message.contains(message), "\(error.code) \(error)")
        if code != .syntax { #expect(error.span == text.span, "\(error)") }
    }

    // MARK: Rows

    @Test func valuesTakeTheTypesOfTheirColumns() throws {
        guard case .insert(let insert) = try command("INSERT INTO plain (value, ts) VALUES (1, '2024'), (NULL, 5)")
        else {
            return #expect(Bool(false))
        }
        #expect(insert.columns == [1, 0])
        let start = Scalar.timestamp(1_704_067_200_000_000_000)
        #expect(
            insert.content
                == .values([
                    [.literal(.float64(1), .float64), .literal(start, .timestamp)],
                    [.literal(.null, .float64), .literal(.timestamp(5), .timestamp)],
                ])
        )
    }

    @Test func deletionIsOfTimesAndSeries() throws {
        let text = "DELETE FROM trades WHERE time IN '2024-08-08' AND symbol IN ('A', 'B')"
        guard case .deleteRows(let delete) = try command(text) else { return #expect(Bool(false)) }
        #expect(delete.series == .named(["A", "B"]) && delete.times.count == 1)
        guard case .deleteRows(let none) = try command("DELETE FROM trades WHERE time < '2020' AND time > '2021'")
        else {
            return #expect(Bool(false))
        }
        #expect(none.times.isEmpty)
    }

    @Test(arguments: [
        ("CREATE TABLE t (a int64)", StatementClass.write), ("INSERT INTO plain VALUES ('2024', 1, 1)", .write),
        ("ALTER TABLE plain ADD COLUMN x int64", .write), ("CREATE VIEW v AS SELECT price FROM trades", .write),
        ("DROP TABLE plain", .admin), ("DROP TABLE IF EXISTS nope", .admin), ("TRUNCATE TABLE plain", .admin),
        ("DELETE FROM plain", .admin), ("DELETE FROM plain WHERE ts < '2024'", .admin),
        ("ALTER TABLE plain SET TTL 1d", .admin), ("SHOW CREATE TABLE plain", .read), ("SHOW SYMBOLS", .read),
    ])
    func statementHasItsClass(_ text: String, _ expected: StatementClass) throws {
        #expect(try QueryCompiler.compile(text, catalog: TestCatalog()).statementClass == expected)
    }
}
