import QueryLang
import Testing

@Suite struct BindingErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let marked: String
        let code: QueryError.Code
        let message: String
        let hint: String?

        init(_ marked: String, _ code: QueryError.Code, _ message: String, hint: String? = nil) {
            self.marked = marked
            self.code = code
            self.message = message
            self.hint = hint
        }

        var testDescription: String { marked }
    }

    static let names: [Case] = [
        Case("SELECT * FROM «trade»", .unknownTable, "unknown table 'trade'", hint: "did you mean 'trades'?"),
        Case(
            "SELECT * FROM «\"1min/ohlc\"»",
            .unknownTable,
            "unknown table '1min/ohlc'",
            hint: "did you mean '1Min/OHLCV'?"
        ),
        Case("SELECT * FROM «book»", .unknownTable, "unknown table 'book'", hint: "did you mean 'book_features@v1'?"),
        Case("SHOW COLUMNS FROM «zebra»", .unknownTable, "unknown table 'zebra'", hint: "SHOW TABLES lists the tables"),
        Case("SELECT «prize» FROM trades", .unknownColumn, "unknown column 'prize'", hint: "did you mean 'price'?"),
        Case("SELECT «sym» FROM trades", .unknownColumn, "unknown column 'sym'", hint: "did you mean 'symbol'?"),
        Case(
            "SELECT «volume» FROM trades",
            .unknownColumn,
            "unknown column 'volume'",
            hint: "SHOW COLUMNS FROM trades lists the columns"
        ),
        Case(
            "SELECT «volume» FROM book_features@v1",
            .unknownColumn,
            "unknown column 'volume'",
            hint: "SHOW COLUMNS FROM book_features@v1 lists the columns"
        ),
        Case(
            "SELECT 1 FROM trades WHERE symbol = «\"BTC-USDT.BINANCE\"»",
            .unknownColumn,
            "unknown column 'BTC-USDT.BINANCE'",
            hint: "names stand in \"double quotes\", text in 'single quotes'"
        ),
        Case(
            "SELECT price * 2 AS p FROM trades WHERE «p» > 1",
            .unknownColumn,
            "unknown column 'p'",
            hint: "'p' is an alias of the select list, which WHERE does not see"
        ),
        Case(
            "SELECT price * 2 AS p, «p» FROM trades",
            .unknownColumn,
            "unknown column 'p'",
            hint: "'p' is an alias of the select list, which SELECT does not see"
        ),
        Case(
            "SELECT max(«prise») FROM trades",
            .unknownColumn,
            "unknown column 'prise'",
            hint: "did you mean 'price'?"
        ),
        Case(
            "SELECT price FROM trades ORDER BY «tim»",
            .unknownColumn,
            "unknown column 'tim'",
            hint: "did you mean 'time'?"
        ),
        Case(
            "SELECT sum(size) AS total, side FROM trades ORDER BY «totl»",
            .unknownColumn,
            "unknown column 'totl'",
            hint: "did you mean 'total'?"
        ),
        Case(
            "SELECT * FROM trades LATEST BY «symbl»",
            .unknownColumn,
            "unknown column 'symbl'",
            hint: "did you mean 'symbol'?"
        ),
        Case("SELECT * FROM trades LATEST ON «tim» PARTITION BY symbol", .unknownColumn, "unknown column 'tim'"),
        Case(
            "SELECT «summ»(size) FROM trades",
            .unknownFunction,
            "unknown function 'summ'",
            hint: "did you mean 'sum'?"
        ),
    ]

    static let types: [Case] = [
        Case(
            "SELECT 1 FROM trades WHERE symbol > «5»",
            .type,
            "cannot compare symbol with int64",
            hint: "text stands in single quotes, numbers without"
        ),
        Case("SELECT 1 FROM trades WHERE «'5'» = price", .type, "cannot compare string with float64"),
        Case("SELECT 1 FROM trades WHERE is_maker = «1»", .type, "cannot compare boolean with int64"),
        Case("SELECT 1 FROM trades WHERE time > «1.5»", .type, "cannot compare timestamp with float64"),
        Case("SELECT 1 FROM trades WHERE time = «side»", .type, "cannot compare timestamp with symbol"),
        Case(
            "SELECT 1 FROM trades WHERE 1 < price < «3»",
            .type,
            "cannot compare boolean with int64",
            hint: "comparisons do not chain; write a < b AND b < c"
        ),
        Case("SELECT 1 FROM trades WHERE time > «'yesterday'»", .type, "'yesterday' is not a timestamp"),
        Case("SELECT 1 FROM trades WHERE time IN «'2024-13'»", .type, "'2024-13' is not a timestamp"),
        Case("SELECT 1 FROM trades WHERE time IN ('2024', «'2024-02-30'»)", .type, "'2024-02-30' is not a timestamp"),
        Case("SELECT 1 FROM trades WHERE time BETWEEN '2024' AND «'x'»", .type, "'x' is not a timestamp"),
        Case("SELECT 1 FROM trades WHERE id IN (1, «'2'»)", .type, "cannot compare int64 with string"),
        Case("SELECT 1 FROM trades WHERE «price»", .type, "WHERE takes boolean, not float64"),
        Case("SELECT 1 FROM trades WHERE price > 1 AND «side»", .type, "AND takes boolean, not symbol"),
        Case("SELECT 1 FROM trades WHERE «id» OR price > 1", .type, "OR takes boolean, not int64"),
        Case("SELECT 1 FROM trades WHERE NOT «id»", .type, "NOT takes boolean, not int64"),
        Case("SELECT price + «side» FROM trades", .type, "'+' does not take float64 and symbol"),
        Case("SELECT «'a'» * price FROM trades", .type, "'*' does not take string and float64"),
        Case(
            "SELECT time + «1.5» FROM trades",
            .type,
            "'+' does not take timestamp and float64",
            hint: "timestamp ± int64 nanoseconds and timestamp - timestamp are allowed"
        ),
        Case("SELECT time + «time» FROM trades", .type, "'+' does not take timestamp and timestamp"),
        Case("SELECT «time» * 2 FROM trades", .type, "'*' does not take timestamp and int64"),
        Case("SELECT -«side» FROM trades", .type, "'-' takes a number, not symbol"),
        Case("SELECT «-'a'» FROM trades", .type, "'-' takes a number"),
        Case("SELECT sum(«side») FROM trades", .type, "sum() takes numeric, not symbol", hint: "it is sum(value)"),
        Case(
            "SELECT vwap(price, «time») FROM trades",
            .type,
            "vwap() takes numeric, not timestamp",
            hint: "it is vwap(price, size)"
        ),
        Case(
            "SELECT round(price, «1.5») FROM trades",
            .type,
            "round() takes int64, not float64",
            hint: "it is round(x, [digits])"
        ),
        Case(
            "SELECT coalesce(price, «side») FROM trades",
            .type,
            "coalesce() does not take float64 and symbol together"
        ),
        Case("SELECT «9223372036854775808» FROM trades", .type, "the integer does not fit int64"),
        Case("SELECT «-9223372036854775809» FROM trades", .type, "the integer does not fit int64"),
        Case("SELECT «9223372036854775807 + 1» FROM trades", .type, "the result does not fit int64"),
        Case("SELECT -(«-9223372036854775808») FROM trades", .type, "the result does not fit int64"),
    ]

    static let meaning: [Case] = [
        Case("SELECT 1 FROM trades WHERE «sum(size)» > 1", .semantic, "sum() cannot stand in WHERE"),
        Case("SELECT sum(«max(size)») FROM trades", .semantic, "max() cannot stand within sum()"),
        Case("SELECT sum(size) FROM trades GROUP BY «count()»", .semantic, "count() cannot stand in GROUP BY"),
        Case("SELECT «sum(size)» AS s FROM trades GROUP BY s", .semantic, "sum() cannot stand in GROUP BY"),
        Case("SELECT sum(size) FROM trades GROUP BY «1»", .semantic, "an aggregate cannot stand in GROUP BY"),
        Case("SELECT sum(size) FROM trades GROUP BY «2»", .semantic, "there is no column 2 in the answer: it has 1"),
        Case("SELECT sum(size) FROM trades GROUP BY «'x'»", .semantic, "GROUP BY a constant groups nothing"),
        Case(
            "SELECT «ohlcv(price, size)» + 1 FROM trades",
            .semantic,
            "ohlcv() expands to several columns (open, high, low, close, volume), so it cannot stand within an expression",
            hint: "it can be an item of the select list"
        ),
        Case("SELECT «sum()» FROM trades", .semantic, "sum() does not take 0 arguments", hint: "it is sum(value)"),
        Case(
            "SELECT «vwap(price)» FROM trades",
            .semantic,
            "vwap() does not take 1 argument",
            hint: "it is vwap(price, size)"
        ),
        Case("SELECT «abs(1, 2)» FROM trades", .semantic, "abs() does not take 2 arguments", hint: "it is abs(x)"),
        Case(
            "SELECT «coalesce()» FROM trades",
            .semantic,
            "coalesce() does not take 0 arguments",
            hint: "it is coalesce(value, …)"
        ),
        Case("SELECT «sum(*)» FROM trades", .semantic, "only count takes *"),
        Case("SELECT price AS p, size AS «P» FROM trades", .semantic, "the alias 'P' stands twice"),
        Case(
            "SELECT «*», count() FROM trades",
            .semantic,
            "* cannot stand with aggregates",
            hint: "name the columns to group by and aggregate the others, for example last(price)"
        ),
        Case(
            "SELECT «*» FROM trades SAMPLE BY 1m",
            .semantic,
            "* cannot stand with SAMPLE BY",
            hint: "name the columns to group by and aggregate the others, for example last(price)"
        ),
        Case("SELECT «*» FROM plain GROUP BY value", .semantic, "* cannot stand with GROUP BY"),
        Case(
            "SELECT time, price FROM trades «SAMPLE BY 1m»",
            .semantic,
            "SAMPLE BY needs an aggregate in the select list",
            hint: "for example last(price) or count()"
        ),
        Case(
            "SELECT «price», sum(size) FROM trades GROUP BY symbol",
            .semantic,
            "the column 'price' is neither aggregated nor grouped by",
            hint: "add it to GROUP BY, or take last(price)"
        ),
        Case(
            "SELECT sum(size) / «price» FROM trades",
            .semantic,
            "the column 'price' is neither aggregated nor grouped by",
            hint: "select it as a column of its own, or take last(price)"
        ),
        Case(
            "SELECT sum(size) FROM trades ORDER BY «price»",
            .semantic,
            "the column 'price' is neither aggregated nor grouped by"
        ),
        Case(
            "SELECT * FROM trades «LATEST BY symbol» SAMPLE BY 1m",
            .semantic,
            "LATEST cannot stand with aggregates, SAMPLE BY or GROUP BY"
        ),
        Case(
            "SELECT count() FROM trades «LATEST ON time PARTITION BY symbol»",
            .semantic,
            "LATEST cannot stand with aggregates, SAMPLE BY or GROUP BY"
        ),
        Case(
            "SELECT * FROM trades LATEST ON «receive_time» PARTITION BY symbol",
            .semantic,
            "LATEST ON takes the designated timestamp, 'time'"
        ),
        Case("SELECT price FROM trades ORDER BY «0»", .semantic, "there is no column 0 in the answer: it has 1"),
        Case("SELECT price FROM trades ORDER BY time, «2»", .semantic, "there is no column 2 in the answer: it has 1"),
        Case(
            "SELECT price FROM trades ORDER BY «'price'»",
            .semantic,
            "ORDER BY a constant orders nothing",
            hint: "name a column, or give its number"
        ),
        Case(
            "SELECT price FROM trades ORDER BY «sum(size)»",
            .semantic,
            "ORDER BY has an aggregate, but the select list has none"
        ),
        Case("SELECT 1 FROM trades WHERE id IN (1, «side»)", .type, "cannot compare int64 with symbol"),
    ]

    @Test(arguments: names + types + meaning) func mistakeIsToldWithItsPlaceAndHint(_ case: Case) throws {
        let marked = MarkedText(`case`.marked)
        let error = try #require(failure(marked.text))
        #expect(error.code == `case`.code)
        #expect(error.message == `case`.message)
        #expect(error.span == marked.span)
        if let hint = `case`.hint { #expect(error.hint == hint) }
    }

    @Test func errorListsTheNamesThereAre() throws {
        #expect(try #require(failure("SELECT x FROM plain")).expected == ["ts", "value", "order"])
        #expect(try #require(failure("SELECT vwp(1) FROM plain")).expected == ["vwap"])
        #expect(try #require(failure("SELECT 1 FROM x")).expected.contains("1Min/OHLCV"))
    }

    // MARK: Bounds

    private static func nested(_ open: String, _ core: String, _ close: String, _ count: Int) -> String {
        let text = String(repeating: open, count: count) + core + String(repeating: close, count: count)
        return "SELECT 1 FROM trades WHERE \(text)"
    }

    /// Sub-queries in one another.
    private static func nestedQuery(_ count: Int) -> String {
        String(repeating: "SELECT * FROM (", count: count) + "SELECT 1 FROM trades"
            + String(repeating: ")", count: count)
    }

    /// A table joined so often with others.
    private static func joined(_ count: Int) -> String {
        "SELECT p.value FROM plain p" + (0..<count).map { " JOIN plain q\($0) ON p.ts = q\($0).ts" }.joined()
    }

    private static func repeated(_ item: String, _ separator: String, _ count: Int) -> String {
        Array(repeating: item, count: count).joined(separator: separator)
    }

    /// A long text, of which a test shows the beginning.
    struct LongText: CustomTestStringConvertible, Sendable {
        let text: String
        init(_ text: String) { self.text = text }
        var testDescription: String { "\(text.prefix(60))… (\(text.utf8.count) bytes)" }
    }

    struct Bound: CustomTestStringConvertible, Sendable {
        let allowed: String
        let refused: String
        init(_ allowed: String, _ refused: String) {
            self.allowed = allowed
            self.refused = refused
        }
        var testDescription: String { LongText(refused).testDescription }
    }

    static let bounds: [Bound] = [
        Bound(nested("(", "true", ")", 198), nested("(", "true", ")", 200)),
        Bound(nested("NOT ", "true", "", 198), nested("NOT ", "true", "", 201)),
        Bound(
            "SELECT \(repeated("- ", "", 190))price FROM trades",
            "SELECT \(repeated("- ", "", 201))price FROM trades"
        ),
        Bound(
            "SELECT \(repeated("abs(", "", 190))price\(repeated(")", "", 190)) FROM trades",
            "SELECT \(repeated("abs(", "", 201))price\(repeated(")", "", 201)) FROM trades"
        ),
        Bound("SELECT \(repeated("1", "+", 200)) FROM trades", "SELECT \(repeated("1", "+", 201)) FROM trades"),
        Bound(
            "SELECT 1 FROM trades WHERE id IN (\(repeated("1", ",", 10_000)))",
            "SELECT 1 FROM trades WHERE id IN (\(repeated("1", ",", 10_001)))"
        ),
        Bound(
            "SELECT coalesce(\(repeated("1", ",", 100))) FROM trades",
            "SELECT coalesce(\(repeated("1", ",", 101))) FROM trades"
        ),
        Bound("SELECT \(repeated("1", ",", 1_000)) FROM trades", "SELECT \(repeated("1", ",", 1_001)) FROM trades"),
        Bound("SELECT \(repeated("*", ",", 100)) FROM trades", "SELECT \(repeated("*", ",", 101)) FROM trades"),
        Bound(
            "SELECT price FROM trades ORDER BY \(repeated("1", ",", 100))",
            "SELECT price FROM trades ORDER BY \(repeated("1", ",", 101))"
        ),
        Bound(
            "SELECT count() FROM trades GROUP BY \(repeated("side", ",", 100))",
            "SELECT count() FROM trades GROUP BY \(repeated("side", ",", 101))"
        ),
        Bound(nestedQuery(39), nestedQuery(40)),
        Bound(joined(63), joined(64)),
        Bound(
            "SELECT count() OVER (PARTITION BY \(repeated("id", ",", 100))) FROM trades",
            "SELECT count() OVER (PARTITION BY \(repeated("id", ",", 101))) FROM trades"
        ),
        Bound(
            "SELECT count() OVER (ORDER BY \(repeated("id", ",", 100))) FROM trades",
            "SELECT count() OVER (ORDER BY \(repeated("id", ",", 101))) FROM trades"
        ),
        Bound(
            "SELECT p.value FROM plain p JOIN plain q ON (\(repeated("value", ",", 100)))",
            "SELECT p.value FROM plain p JOIN plain q ON (\(repeated("value", ",", 101)))"
        ),
        Bound(
            "SELECT \(repeated("count()", ",", 1_000)) FROM trades SAMPLE BY 1m FILL(\(repeated("0", ",", 1_000)))",
            "SELECT \(repeated("count()", ",", 1_000)) FROM trades SAMPLE BY 1m FILL(\(repeated("0", ",", 1_001)))"
        ),
        Bound("SHOW TABLES" + repeated(" ", "", 65_536 - 11), "SHOW TABLES" + repeated(" ", "", 65_536 - 10)),
    ]

    @Test(arguments: bounds) func textBeyondABoundIsRefused(_ bound: Bound) throws {
        let isAllowed = failure(bound.allowed) == nil
        #expect(isAllowed)
        let error = try #require(failure(bound.refused))
        #expect(error.code == .limit)
        let span = try #require(error.span)
        #expect(span.start >= 0 && span.start <= span.end && span.end <= bound.refused.utf8.count)
    }

    /// The longest chains that the text bound allows, where trees could grow as high as the text is long.
    static let chains: [LongText] = [
        "SELECT 1 FROM trades WHERE \(repeated("a", " AND ", 10_000))",
        "SELECT 1 FROM trades WHERE \(repeated("is_maker", " OR ", 5_000))",
        "SELECT 1 FROM trades WHERE \(repeated("id=1", " OR ", 5_000))",
        "SELECT 1 FROM trades WHERE \(repeated("time=1", " OR ", 5_000))",
        "SELECT 1 FROM trades WHERE \(repeated("symbol='a'", " OR ", 3_000))",
        "SELECT \(repeated("1", "+", 32_000)) FROM trades",
        "SELECT 1 FROM trades WHERE \(repeated("(", "", 60_000))",
        "SELECT 1 FROM trades WHERE \(repeated("NOT ", "", 16_000))",
        "SELECT \(repeated("-(", "", 30_000))",
        "SELECT \(repeated("abs(", "", 16_000))",
        "SELECT \(repeated("a IN (", "", 10_000))",
        "SELECT \(repeated("a BETWEEN ", "", 6_000))",
        "SELECT \(repeated("1 = ", "", 16_000))",
        "SELECT \(repeated("a IS NULL ", "", 6_000))",
        "SELECT \(repeated("a IS NULL ", "IS NULL ", 6_000))",
        "SELECT 1 FROM trades WHERE id\(repeated(" IS NULL", "", 8_000))",
        "SELECT \(repeated("t.price", ",", 1_000)) FROM trades t WHERE \(repeated("t.price > q.x", " AND ", 3_000))",
        "\(repeated("SELECT * FROM (", "", 4_000))",
        "SELECT \(repeated("f() OVER (ORDER BY ", "", 3_000))",
        "SELECT \(repeated("count(DISTINCT ", "", 4_000))",
        "SELECT 1 FROM trades\(repeated(" JOIN trades ON true", "", 3_000))",
        "SELECT 1 FROM trades t JOIN quotes q ON \(repeated("t.id=q.bid", " AND ", 3_500))",
        "SELECT \(repeated("sma(price, 5)", "+", 190)) FROM trades ORDER BY \(repeated("lag(price, 5)", ",", 100))",
        "SELECT a FROM t JOIN q ON (\(repeated("(", "", 50_000))",
    ].map(LongText.init)

    @Test(arguments: chains) func longestChainsNeitherTrapNorOverflowTheStack(_ chain: LongText) throws {
        let text = chain.text
        if let error = failure(text), let span = error.span {
            #expect(span.start >= 0 && span.start <= span.end && span.end <= text.utf8.count)
        } else {
            let statement = try Parser.parse(text)
            let isSame = try Parser.parse(statement.text) == statement
            #expect(isSame)
        }
    }
}
