import QueryLang
import Testing

/// Joins, sub-queries, windows and the clauses of groups as text.
@Suite struct ClauseParserTests {
    /// Texts and what the printer makes of them.
    static let canonical: [(String, String)] = [
        // Names.
        ("select t.price, t.*, \"t\".\"order\" from trades t", "SELECT t.price, t.*, t.\"order\" FROM trades AS t"),
        ("SELECT t.order, t.from FROM t", "SELECT t.\"order\", t.\"from\" FROM t"),
        ("SELECT t . price FROM t", "SELECT t.price FROM t"),
        ("SELECT `a b`.* FROM 'a b'", "SELECT \"a b\".* FROM \"a b\""),
        (
            "SELECT first, range, rows, window, tolerance, lt, asof, partition, fill, \"over\" FROM t",
            "SELECT first, range, rows, window, tolerance, lt, asof, partition, fill, \"over\" FROM t"
        ),
        (
            "SELECT sample latest, latest sample, left offset, align none FROM lt AS asof WHERE fill = linear",
            "SELECT sample AS latest, latest AS sample, left AS offset, align AS none FROM lt AS asof WHERE fill = linear"
        ),
        (
            "SELECT range(first), row, current, unbounded FROM window GROUP BY rows, fill ORDER BY asc, desc DESC",
            "SELECT range(first), row, current, unbounded FROM window GROUP BY rows, fill ORDER BY asc, desc DESC"
        ),
        ("SELECT explain FROM analyze rows", "SELECT explain FROM analyze AS rows"),
        // Sub-queries.
        ("SELECT * FROM (select a from t)", "SELECT * FROM (SELECT a FROM t)"),
        (
            "SELECT q.a FROM (SELECT a FROM (SELECT * FROM t LIMIT 1) ORDER BY a) q WHERE a",
            "SELECT q.a FROM (SELECT a FROM (SELECT * FROM t LIMIT 1) ORDER BY a) AS q WHERE a"
        ),
        // Joins.
        ("SELECT * FROM a ASOF JOIN b", "SELECT * FROM a ASOF JOIN b"),
        ("SELECT * FROM a x asof join b y on id", "SELECT * FROM a AS x ASOF JOIN b AS y ON (id)"),
        ("SELECT * FROM a LT JOIN b ON ((id)) TOLERANCE 2SECONDS", "SELECT * FROM a LT JOIN b ON (id) TOLERANCE 2s"),
        (
            "SELECT * FROM a ASOF JOIN b ON (k, l) TOLERANCE '10' second LT JOIN c TOLERANCE 1 Hour",
            "SELECT * FROM a ASOF JOIN b ON (k, l) TOLERANCE 10s LT JOIN c TOLERANCE 1h"
        ),
        ("SELECT * FROM a INNER JOIN b ON (a.k = b.k)", "SELECT * FROM a JOIN b ON a.k = b.k"),
        ("SELECT * FROM a JOIN b ON (k) = l", "SELECT * FROM a JOIN b ON k = l"),
        ("SELECT * FROM a JOIN b ON (k) AND (l)", "SELECT * FROM a JOIN b ON k AND l"),
        ("SELECT * FROM a JOIN b ON (k) WHERE l", "SELECT * FROM a JOIN b ON (k) WHERE l"),
        (
            "SELECT * FROM a LEFT OUTER JOIN (SELECT k FROM b) ON a.k = 1 AND b.l IN (1) LEFT JOIN c ON c",
            "SELECT * FROM a LEFT JOIN (SELECT k FROM b) ON a.k = 1 AND b.l IN (1) LEFT JOIN c ON (c)"
        ),
        (
            "SELECT sum(b.x) FROM a WINDOW JOIN b ON k RANGE BETWEEN 1 minute PRECEDING AND CURRENT ROW",
            "SELECT sum(b.x) FROM a WINDOW JOIN b ON (k) RANGE BETWEEN 1m PRECEDING AND CURRENT ROW INCLUDE PREVAILING"
        ),
        (
            "SELECT sum(x) FROM a WINDOW JOIN b RANGE 5s PRECEDING EXCLUDE PREVAILING",
            "SELECT sum(x) FROM a WINDOW JOIN b RANGE BETWEEN 5s PRECEDING AND CURRENT ROW EXCLUDE PREVAILING"
        ),
        // Calls.
        ("SELECT count(DISTINCT a + 1), f() FROM t", "SELECT count(DISTINCT a + 1), f() FROM t"),
        ("SELECT avg(a) over () FROM t", "SELECT avg(a) OVER () FROM t"),
        (
            "SELECT sum(a) OVER (PARTITION BY b, c+1 ORDER BY d desc, e ROWS 5 PRECEDING) x FROM t",
            "SELECT sum(a) OVER (PARTITION BY b, c + 1 ORDER BY d DESC, e ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) AS x FROM t"
        ),
        (
            "SELECT count(*) OVER (RANGE '10' second PRECEDING), -lag(a, 1) OVER (ORDER BY b) * 2 FROM t",
            "SELECT count(*) OVER (RANGE BETWEEN 10s PRECEDING AND CURRENT ROW), -lag(a, 1) OVER (ORDER BY b) * 2 FROM t"
        ),
        (
            "SELECT f(a) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t",
            "SELECT f(a) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t"
        ),
        (
            "SELECT f(a) OVER (PARTITION BY a RANGE BETWEEN '5s' PRECEDING AND 3 minutes FOLLOWING) FROM t",
            "SELECT f(a) OVER (PARTITION BY a RANGE BETWEEN 5s PRECEDING AND 3m FOLLOWING) FROM t"
        ),
        (
            "SELECT f(a) OVER (ROWS CURRENT ROW) FROM t",
            "SELECT f(a) OVER (ROWS BETWEEN CURRENT ROW AND CURRENT ROW) FROM t"
        ),
        (
            "SELECT lag(a ignore nulls) over w, first_value(a) respect nulls OVER (w), sum(a) filter (where b) FROM t "
                + "window W as (partition by b), \"rows\" AS (w order by c cumulative exclude no others)",
            "SELECT lag(a) IGNORE NULLS OVER w, first_value(a) RESPECT NULLS OVER w, sum(a) FILTER (WHERE b) FROM t "
                + "WINDOW W AS (PARTITION BY b), rows AS (w ORDER BY c ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        ),
        (
            "SELECT f(a) OVER (\"rows\" GROUPS 2 PRECEDING EXCLUDE TIES), f(a) OVER (ORDER BY b RANGE 5 PRECEDING exclude "
                + "group) FROM t WINDOW w AS () ORDER BY a",
            "SELECT f(a) OVER (\"rows\" GROUPS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE TIES), f(a) OVER (ORDER BY b "
                + "RANGE BETWEEN 5 PRECEDING AND CURRENT ROW EXCLUDE GROUP) FROM t WINDOW w AS () ORDER BY a"
        ),
        (
            "SELECT sum(a) OVER window ignore FROM t WINDOW window AS ()",
            "SELECT sum(a) OVER window AS ignore FROM t WINDOW window AS ()"
        ),
        // Clauses of groups.
        ("SELECT count() FROM t SAMPLE BY 5 minutes", "SELECT count() FROM t SAMPLE BY 5m"),
        ("SELECT count() FROM t SAMPLE BY '1' DAY FILL(prev)", "SELECT count() FROM t SAMPLE BY 1d FILL(PREV)"),
        (
            "SELECT count() FROM t sample by 1h fill(none, null, Linear, -1, 1.5, 'x', + 2) align to CALENDAR",
            "SELECT count() FROM t SAMPLE BY 1h FILL(NONE, NULL, LINEAR, -1, 1.5, 'x', 2)"
        ),
        (
            "SELECT count() FROM t SAMPLE BY 1microsecond ALIGN TO FIRST OBSERVATION GROUP BY a",
            "SELECT count() FROM t SAMPLE BY 1us ALIGN TO FIRST OBSERVATION GROUP BY a"
        ),
        (
            "SELECT DISTINCT a, count() FROM t GROUP BY a HAVING count() > 1 AND a ORDER BY a",
            "SELECT DISTINCT a, count() FROM t GROUP BY a HAVING count() > 1 AND a ORDER BY a"
        ),
        ("SELECT * FROM t LATEST ON t.ts PARTITION BY t.a, b", "SELECT * FROM t LATEST ON t.ts PARTITION BY t.a, b"),
        // LIMIT.
        ("SELECT * FROM t LIMIT 0, 5", "SELECT * FROM t LIMIT 5"),
        ("SELECT * FROM t LIMIT - 5", "SELECT * FROM t LIMIT -5"),
        ("SELECT * FROM t LIMIT -5, -2", "SELECT * FROM t LIMIT -5, -2"),
        ("SELECT * FROM t LIMIT 5 OFFSET 2", "SELECT * FROM t LIMIT 2, 7"),
        (
            "SELECT * FROM t LIMIT 5 OFFSET 9223372036854775807",
            "SELECT * FROM t LIMIT 9223372036854775807, 9223372036854775807"
        ),
        // EXPLAIN.
        ("explain select * from t", "EXPLAIN SELECT * FROM t"),
        ("EXPLAIN analyze SELECT explain FROM t;", "EXPLAIN ANALYZE SELECT explain FROM t"),
    ]

    @Test(arguments: canonical) func textHasItsCanonicalForm(text: String, printed: String) throws {
        let statement = try Parser.parse(text)
        #expect(statement.text == printed)
        #expect(try Parser.parse(printed) == statement)
    }

    @Test func everyNodeHasItsSpan() throws {
        let text = """
            SELECT x.* , sum(a) OVER ( ORDER BY b DESC ROWS 5 PRECEDING ) AS s FROM t AS x ASOF JOIN ( SELECT a FROM u ) y \
            ON (k) SAMPLE BY 1 minute FILL( PREV , -1 ) HAVING x.a > 1 LIMIT -1 , 5
            """
        func part(_ span: SourceSpan) -> String {
            String(decoding: Array(text.utf8)[span.start..<span.end], as: UTF8.self)
        }
        guard case .select(let select) = try Parser.parse(text).kind,
            case .expression(let item, _) = select.items[1].kind, case .call(let call) = item.kind
        else { return #expect(Bool(false)) }
        #expect(part(select.items[0].span) == "x.*")
        #expect(part(item.span) == "sum(a) OVER ( ORDER BY b DESC ROWS 5 PRECEDING )")
        #expect(call.window.map { part($0.span) } == "( ORDER BY b DESC ROWS 5 PRECEDING )")
        #expect(call.window?.order.map { part($0.span) } == ["b DESC"])
        #expect((call.window?.frame).map { part($0.span) } == "ROWS 5 PRECEDING")
        #expect(part(select.source.span) == "t AS x")
        #expect(select.joins.map { part($0.span) } == ["ASOF JOIN"])
        #expect(select.joins.map { part($0.source.span) } == ["( SELECT a FROM u ) y"])
        #expect(select.sampleBy.map { part($0.span) } == "SAMPLE BY 1 minute")
        #expect(select.sampleBy?.fills.map { part($0.span) } == ["PREV", "-1"])
        #expect((select.having?.kind.children.first).map { part($0.span) } == "x.a")
        #expect(select.limit.map { part($0.span) } == "-1 , 5")
    }

    /// Every word that is a keyword and no reserved one is a name wherever a name can stand.
    @Test(arguments: [
        "sample", "fill", "align", "latest", "asof", "lt", "inner", "left", "window", "tolerance", "range", "offset",
        "using",
        "outer", "partition", "rows", "unbounded", "preceding", "following", "current", "row", "include", "exclude",
        "prevailing", "none", "prev", "linear", "to", "calendar", "first", "observation", "asc", "desc", "show",
        "tables",
        "columns", "explain", "analyze", "cross", "full", "right", "time", "zone",
    ]) func wordOfAClauseIsAName(word: String) throws {
        let texts = [
            "SELECT \(word), \(word) AS \(word), \(word) \(word), \(word).\(word), \(word).* FROM \(word) AS \(word)",
            "SELECT \(word)(\(word)) FROM \(word) WHERE \(word) GROUP BY \(word) HAVING \(word) ORDER BY \(word), \(word) DESC",
            "SELECT a FROM \(word) SAMPLE BY 1m GROUP BY \(word)",
            "SELECT a FROM \(word) LATEST ON \(word) PARTITION BY \(word), \(word).\(word)",
            "SELECT a FROM \(word) ASOF JOIN \(word) ON (\(word), \(word)) TOLERANCE 1s JOIN \(word) ON \(word).\(word)",
            "SELECT f(a) OVER (PARTITION BY \(word), \(word) ORDER BY \(word), \(word) DESC ROWS 5 PRECEDING) FROM t",
            "SHOW COLUMNS FROM \(word)",
        ]
        for text in texts {
            let statement = try Parser.parse(text)
            #expect(try Parser.parse(statement.text) == statement)
            // Quotes change nothing.
            let quoted = text.replacing(word, with: "\"\(word)\"")
            #expect(try Parser.parse(quoted) == statement, "\(text)")
        }
    }
}
