import QueryLang
import Testing

@Suite struct SyntaxErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let marked: String
        let message: String
        let hint: String?

        init(_ marked: String, _ message: String, hint: String? = nil) {
            self.marked = marked
            self.message = message
            self.hint = hint
        }

        var testDescription: String { marked }
    }

    static let cases: [Case] = [
        Case("«»", "unexpected end of the query"),
        Case("  -- nothing\n«»", "unexpected end of the query"),
        Case("«SELEC» * FROM trades", "unexpected 'SELEC'", hint: "did you mean SELECT?"),
        Case("«COPY» trades", "COPY is not supported"),
        Case("SELECT«»", "unexpected end of the query"),
        Case("SELECT «FROM» trades", "unexpected FROM"),
        Case("SELECT «,» FROM trades", "unexpected ','"),
        Case("SELECT price, «,» FROM trades", "unexpected ','"),
        Case(
            "SELECT price FRM «trades»",
            "unexpected 'trades'",
            hint: "'FRM' was read as an alias; did you mean FROM?"
        ),
        Case("SELECT price,«»", "unexpected end of the query"),
        Case("SELECT DISTINCT «DISTINCT» price FROM trades", "unexpected DISTINCT"),
        Case("SELECT DISTINCT «FROM» trades", "unexpected FROM"),
        Case(
            "SELECT price AS «order» FROM trades",
            "unexpected ORDER",
            hint: "ORDER is reserved; to use it as a name write \"order\""
        ),
        Case(
            "SELECT «group» FROM trades",
            "unexpected GROUP",
            hint: "GROUP is reserved; to use it as a name write \"group\""
        ),
        Case(
            "SELECT * FROM trades WHER «a» = 1",
            "unexpected 'a'",
            hint: "'WHER' was read as an alias; did you mean WHERE?"
        ),
        Case("SELECT * FROM trades t «WHER» a = 1", "unexpected 'WHER'", hint: "did you mean WHERE?"),
        Case("SELECT * FROM trades HAVING«»", "unexpected end of the query"),
        Case("SELECT * FROM trades UNION SELECT«»", "unexpected end of the query"),
        Case("SELECT * FROM trades WHERE «»", "unexpected end of the query"),
        Case("SELECT * FROM trades WHERE a =«»", "unexpected end of the query"),
        Case("SELECT * FROM trades WHERE (a = 1«»", "unexpected end of the query"),
        Case("SELECT * FROM trades WHERE a = 1«)»", "unexpected ')'"),
        Case("SELECT * FROM trades WHERE a =«=» 1", "unexpected '='"),
        Case("SELECT * FROM trades WHERE a NOT «=» 1", "unexpected '='"),
        Case(
            "SELECT * FROM trades WHERE a = «NOT» b",
            "unexpected NOT",
            hint: "put NOT and its operand in parentheses"
        ),
        Case("SELECT * FROM trades WHERE a IS «1»", "unexpected '1'"),
        Case("SELECT * FROM trades WHERE a IN «1»", "unexpected '1'"),
        Case("SELECT * FROM trades WHERE a IN («)»", "unexpected ')'"),
        Case("SELECT * FROM trades WHERE a BETWEEN 1 «OR» 2", "unexpected OR"),
        Case("SELECT * FROM trades WHERE a LIKE «»", "unexpected end of the query"),
        Case("SELECT * FROM trades WHERE a LIKE 'x' ESCAPE «'ab'»", "ESCAPE takes one character in quotes"),
        Case("SELECT * FROM trades WHERE a NOT «>» 1", "unexpected '>'"),
        Case("SELECT * FROM trades WHERE a IS NOT DISTINCT «1»", "unexpected '1'"),
        Case("SELECT CASE WHEN a «FROM» trades", "unexpected FROM"),
        Case("SELECT CASE end «FROM» trades", "unexpected FROM"),
        Case("SELECT CASE WHEN a THEN b ELSE c «FROM» trades", "unexpected FROM"),
        Case("SELECT CAST(a «,» int) FROM trades", "unexpected ','"),
        Case("SELECT a::«1» FROM trades", "unexpected '1'"),
        Case("SELECT INTERVAL '1' «lightyear» FROM trades", "unexpected 'lightyear'"),
        Case(
            "SELECT INTERVAL «'1 lightyear'» FROM trades",
            "'1 lightyear' is no length of time",
            hint: "write one like INTERVAL '1' month or INTERVAL '15 minutes'"
        ),
        Case("SELECT «$0» FROM trades", "there is no parameter $0", hint: "they are $1 to $10000"),
        Case("SELECT f(a «b») FROM trades", "unexpected 'b'"),
        Case("SELECT f(*«,» a) FROM trades", "unexpected ','"),
        Case("SELECT * FROM trades SAMPLE «1m»", "unexpected '1m'"),
        Case("SELECT * FROM trades SAMPLE BY 1«»", "unexpected end of the query"),
        Case("SELECT * FROM trades «FILL»(prev)", "unexpected FILL", hint: "FILL follows SAMPLE BY"),
        Case("SELECT * FROM trades LATEST «symbol»", "unexpected 'symbol'"),
        Case("SELECT * FROM trades LATEST ON time «BY» symbol", "unexpected BY"),
        Case("SELECT * FROM trades ORDER «price»", "unexpected 'price'"),
        Case("SELECT * FROM trades ORDER BY price «DSC»", "unexpected 'DSC'", hint: "did you mean DESC?"),
        Case("SELECT * FROM trades LIMIT -«x»", "unexpected 'x'"),
        Case("SELECT * FROM trades LIMIT «x»", "unexpected 'x'"),
        Case("SELECT * FROM trades LIMIT 5, 6«,» 7", "unexpected ','"),
        Case("SELECT * FROM trades LIMIT 1 «LIMIT» 2", "LIMIT stands twice"),
        Case(
            "SELECT * FROM trades LIMIT 1 «WHERE» a",
            "WHERE stands too late: the order is FROM, WHERE, "
                + "SAMPLE BY / GROUP BY / LATEST, HAVING, WINDOW, ORDER BY, LIMIT"
        ),
        Case(
            "SELECT symbol FROM trades GROUP BY symbol «WHERE» a",
            "WHERE stands too late: the order is FROM, WHERE, "
                + "SAMPLE BY / GROUP BY / LATEST, HAVING, WINDOW, ORDER BY, LIMIT"
        ),
        Case("SELECT * FROM trades t «trades»", "unexpected 'trades'"),
        Case("SHOW «TABLE»", "unexpected 'TABLE'", hint: "did you mean TABLES?"),
        Case("SHOW COLUMNS «trades»", "unexpected 'trades'"),
        Case("SHOW TABLES «x»", "unexpected 'x'"),
        Case("SHOW TABLES; «SHOW» TABLES", "one statement at a time", hint: "send them one by one"),
        // Words that the lexer refuses.
        Case("SELECT «'»abc FROM trades", "the text has no closing '", hint: "close it with '"),
        Case("SELECT «\"»abc FROM trades", "the quoted name has no closing \"", hint: "close it with \""),
        Case("SELECT «\"\"» FROM trades", "a name cannot be empty"),
        Case("SELECT a «/*» FROM trades", "the comment has no end", hint: "close it with */"),
        Case("SELECT «12abc» FROM trades", "'12abc' is neither a number nor an interval"),
        Case("SELECT «1.5m» FROM trades", "'1.5m' is neither a number nor an interval"),
        Case("SELECT «1.2.»3 FROM trades", "'1.2.' is neither a number nor an interval"),
        Case("SELECT * FROM trades SAMPLE BY «1Q»", "'1Q' is neither a number nor an interval"),
        Case("SELECT * FROM «1Min»/OHLCV", "unexpected '1Min'"),
        Case("SELECT «99999999999999999999» FROM trades", "the integer 99999999999999999999 is too large"),
        Case("SELECT «1e999» FROM trades", "the number is too large for float64"),
        Case(
            "SELECT price FROM trades WHERE symbol = «‘»BTC’",
            "unexpected character '‘'",
            hint: "text stands in straight quotes: 'text'"
        ),
        Case("SELECT a &«&» b FROM trades", "unexpected '&'", hint: "write AND"),
        Case("SELECT a.b«.»c FROM trades", "unexpected '.'"),
        Case(
            "SELECT a FROM file«.»csv",
            "unexpected '.'",
            hint: "a name with a dot in it stands in \"double quotes\""
        ),
        Case("SELECT «$»x FROM trades", "unexpected character '$'", hint: "a parameter is written $1 or :name"),
        Case("SELECT a «\u{0}» FROM trades", "unexpected character U+0"),
        Case("SELECT a «\u{A0}»FROM trades", "unexpected character U+A0"),
        Case("SELECT «😀» FROM trades", "unexpected character '😀'"),
        Case("SELECT a FROM trades SAMPLE BY «0s»", "an interval cannot be empty"),
        Case("SELECT a FROM trades SAMPLE BY «200000d»", "the interval is longer than 292 years"),
        Case("SELECT a FROM trades LIMIT «18446744073709551615»", "the LIMIT does not fit int64"),
    ]

    @Test(arguments: cases) func mistakeIsToldWithItsPlaceAndHint(_ case: Case) throws {
        let marked = MarkedText(`case`.marked)
        let error = try #require(failure(marked.text))
        #expect(error.message == `case`.message)
        #expect(error.span == marked.span)
        if let hint = `case`.hint { #expect(error.hint == hint) }
    }

    /// What could have stood at the mistake.
    static let expectations: [(String, [String])] = [
        ("", ["SELECT", "EXPLAIN", "SHOW", "CREATE", "INSERT", "ALTER", "DROP", "TRUNCATE", "DELETE", "BACKFILL"]),
        ("SELECT", ["an expression"]),
        ("SELECT price p trades", ["','", "FROM"]),
        ("SELECT * FROM", ["a table"]),
        (
            "SELECT * FROM trades t x",
            [
                "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "SPLICE", "ASOF", "LT", "WINDOW", "WHERE", "SAMPLE",
                "GROUP", "LATEST", "HAVING", "ORDER", "LIMIT", "';'",
            ]
        ),
        ("SELECT * FROM trades WHERE a x", ["SAMPLE", "GROUP", "LATEST", "HAVING", "WINDOW", "ORDER", "LIMIT", "';'"]),
        ("SELECT * FROM trades ORDER BY a x", ["ASC", "DESC", "NULLS", "','", "LIMIT", "';'"]),
        ("SELECT * FROM trades LIMIT 1 x", ["','", "OFFSET", "';'"]),
        ("SELECT f(a", ["','", "')'"]),
        (
            "SHOW x",
            ["TABLES", "VIEWS", "MATERIALIZED", "FUNCTIONS", "QUERIES", "FEATURES", "CREATE", "SYMBOLS", "COLUMNS"]
        ),
        ("SELECT a FROM t SAMPLE BY x", ["an interval such as 1m"]),
        ("SELECT a FROM t WHERE a NOT x", ["IN", "LIKE", "ILIKE", "BETWEEN"]),
        ("SELECT a FROM t LIMIT x", ["a whole number"]),
        ("SELECT a FROM t LATEST x", ["ON", "BY"]),
    ]

    @Test(arguments: expectations) func errorListsWhatCouldStandThere(text: String, expected: [String]) throws {
        #expect(try #require(failure(text)).expected == expected)
    }
}
