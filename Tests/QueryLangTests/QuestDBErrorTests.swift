import Columnar
import QueryLang
import Testing

/// Errors in the words of QuestDB, at its places.
@Suite struct QuestDBErrorTests {
    private struct Tables: CatalogReader {
        let tables: [TableSchema]

        init() {
            let trades = TableSchema(
                name: "trades",
                kind: .event,
                columns: [
                    Column("ts", declared: .timestampMicros), Column("sym", declared: .symbol),
                    Column("price", declared: .double), Column("n", declared: .int), Column("note", declared: .varchar),
                ],
                time: "ts",
                series: nil
            )
            let quotes = TableSchema(
                name: "quotes",
                kind: .event,
                columns: [
                    Column("ts", declared: .timestampMicros), Column("sym", declared: .symbol),
                    Column("bid", declared: .double),
                ],
                time: "ts",
                series: nil
            )
            tables = [trades, quotes].compactMap(\.self)
        }

        func schema(named name: String) -> TableSchema? { tables.first { $0.name == name.lowercased() } }
    }

    /// The place is marked by «.
    @Test(arguments: [
        ("SELECT «prize FROM trades", "Invalid column: prize"),
        ("SELECT n FROM trades WHERE «x > 1", "Invalid column: x"),
        ("SELECT n FROM trades t WHERE «t.x > 1", "Invalid column: t.x"),
        ("SELECT n FROM trades ORDER BY «x", "Invalid column: x"),
        ("SELECT «u.n FROM trades t", "Invalid table name or alias"),
        ("SELECT «sym FROM trades t JOIN quotes q ON t.ts = q.ts", "Ambiguous column [name=sym]"),
        ("SELECT * FROM «trade", "table does not exist [table=trade]"),
        ("SELECT * FROM trades JOIN «qoutes q ON q.sym = trades.sym", "table does not exist [table=qoutes]"),
        ("DROP TABLE «nothing", "table does not exist [table=nothing]"),
        (
            "SELECT «foo(price, n, sym, ts, note, 1.5, 'ab', 'a') FROM trades",
            "unknown function name: foo(DOUBLE,INT,SYMBOL,TIMESTAMP,VARCHAR,DOUBLE,STRING,CHAR)"
        ),
        ("SELECT «foo() FROM trades", "unknown function name: foo()"),
        ("SELECT «sum(sym) FROM trades", "there is no matching function `sum` with the argument types: (SYMBOL)"),
        (
            "SELECT «AVG(price, n) FROM trades",
            "there is no matching function `AVG` with the argument types: (DOUBLE, INT)"
        ),
        ("SELECT «first() FROM trades", "function `first` requires arguments"),
        (
            "SELECT price «+ sym FROM trades",
            "there is no matching operator `+` with the argument types: DOUBLE + SYMBOL"
        ),
        (
            "SELECT n FROM trades WHERE sym «> 5",
            "there is no matching operator `>` with the argument types: SYMBOL > INT"
        ),
        (
            "SELECT n FROM trades WHERE (price > 1) «= n",
            "there is no matching operator `=` with the argument types: BOOLEAN = INT"
        ),
        ("SELECT n FROM trades WHERE ts > «'yesterday'", "Invalid date [str=yesterday]"),
        ("SELECT n FROM trades WHERE «n", "boolean expression expected"),
        ("SELECT sum(«max(price)) FROM trades", "Aggregate function cannot be passed as an argument"),
        ("SELECT sym FROM trades GROUP BY sym, «sum(n)", "aggregate functions are not allowed in GROUP BY"),
        (
            "SELECT «price, sum(n) FROM trades GROUP BY sym",
            "column must appear in GROUP BY clause or aggregate function"
        ),
        ("SELECT ts FROM trades SAMPLE BY «1h", "at least one aggregation function must be present in 'select' clause"),
        ("SELECT «*, count() FROM trades SAMPLE BY 1h", "wildcard column select is not allowed in sample-by queries"),
        (
            "SELECT ts, count() FROM trades SAMPLE BY 1h ALIGN TO CALENDAR TIME ZONE «'No/SuchZone'",
            "invalid timezone: No/SuchZone"
        ),
        (
            "SELECT ts, count() FROM trades SAMPLE BY 1h ALIGN TO CALENDAR WITH OFFSET «'invalid'",
            "invalid offset: invalid"
        ),
        (
            "SELECT a.n FROM (SELECT n, sym FROM trades) a «ASOF JOIN quotes q ON a.sym = q.sym",
            "left side of time series join has no timestamp"
        ),
        (
            "SELECT n FROM trades «LT JOIN (SELECT sym, bid FROM quotes) q ON trades.sym = q.sym",
            "right side of time series join has no timestamp"
        ),
        ("SELECT 1 FROM trades t JOIN quotes «t ON t.sym = t.sym", "Duplicate table or alias: t"),
        (
            "SELECT «row_number() FROM trades",
            "window function called in non-window context, make sure to add OVER clause"
        ),
        ("SELECT n, price FROM trades ORDER BY «3", "order column position is out of range [max=2]"),
        ("CREATE TABLE «trades (ts timestamp)", "table already exists"),
        ("CREATE TABLE t (a int, «A long)", "Duplicate column [name=A]"),
        ("ALTER TABLE trades ADD COLUMN «n int", "column 'n' already exists"),
        ("SELECT n FROM trades WHERE n > 1 «)", "unexpected token [)]"),
        ("SELECT n FROM trades «5", "unexpected token [5]"),
        ("SELECT n FROM «", "table name or sub-query expected"),
    ])
    func anErrorIsToldAsQuestDBTellsIt(marked: String, message: String) throws {
        let mark = try #require(marked.firstIndex(of: "«"))
        let text = marked.replacing("«", with: "")
        do {
            _ = try QueryCompiler.compile(text, catalog: Tables(), dialect: .questdb)
            Issue.record("no error: \(text)")
        } catch {
            #expect(error.questDB?.message == message, "\(error)")
            let offset = error.questDB?.offset(in: text) ?? error.span?.start
            #expect(offset == marked[..<mark].utf8.count, "\(text): \(message)")
        }
    }

    @Test func ourOwnWordsStayWhatTheyAre() {
        do {
            _ = try QueryCompiler.compile("SELECT prize FROM trades", catalog: Tables(), dialect: .questdb)
        } catch {
            #expect(error.message == "unknown column 'prize'" && error.hint == "did you mean 'price'?")
        }
    }
}
