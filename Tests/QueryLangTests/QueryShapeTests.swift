import Columnar
import QueryLang
import Testing

/// WITH, set operations, VALUES, sub-queries and the ranges of SAMPLE BY: how they print, bind and fail.
@Suite struct QueryShapeTests {
    @Test(
        arguments: [
            ("trades where price>1", "SELECT * FROM trades WHERE price > 1"),
            ("from trades limit 2*3", "SELECT * FROM trades LIMIT 6"),
            ("(select 1) order by 1", "SELECT * FROM (SELECT 1) ORDER BY 1"),
            ("(select 1 union select 2) limit 1", "SELECT 1 UNION SELECT 2 LIMIT 1"),
            ("select * from (select 1 union select 2)", "SELECT 1 UNION SELECT 2"),
            ("select 1 union (select 2 union select 3)", "SELECT 1 UNION (SELECT 2 UNION SELECT 3)"),
            ("(select 1 intersect select 2) except all select 3", "SELECT 1 INTERSECT SELECT 2 EXCEPT ALL SELECT 3"),
            ("(select 1 limit 1) union all select 2", "(SELECT 1 LIMIT 1) UNION ALL SELECT 2"),
            ("select * from (values (1,2)) v(a)", "SELECT * FROM (VALUES (1, 2)) AS v (a)"),
            ("with w as (values (1)) w", "WITH w AS (VALUES (1)) SELECT * FROM w"),
            ("select (select 1)+2, exists(select 1) from t", "SELECT (SELECT 1) + 2, EXISTS (SELECT 1) FROM t"),
            ("select ((select 1) + 2) * 3", "SELECT ((SELECT 1) + 2) * 3"),
            ("select a in ((select 1), 2)", "SELECT a IN ((SELECT 1), 2)"),
            ("select a in ((select 1) union select 2)", "SELECT a IN (SELECT 1 UNION SELECT 2)"),
            ("select * from a, b cross join c", "SELECT * FROM a CROSS JOIN b CROSS JOIN c"),
            ("select * from t latest by s where a", "SELECT * FROM t WHERE a LATEST BY s"),
            (
                "select sum(x) from t sample by 1M from '2024' to '2025' align to calendar time zone 'UTC' with offset '01:00'",
                "SELECT sum(x) FROM t SAMPLE BY 1M FROM '2024' TO '2025' ALIGN TO CALENDAR TIME ZONE 'UTC' WITH OFFSET '01:00'"
            ),
        ]
    )
    func queriesHaveOneText(text: String, canonical: String) throws {
        let statement = try Parser.parse(text)
        #expect(statement.text == canonical)
        #expect(try Parser.parse(canonical) == statement)
    }

    @Test(
        arguments: [
            (
                "SELECT id FROM trades UNION ALL SELECT bid FROM quotes",
                "from (from (trades | rows id | as id:int64) | rows coalesce(id) | as id:float64) union all "
                    + "(quotes | rows bid | as bid:float64) | rows id | as id:float64"
            ),
            (
                "SELECT * FROM (VALUES (1, NULL), (2.5, 'a')) AS v (x)",
                "from values (1.0,NULL) (2.5,'a') | rows column1 column2 | as x:float64"
            ),
            ("SELECT x FROM long_sequence(3)", "from 3 from 1 by 1 | rows x | as x:int64"),
            (
                "SELECT time, count() FROM trades SAMPLE BY 1d ALIGN TO CALENDAR TIME ZONE 'Europe/Berlin'",
                "sample 1 days in Europe/Berlin | fold count()"
            ),
            (
                "SELECT time, count() FROM trades SAMPLE BY 1h ALIGN TO CALENDAR TIME ZONE '+05:30'",
                "sample 3600000000000 origin 1969-12-31T18:30:00Z | fold count()"
            ),
            (
                "SELECT time, count() FROM trades SAMPLE BY 1h FROM '2024-01-01' TO '2024-01-02'",
                "times [2024-01-01T00:00:00Z,2024-01-02T00:00:00Z) | sample 3600000000000"
            ),
        ]
    )
    func queriesAreBound(text: String, summary: String) throws {
        let shown = try boundSelect(text).summary
        #expect(shown.contains(summary), "\(shown)")
    }

    @Test(
        arguments: [
            ("SELECT 1 UNION SELECT", "unexpected end of the query"),
            ("WITH a AS SELECT 1 SELECT 2", "unexpected SELECT"),
            ("WITH RECURSIVE a AS (SELECT 1) SELECT 2", "WITH RECURSIVE is not supported"),
            ("SELECT * FROM trades CROSS JOIN quotes ON (symbol)", "CROSS JOIN has no ON"),
            ("SELECT * FROM trades LIMIT price", "unexpected 'price'"),
            ("SELECT * FROM trades LIMIT 1 / 0", "the LIMIT does not fit int64"),
            ("SELECT * FROM trades ORDER BY price NULLS price", "unexpected 'price'"),
            (
                "SELECT avg(price) OVER (ORDER BY time NULLS FIRST) FROM trades",
                "NULLS FIRST and NULLS LAST cannot stand in OVER"
            ),
        ]
    )
    func mistakesAreTold(text: String, message: String) throws {
        do throws(QueryError) {
            _ = try QueryCompiler.compile(text, catalog: TestCatalog())
            Issue.record("\(text) is no mistake")
        } catch {
            #expect(error.message.contains(message), "\(error.message)")
        }
    }

    /// Queries of WITH are put in where they are used, so a short text could read very many tables.
    @Test func queriesOfWithAreCountedWhereTheyAreUsed() throws {
        var text = "WITH q0 AS (SELECT price FROM trades)"
        for level in 1...8 { text += ", q\(level) AS (SELECT a.price FROM q\(level - 1) a, q\(level - 1) b)" }
        #expect(throws: QueryError.self) {
            try QueryCompiler.compile(text + " SELECT * FROM q8", catalog: TestCatalog())
        }
        var chain = "WITH q0 AS (SELECT price FROM trades)"
        for level in 1...60 { chain += ", q\(level) AS (SELECT price + price AS price FROM q\(level - 1))" }
        #expect(throws: QueryError.self) {
            try QueryCompiler.compile(chain + " SELECT * FROM q60", catalog: TestCatalog())
        }
    }
}
