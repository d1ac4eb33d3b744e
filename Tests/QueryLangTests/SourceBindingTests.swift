import Columnar
import QueryLang
import Testing

/// FROM: joins, sub-queries, and what their columns are called.
@Suite struct SourceBindingTests {
    typealias Case = BinderTests.Case

    static let joins: [Case] = [
        Case(
            "SELECT t.price, q.bid FROM trades t ASOF JOIN quotes q ON (symbol)",
            "from asof(trades, quotes on symbol=symbol) | rows price r.bid | as price:float64 "
                + "bid:float64"
        ),
        Case(
            "SELECT * FROM plain ASOF JOIN plain p",
            "from asof(plain, plain) | rows ts value order r.ts r.value r.order | as ts:timestamp "
                + "value:float64 order:int64 ts1:timestamp value1:float64 order1:int64"
        ),
        Case(
            "SELECT t.*, q.bid FROM trades t LT JOIN quotes q ON symbol TOLERANCE 5s",
            "from lt<5000000000(trades, quotes on symbol=symbol) | rows time symbol seq receive_time "
                + "id side price size note is_maker r.bid | as time:timestamp symbol:symbol seq:int64 "
                + "receive_time:timestamp id:int64 side:symbol price:float64 size:float64 note:string "
                + "is_maker:boolean bid:float64"
        ),
        Case(
            "SELECT price, bid, symbol FROM trades ASOF JOIN quotes ON (symbol) TOLERANCE '10' second",
            "from asof<10000000000(trades, quotes on symbol=symbol) | rows price r.bid symbol | as "
                + "price:float64 bid:float64 symbol:symbol"
        ),
        Case(
            "SELECT trades.time, quotes.time, bid FROM trades ASOF JOIN quotes ON trades.symbol = "
                + "quotes.symbol AND quotes.bid = trades.price",
            "from asof(trades, quotes on symbol=symbol,price=bid) | rows time r.time r.bid | as "
                + "time:timestamp time1:timestamp bid:float64"
        ),
        Case(
            "SELECT t.id FROM trades t JOIN quotes q ON t.symbol = q.symbol AND t.price > q.bid AND "
                + "q.ask = t.size",
            "from join(trades, quotes on symbol=symbol,size=ask if (price > r.bid)) | rows id | as "
                + "id:int64"
        ),
        Case(
            "SELECT t.id FROM trades t LEFT JOIN quotes q ON t.id = q.update_id",
            "from left(trades, quotes on id=update_id) | rows id | as id:int64"
        ),
        Case(
            "SELECT t.id FROM trades t LEFT OUTER JOIN quotes q ON t.note = q.symbol AND t.id = q.bid",
            "from left(trades, quotes on note=symbol,id=bid) | rows id | as id:int64"
        ),
        Case(
            "SELECT t.id FROM trades t JOIN quotes q ON true",
            "from join(trades, quotes) | rows id | as id:int64"
        ),
        Case(
            "SELECT t.id FROM trades t JOIN quotes q ON false OR t.id = 1",
            "from join(trades, quotes if (id = 1:int64)) | rows id | as id:int64"
        ),
        Case(
            "SELECT t.price, q.bid, f.mid FROM trades t ASOF JOIN quotes q ON (symbol) ASOF JOIN "
                + "book_features@v1 f ON (symbol)",
            "from asof(asof(trades, quotes on symbol=symbol), book_features@v1 on symbol=symbol) | "
                + "rows price r.bid r.mid | as price:float64 bid:float64 mid:float64"
        ),
        Case(
            "SELECT t.time, t.symbol, avg(q.bid), last(t.price) FROM trades t ASOF JOIN quotes q ON "
                + "(symbol) SAMPLE BY 1m",
            "from asof(trades, quotes on symbol=symbol) | sample 60000000000 | keys symbol | fold "
                + "avg(r.bid) last(price) | out bucket key0 agg0 agg1 | as time:timestamp symbol:symbol "
                + "avg:float64 last:float64"
        ),
        Case(
            "SELECT symbol, bid FROM trades t ASOF JOIN quotes q ON (symbol) WHERE q.bid > 1 LATEST "
                + "BY t.side, symbol",
            "from asof(trades, quotes on symbol=symbol) | where (r.bid > 1.0:float64) | latest by "
                + "side,symbol symbol r.bid | as symbol:symbol bid:float64"
        ),
    ]

    static let windowJoins: [Case] = [
        Case(
            "SELECT t.price, sum(q.bid_size), count(*) FROM trades t WINDOW JOIN quotes q ON "
                + "(symbol) RANGE BETWEEN 5s PRECEDING AND CURRENT ROW",
            "from window(trades, quotes on symbol=symbol -5000000000..0 prevailing fold "
                + "sum(r.bid_size) count()) | rows price w0 w1 | as price:float64 sum:float64 count:int64"
        ),
        Case(
            "SELECT time, price - avg(q.bid) AS d, avg(bid), sum(q.bid * t.size) FROM trades t "
                + "WINDOW JOIN quotes q ON (symbol) RANGE BETWEEN 5s PRECEDING AND 1 minute FOLLOWING "
                + "EXCLUDE PREVAILING ORDER BY max(q.ask), avg(q.bid) LIMIT 5",
            "from window(trades, quotes on symbol=symbol -5000000000..60000000000 fold avg(r.bid) "
                + "sum((r.bid * size)) max(r.ask)) | rows time (price - w0) w0 w1 w2 | as time:timestamp "
                + "d:float64 avg:float64 sum:float64 | order #4+ #2+ | limit 5"
        ),
        Case(
            "SELECT *, last(bid) FROM trades t WINDOW JOIN quotes q ON t.symbol = q.symbol RANGE "
                + "BETWEEN 10s PRECEDING AND 5s PRECEDING",
            "from window(trades, quotes on symbol=symbol -10000000000..-5000000000 prevailing fold "
                + "last(r.bid)) | rows time symbol seq receive_time id side price size note is_maker w0 | "
                + "as time:timestamp symbol:symbol seq:int64 receive_time:timestamp id:int64 side:symbol "
                + "price:float64 size:float64 note:string is_maker:boolean last:float64"
        ),
        Case(
            "SELECT time, symbol, ohlcv(q.bid, q.bid_size) AS x FROM trades t WINDOW JOIN quotes q "
                + "ON (symbol) RANGE BETWEEN 1s FOLLOWING AND 2s FOLLOWING",
            "from window(trades, quotes on symbol=symbol --1000000000..2000000000 prevailing fold "
                + "ohlcv(r.bid,r.bid_size)) | rows time symbol w0 w1 w2 w3 w4 | as time:timestamp "
                + "symbol:symbol x_open:float64 x_high:float64 x_low:float64 x_close:float64 "
                + "x_volume:float64"
        ),
    ]

    static let queries: [Case] = [
        Case(
            "SELECT price FROM (SELECT time, price FROM trades WHERE size > 1) WHERE price > 2",
            "from (trades | where (size > 1.0:float64) | rows time price | as time:timestamp "
                + "price:float64) | where (price > 2.0:float64) | rows price | as price:float64"
        ),
        Case(
            "SELECT q.p, time FROM (SELECT time, price AS p FROM trades) q ORDER BY q.time DESC",
            "from (trades | rows time price | as time:timestamp p:float64) | rows p time | as "
                + "p:float64 time:timestamp | order #1-"
        ),
        Case(
            "SELECT time, avg(p) FROM (SELECT time, symbol, price * size AS p FROM trades) SAMPLE BY "
                + "1m",
            "from (trades | rows time symbol (price * size) | as time:timestamp symbol:symbol "
                + "p:float64) | sample 60000000000 | fold avg(p) | out bucket agg0 | as time:timestamp "
                + "avg:float64"
        ),
        Case(
            "SELECT max(c) FROM (SELECT time, symbol, count() AS c FROM trades SAMPLE BY 1m) SAMPLE "
                + "BY 1h",
            "from (trades | sample 60000000000 | keys symbol | fold count() | out bucket key0 agg0 | "
                + "as time:timestamp symbol:symbol c:int64) | sample 3600000000000 | fold max(c) | out "
                + "agg0 | as max:int64"
        ),
        Case(
            "SELECT * FROM (SELECT * FROM (SELECT * FROM plain LIMIT 5) LIMIT 4) LIMIT 3",
            "from (from (plain | rows ts value order | as ts:timestamp value:float64 order:int64 | "
                + "limit 5) | rows ts value order | as ts:timestamp value:float64 order:int64 | limit 4) | "
                + "rows ts value order | as ts:timestamp value:float64 order:int64 | limit 3"
        ),
        Case(
            "SELECT time, diff(c) FROM (SELECT time, symbol, count() AS c FROM trades SAMPLE BY 1m)",
            "from (trades | sample 60000000000 | keys symbol | fold count() | out bucket key0 agg0 | "
                + "as time:timestamp symbol:symbol c:int64) | window0 diff1(c) by symbol order time+ | "
                + "rows time window0 | as time:timestamp diff:int64"
        ),
        Case(
            "SELECT x.symbol, y.c FROM trades x JOIN (SELECT symbol, count() AS c FROM trades) y ON "
                + "(symbol)",
            "from join(trades, (trades | keys symbol | fold count() | out key0 agg0 | as "
                + "symbol:symbol c:int64) on symbol=symbol) | rows symbol r.c | as symbol:symbol c:int64"
        ),
        Case(
            "SELECT symbol, c FROM trades x JOIN (SELECT symbol, count() AS c FROM trades) ON "
                + "(symbol)",
            "from join(trades, (trades | keys symbol | fold count() | out key0 agg0 | as "
                + "symbol:symbol c:int64) on symbol=symbol) | rows symbol r.c | as symbol:symbol c:int64"
        ),
        Case(
            "SELECT \"select\".value FROM \"plain\" \"select\" JOIN plain AS \"from\" ON \"select\".ts = "
                + "\"from\".ts",
            "from join(plain, plain on ts=ts) | rows value | as value:float64"
        ),
        Case(
            "SELECT lt.first, asof.window FROM (SELECT ts, value AS first FROM plain) AS lt ASOF "
                + "JOIN (SELECT ts AS range, value AS window FROM plain) AS asof",
            "from asof((plain | rows ts value | as ts:timestamp first:float64), (plain | rows ts "
                + "value | as range:timestamp window:float64)) | rows first r.window | as first:float64 "
                + "window:float64"
        ),
        Case(
            "SELECT x.order FROM plain x WHERE x.order > 1 ORDER BY x.order",
            "where (order > 1:int64) | rows order | as order:int64 | order #0+"
        ),
    ]

    @Test(arguments: joins) func joinsAreBound(_ case: Case) throws {
        #expect(try boundSelect(`case`.text).summary == `case`.summary)
    }

    @Test(arguments: windowJoins) func aggregatesOfARightSideBecomeColumnsOfTheJoin(_ case: Case) throws {
        #expect(try boundSelect(`case`.text).summary == `case`.summary)
    }

    @Test(arguments: queries) func columnsOfSubqueriesAreNamed(_ case: Case) throws {
        #expect(try boundSelect(`case`.text).summary == `case`.summary)
    }

}
