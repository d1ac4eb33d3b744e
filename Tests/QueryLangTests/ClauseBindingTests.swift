import Columnar
import QueryLang
import Testing

/// DISTINCT, FILL, ALIGN TO, HAVING, LATEST and LIMIT.
@Suite struct ClauseBindingTests {
    typealias Case = BinderTests.Case

    static let clauses: [Case] = [
        Case(
            "SELECT symbol, sum(size) AS total FROM trades HAVING total > 10 AND count() > 5",
            "keys symbol | fold sum(size) count() | having ((agg0 > 10.0:float64) AND (agg1 > "
                + "5:int64)) | out key0 agg0 | as symbol:symbol total:float64"
        ),
        Case(
            "SELECT symbol, side, sum(size) AS size FROM trades GROUP BY symbol, side HAVING size > "
                + "10 AND symbol != 'A' ORDER BY -size",
            "keys symbol side | fold sum(size) | having ((agg0 > 10.0:float64) AND (key0 != "
                + "'A':symbol)) | out key0 key1 agg0 -(agg0) | as symbol:symbol side:symbol size:float64 | "
                + "order #3+"
        ),
        Case(
            "SELECT symbol FROM trades GROUP BY symbol HAVING max(price) - min(price) > 5 AND symbol "
                + "IN ('A')",
            "keys symbol | fold max(price) min(price) | having (((agg0 - agg1) > 5.0:float64) AND "
                + "(key0 in 'A')) | out key0 | as symbol:symbol"
        ),
        Case(
            "SELECT time, count() FROM trades SAMPLE BY 1m HAVING time >= '2024' AND count() > 3",
            "sample 60000000000 | fold count() | having ((bucket >= 2024-01-01T00:00:00Z:timestamp) "
                + "AND (agg0 > 3:int64)) | out bucket agg0 | as time:timestamp count:int64"
        ),
        Case(
            "SELECT DISTINCT symbol, side FROM trades ORDER BY side DESC, 1",
            "rows symbol side | as symbol:symbol side:symbol | distinct | order #1- #0+"
        ),
        Case(
            "SELECT DISTINCT symbol, count() FROM trades SAMPLE BY 1h ORDER BY count()",
            "sample 3600000000000 | keys symbol | fold count() | out key0 agg0 | as symbol:symbol "
                + "count:int64 | distinct | order #1+"
        ),
        Case(
            "SELECT * FROM trades LIMIT -5",
            "rows time symbol seq receive_time id side price size note is_maker | as time:timestamp "
                + "symbol:symbol seq:int64 receive_time:timestamp id:int64 side:symbol price:float64 "
                + "size:float64 note:string is_maker:boolean | limit -5.."
        ),
        Case(
            "SELECT * FROM plain LIMIT 2, 5",
            "rows ts value order | as ts:timestamp value:float64 order:int64 | limit 2..5"
        ),
        Case(
            "SELECT * FROM plain LIMIT -10, -3",
            "rows ts value order | as ts:timestamp value:float64 order:int64 | limit -10..-3"
        ),
        Case(
            "SELECT * FROM plain LIMIT 10 OFFSET 20",
            "rows ts value order | as ts:timestamp value:float64 order:int64 | limit 20..30"
        ),
        Case(
            "SELECT * FROM plain LIMIT 2, -1",
            "rows ts value order | as ts:timestamp value:float64 order:int64 | limit 2..-1"
        ),
        Case(
            "SELECT time, last(price), sum(size), count() FROM trades SAMPLE BY 1m FILL(PREV)",
            "sample 60000000000 fill prev,prev,prev | fold last(price) sum(size) count() | out "
                + "bucket agg0 agg1 agg2 | as time:timestamp last:float64 sum:float64 count:int64"
        ),
        Case(
            "SELECT time, last(price), sum(size), count() FROM trades SAMPLE BY 1 minute "
                + "FILL(LINEAR, NULL, 0) ALIGN TO FIRST OBSERVATION",
            "sample 60000000000 first fill linear,null,0 | fold last(price) sum(size) count() | out "
                + "bucket agg0 agg1 agg2 | as time:timestamp last:float64 sum:float64 count:int64"
        ),
        Case(
            "SELECT time, last(price), max(time), first(note), min(price) FROM trades SAMPLE BY '30' "
                + "seconds FILL(-1, '2024', 'x', 7.5) ALIGN TO CALENDAR",
            "sample 30000000000 fill -1.0,2024-01-01T00:00:00Z,'x',7.5 | fold last(price) max(time) "
                + "first(note) min(price) | out bucket agg0 agg1 agg2 agg3 | as time:timestamp "
                + "last:float64 max:timestamp first:string min:float64"
        ),
        Case(
            "SELECT time, ohlcv(price, size), count() FROM trades SAMPLE BY 1h FILL(PREV, 0)",
            "sample 3600000000000 fill prev,0 | fold ohlcv(price,size) count() | out bucket agg0 "
                + "agg0.1 agg0.2 agg0.3 agg0.4 agg1 | as time:timestamp open:float64 high:float64 "
                + "low:float64 close:float64 volume:float64 count:int64"
        ),
        Case(
            "SELECT time, last(price) + last(price), count() FROM trades SAMPLE BY 1h FILL(PREV, "
                + "PREV, 0) HAVING sum(size) > 1",
            "sample 3600000000000 fill prev,prev,0,null | fold last(price) last(price) count() "
                + "sum(size) | having (agg3 > 1.0:float64) | out bucket (agg0 + agg1) agg2 | as "
                + "time:timestamp column:float64 count:int64"
        ),
        Case(
            "SELECT time, last(price) FROM trades SAMPLE BY 5m FILL(NONE)",
            "sample 300000000000 | fold last(price) | out bucket agg0 | as time:timestamp "
                + "last:float64"
        ),
        Case(
            "SELECT time, last(price) FROM trades SAMPLE BY 5m ALIGN TO FIRST OBSERVATION",
            "sample 300000000000 first | fold last(price) | out bucket agg0 | as time:timestamp "
                + "last:float64"
        ),
        Case(
            "SELECT t.side, sum(t.size) FROM trades t GROUP BY t.side ORDER BY t.side",
            "keys side | fold sum(size) | out key0 agg0 | as side:symbol sum:float64 | order #0+"
        ),
        Case(
            "SELECT t.symbol, count() FROM trades t JOIN quotes q ON t.symbol = q.symbol GROUP BY "
                + "symbol",
            "from join(trades, quotes on symbol=symbol) | keys symbol | fold count() | out key0 agg0 "
                + "| as symbol:symbol count:int64"
        ),
        Case(
            "SELECT first, \"order\" FROM (SELECT value AS first, \"order\" FROM plain)",
            "from (plain | rows value order | as first:float64 order:int64) | rows first order | as "
                + "first:float64 order:int64"
        ),
        Case(
            "SELECT sum(size), sum(size) FROM trades SAMPLE BY 1m FILL(PREV, 0) HAVING sum(size) > 0 "
                + "ORDER BY sum(size)",
            "sample 60000000000 fill prev,0.0 | fold sum(size) sum(size) | having (agg0 > "
                + "0.0:float64) | out agg0 agg1 | as sum:float64 sum1:float64 | order #0+"
        ),
        Case(
            "SELECT time, avg(price) FROM trades SAMPLE BY 1m FILL(LINEAR) HAVING count() > 1",
            "sample 60000000000 fill linear,linear | fold avg(price) count() | having (agg1 > 1:int64) "
                + "| out bucket agg0 | as time:timestamp avg:float64"
        ),
        Case(
            "SELECT * FROM trades LATEST BY side",
            "latest by side time symbol seq receive_time id side price size note is_maker | as "
                + "time:timestamp symbol:symbol seq:int64 receive_time:timestamp id:int64 side:symbol "
                + "price:float64 size:float64 note:string is_maker:boolean"
        ),
        Case(
            "SELECT id FROM trades LATEST ON time PARTITION BY symbol, side, symbol LIMIT -1",
            "latest by symbol,side id | as id:int64 | limit -1.."
        ),
        Case(
            "SELECT value FROM plain p LATEST ON p.ts PARTITION BY p.order",
            "latest by order value | as value:float64"
        ),
    ]

    @Test(arguments: clauses) func clausesAreBound(_ case: Case) throws {
        #expect(try boundSelect(`case`.text).summary == `case`.summary)
    }

}
