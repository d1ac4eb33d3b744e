import QueryLang
import Testing

/// Mistakes with windows and with the clauses of groups.
@Suite struct ClauseErrorTests {
    typealias Case = BindingErrorTests.Case

    static let windows: [Case] = [
        Case(
            "SELECT «row_number()» FROM trades",
            .semantic,
            "row_number() needs OVER",
            hint: "for example row_number() OVER (PARTITION BY … ORDER BY …)"
        ),
        Case(
            "SELECT abs(price) OVER «()» FROM trades",
            .semantic,
            "abs() looks at one row alone, so it takes no OVER"
        ),
        Case(
            "SELECT «ohlcv(price, size) OVER ()» FROM trades",
            .semantic,
            "ohlcv() expands to several columns (open, high, low, close, volume), so it cannot stand "
                + "within an expression",
            hint: "it can be an item of the select list"
        ),
        Case(
            "SELECT price FROM trades WHERE «lag(price)» > 1",
            .semantic,
            "lag() over a window cannot stand in WHERE",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT price FROM trades WHERE «sum(price) OVER ()» > 1",
            .semantic,
            "sum() over a window cannot stand in WHERE",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT count() FROM trades GROUP BY «lag(price)»",
            .semantic,
            "lag() over a window cannot stand in GROUP BY",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT «lag(price)» AS l, count() FROM trades GROUP BY l",
            .semantic,
            "lag() over a window cannot stand in GROUP BY",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT lag(price), count() FROM trades GROUP BY «1»",
            .semantic,
            "a call over a window cannot stand in GROUP BY"
        ),
        Case(
            "SELECT symbol, count() FROM trades GROUP BY symbol HAVING «row_number() OVER ()» > 1",
            .semantic,
            "row_number() over a window cannot stand in HAVING",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT symbol, count(), row_number() OVER () AS r FROM trades GROUP BY symbol HAVING «r "
                + "> 1»",
            .semantic,
            "a call over a window cannot stand in HAVING",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT lag(price, «-1») FROM trades",
            .semantic,
            "lag() takes a constant number of rows, 0 or more",
            hint: "it is lag(x, [n], [default])"
        ),
        Case(
            "SELECT lag(price, «id») FROM trades",
            .semantic,
            "lag() takes a constant number of rows, 0 or more",
            hint: "it is lag(x, [n], [default])"
        ),
        Case(
            "SELECT «sma(price)» FROM trades",
            .semantic,
            "sma() does not take 1 argument",
            hint: "it is sma(x, n)"
        ),
        Case(
            "SELECT sma(price, «0») FROM trades",
            .semantic,
            "sma() takes a constant number of rows, 1 or more",
            hint: "it is sma(x, n)"
        ),
        Case(
            "SELECT sma(«side», 5) FROM trades",
            .type,
            "sma() takes numeric, not symbol",
            hint: "it is sma(x, n)"
        ),
        Case(
            "SELECT lag(price, 1, «'x'») FROM trades",
            .type,
            "lag() does not take float64 and string together"
        ),
        Case(
            "SELECT lag(price) OVER («ROWS 5 PRECEDING») FROM trades",
            .semantic,
            "lag() takes no frame"
        ),
        Case(
            "SELECT sum(price) OVER (ORDER BY time «ROWS 5s PRECEDING») FROM trades",
            .semantic,
            "ROWS takes numbers of rows",
            hint: "write RANGE for intervals such as 5s"
        ),
        Case(
            "SELECT sum(price) OVER (ORDER BY «price» RANGE 5s PRECEDING) FROM trades",
            .semantic,
            "a RANGE of time needs ORDER BY of one timestamp",
            hint: "without ORDER BY it goes by the designated timestamp"
        ),
        Case(
            "SELECT sum(price) OVER (ORDER BY «time, id» RANGE 5s PRECEDING) FROM trades",
            .semantic,
            "a RANGE of time needs ORDER BY of one timestamp",
            hint: "without ORDER BY it goes by the designated timestamp"
        ),
        Case(
            "SELECT sum(price) OVER (ORDER BY «price» RANGE 5 PRECEDING) FROM trades",
            .semantic,
            "a RANGE of numbers needs ORDER BY of one int64 or timestamp",
            hint: "without ORDER BY it goes by the designated timestamp"
        ),
        Case(
            "SELECT sum(price) OVER («GROUPS 5 PRECEDING») FROM trades",
            .semantic,
            "GROUPS needs ORDER BY, which says what rows are equal",
            hint: "write ORDER BY into the window"
        ),
        Case(
            "SELECT sum(price) OVER («ROWS 5 PRECEDING EXCLUDE TIES») FROM trades",
            .semantic,
            "EXCLUDE TIES needs ORDER BY, which says what rows are equal",
            hint: "write ORDER BY into the window"
        ),
        Case(
            "SELECT sum(price) OVER (ORDER BY time «GROUPS 5s PRECEDING») FROM trades",
            .semantic,
            "GROUPS takes numbers of groups",
            hint: "write RANGE for intervals such as 5s"
        ),
        Case(
            "SELECT sum(price) OVER «w» FROM trades",
            .semantic,
            "unknown window 'w'",
            hint: "WINDOW name AS (…) after FROM gives windows names"
        ),
        Case(
            "SELECT sum(price) OVER («fats» ROWS 5 PRECEDING) FROM trades WINDOW fast AS (), slow AS ()",
            .semantic,
            "unknown window 'fats'",
            hint: "did you mean 'fast'?"
        ),
        Case(
            "SELECT price FROM trades WINDOW w AS (), «W» AS ()",
            .semantic,
            "the window 'W' stands twice"
        ),
        Case(
            "SELECT price FROM trades WINDOW a AS («b»), b AS ()",
            .semantic,
            "a window can start from one before it only",
            hint: "put the other one first"
        ),
        Case("SELECT price FROM trades WINDOW a AS («a»)", .semantic, "a window cannot start from itself"),
        Case(
            "SELECT «rank()» FROM trades",
            .semantic,
            "rank() needs OVER",
            hint: "for example rank() OVER (PARTITION BY … ORDER BY …)"
        ),
        Case(
            "SELECT ntile(«0») OVER () FROM trades",
            .semantic,
            "ntile() takes a constant number of rows, 1 or more",
            hint: "it is ntile(n)"
        ),
        Case(
            "SELECT «rank() IGNORE NULLS OVER ()» FROM trades",
            .semantic,
            "rank() takes no IGNORE NULLS",
            hint: "first_value, last_value, nth_value, lag and lead do"
        ),
        Case(
            "SELECT «sum(price) RESPECT NULLS» FROM trades",
            .semantic,
            "sum() takes no RESPECT NULLS",
            hint: "aggregates skip nulls"
        ),
        Case(
            "SELECT abs(price) FILTER (WHERE «size > 1») FROM trades",
            .semantic,
            "only aggregates take FILTER, and abs() is none"
        ),
        Case(
            "SELECT rank() FILTER (WHERE «size > 1») OVER () FROM trades",
            .semantic,
            "only aggregates take FILTER, and rank() is none"
        ),
        Case("SELECT sum(price) FILTER (WHERE «size») FROM trades", .type, "FILTER takes boolean, not float64"),
        Case(
            "SELECT sum(«lag(t.price)») FROM trades t JOIN quotes q ON (symbol)",
            .semantic,
            "lag() over a window cannot stand within sum()",
            hint: "compute it in a sub-query"
        ),
        Case(
            "SELECT sum(price) OVER («ROWS BETWEEN 5 FOLLOWING AND CURRENT ROW») FROM trades",
            .semantic,
            "the window ends before it begins"
        ),
        Case(
            "SELECT sum(price) OVER («ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW») FROM trades",
            .semantic,
            "the window ends before it begins"
        ),
        Case(
            "SELECT symbol, «lag(count())» FROM trades GROUP BY symbol",
            .semantic,
            "the groups have no time to go by",
            hint: "write OVER (ORDER BY …), or SAMPLE BY"
        ),
        Case(
            "SELECT symbol, «sum(count()) OVER (RANGE 5m PRECEDING)» FROM trades GROUP BY symbol",
            .semantic,
            "the groups have no time to go by",
            hint: "write OVER (ORDER BY …), or SAMPLE BY"
        ),
        Case(
            "SELECT x, «sum(x) OVER (RANGE 5m PRECEDING)» FROM (SELECT price AS x FROM trades)",
            .semantic,
            "a RANGE without ORDER BY goes by the designated timestamp, and FROM gives none",
            hint: "write ORDER BY into OVER"
        ),
        Case(
            "SELECT symbol, «sum(price) OVER ()», count() FROM trades GROUP BY symbol",
            .semantic,
            "the column 'price' is neither aggregated nor grouped by",
            hint: "add it to GROUP BY, or take last(price)"
        ),
        Case(
            "SELECT price FROM trades ORDER BY «sum(price) OVER (ORDER BY sum(size))»",
            .semantic,
            "ORDER BY has an aggregate, but the select list has none"
        ),
    ]

    static let groups: [Case] = [
        Case(
            "SELECT price FROM trades HAVING «price > 1»",
            .semantic,
            "HAVING needs GROUP BY, SAMPLE BY or an aggregate in the select list",
            hint: "WHERE asks rows"
        ),
        Case(
            "SELECT symbol, count() FROM trades HAVING «price» > 1",
            .semantic,
            "the column 'price' is neither aggregated nor grouped by",
            hint: "select it as a column of its own, or take last(price)"
        ),
        Case(
            "SELECT symbol, count() FROM trades HAVING «count()»",
            .type,
            "HAVING takes boolean, not int64"
        ),
        Case(
            "SELECT last(side), avg(price) FROM trades SAMPLE BY 1m FILL(«LINEAR»)",
            .type,
            "FILL(LINEAR) takes numbers and timestamps, and last() gives symbol",
            hint: "give each aggregate a value of its own, for example PREV"
        ),
        Case(
            "SELECT count(), avg(price) FROM trades SAMPLE BY 1m FILL(«NULL, NULL, NULL»)",
            .semantic,
            "FILL has 3 values for 2 aggregates",
            hint: "give one for all of them, or one for each in the order of the select list"
        ),
        Case(
            "SELECT count(), avg(price) FROM trades SAMPLE BY 1m FILL(«NONE», NULL)",
            .semantic,
            "FILL(NONE) stands alone: it is about whole buckets"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1m FILL(«1.5»)",
            .type,
            "cannot fill count(), which gives int64, with float64"
        ),
        Case(
            "SELECT max(time) FROM trades SAMPLE BY 1m FILL(«'never'»)",
            .type,
            "'never' is not a timestamp",
            hint: "write one like '2024-08-08', '2024-08-08T23:55' or '2024-08-08T23:55:10.5Z' "
                + "(years 1677 to 2262)"
        ),
        Case(
            "SELECT count() FROM (SELECT price FROM trades) «SAMPLE BY 1m»",
            .semantic,
            "SAMPLE BY needs a designated timestamp, and FROM gives none",
            hint: "a sub-query has one if it selects that of its source as it is"
        ),
    ]

    static let others: [Case] = [
        Case(
            "SELECT DISTINCT price FROM trades ORDER BY «time»",
            .semantic,
            "ORDER BY of a SELECT DISTINCT takes columns of the answer only",
            hint: "rows that are one in the answer may differ in what is not selected"
        ),
        Case(
            "SELECT DISTINCT price FROM trades ORDER BY «price + 1»",
            .semantic,
            "ORDER BY of a SELECT DISTINCT takes columns of the answer only",
            hint: "rows that are one in the answer may differ in what is not selected"
        ),
        Case(
            "SELECT price FROM (SELECT symbol, price FROM trades) «LATEST BY symbol»",
            .semantic,
            "LATEST needs a designated timestamp, and FROM gives none",
            hint: "a sub-query has one if it selects that of its source as it is"
        ),
        Case(
            "SELECT price FROM trades LIMIT «5 OFFSET -1»",
            .semantic,
            "LIMIT with OFFSET counts from the first row, so neither can be negative",
            hint: "LIMIT -10, -5 gives the rows from the tenth to the sixth from the end"
        ),
        Case(
            "SELECT «sum(DISTINCT price)» FROM trades",
            .semantic,
            "only count takes DISTINCT"
        ),
    ]

    @Test(arguments: windows + groups + others)
    func mistakeIsToldWithItsPlaceAndHint(_ case: Case) throws {
        let marked = MarkedText(`case`.marked)
        let error = try #require(failure(marked.text))
        #expect(error.code == `case`.code)
        #expect(error.message == `case`.message)
        #expect(error.span == marked.span)
        #expect(error.hint == `case`.hint)
    }
}
