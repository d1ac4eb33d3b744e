import Columnar
import QueryLang
import Testing

/// Calls over windows, with OVER and without.
@Suite struct WindowBindingTests {
    typealias Case = BinderTests.Case

    static let calls: [Case] = [
        Case(
            "SELECT price, avg(price) OVER () FROM trades",
            "window0 avg(price) | rows price window0 | as price:float64 avg:float64"
        ),
        Case(
            "SELECT avg(price) OVER (PARTITION BY symbol ORDER BY time) AS a, avg(price) OVER "
                + "(PARTITION BY symbol ORDER BY time) + 1 AS b FROM trades",
            "window0 avg(price) by symbol order time+ range ..0 | rows window0 (window0 + "
                + "1.0:float64) | as a:float64 b:float64"
        ),
        Case(
            "SELECT avg(price) OVER (ROWS 100 PRECEDING), sum(size) OVER (RANGE 5m PRECEDING), "
                + "count(*) OVER (PARTITION BY side RANGE BETWEEN '10' second PRECEDING AND 1 minute "
                + "FOLLOWING) FROM trades",
            "window0 avg(price) rows -100..0 | window1 sum(size) order time+ range -300000000000..0 "
                + "| window2 count() by side order time+ range -10000000000..+60000000000 | rows window0 "
                + "window1 window2 | as avg:float64 sum:float64 count:int64"
        ),
        Case(
            "SELECT sum(size) OVER (ORDER BY receive_time RANGE BETWEEN 5s PRECEDING AND CURRENT "
                + "ROW), max(id) OVER (ORDER BY price DESC, id ROWS BETWEEN UNBOUNDED PRECEDING AND "
                + "UNBOUNDED FOLLOWING) FROM trades",
            "window0 sum(size) order receive_time+ range -5000000000..0 | window1 max(id) order "
                + "price-,id+ | rows window0 window1 | as sum:float64 max:int64"
        ),
        Case(
            "SELECT row_number() OVER (), row_number() OVER (PARTITION BY side ORDER BY price DESC), "
                + "lag(price) OVER (ORDER BY time), lead(note, 2, 'none') OVER (PARTITION BY symbol ORDER "
                + "BY time), lag(id, 1, 0) OVER (ORDER BY id), lag(price, 2, 1) OVER (ORDER BY time) FROM "
                + "trades",
            "window0 row_number() | window1 row_number() by side order price- | window2 lag1(price) "
                + "order time+ | window3 lead2(note,'none':string) by symbol order time+ | window4 "
                + "lag1(id,0:int64) order id+ | window5 lag2(price,1.0:float64) order time+ | rows window0 "
                + "window1 window2 window3 window4 window5 | as row_number:int64 row_number1:int64 "
                + "lag:float64 lead:string lag1:int64 lag2:float64"
        ),
        Case(
            "SELECT lag(price), lead(side, 3), diff(price), diff(time), diff(id, 5), cumsum(size), "
                + "sma(price, 20), ema(id, 10) FROM trades",
            "window0 lag1(price) by symbol order time+ | window1 lead3(side) by symbol order time+ | "
                + "window2 diff1(price) by symbol order time+ | window3 lag1(time) by symbol order time+ | "
                + "window4 diff5(id) by symbol order time+ | window5 cumsum(size) by symbol order time+ | "
                + "window6 sma20(price) by symbol order time+ | window7 ema10(id) by symbol order time+ | "
                + "rows window0 window1 window2 (time - window3) window4 window5 window6 window7 | as "
                + "lag:float64 lead:symbol diff:float64 diff1:int64 diff2:int64 cumsum:float64 sma:float64 "
                + "ema:float64"
        ),
        Case(
            "SELECT diff(value), cumsum(\"order\") FROM plain",
            "window0 diff1(value) order ts+ | window1 cumsum(order) order ts+ | rows window0 window1 "
                + "| as diff:float64 cumsum:int64"
        ),
        Case(
            "SELECT symbol, sum(count()) OVER (ORDER BY symbol), count() FROM trades",
            "keys symbol | fold count() | window0 sum(agg0) order key0+ range ..0 | out key0 window0 "
                + "agg0 | as symbol:symbol sum:int64 count:int64"
        ),
        Case(
            "SELECT time, symbol, ema(last(price), 20), last(price) - lag(last(price)), "
                + "sum(sum(size)) OVER (PARTITION BY symbol ORDER BY time ROWS 4 PRECEDING) FROM trades "
                + "SAMPLE BY 1m",
            "sample 60000000000 | keys symbol | fold last(price) sum(size) | window0 ema20(agg0) by "
                + "key0 order bucket+ | window1 lag1(agg0) by key0 order bucket+ | window2 sum(agg1) by "
                + "key0 order bucket+ rows -4..0 | out bucket key0 window0 (agg0 - window1) window2 | as "
                + "time:timestamp symbol:symbol ema:float64 column:float64 sum:float64"
        ),
        Case(
            "SELECT time, sum(sum(size)) OVER (RANGE 1h PRECEDING) FROM trades SAMPLE BY 1m",
            "sample 60000000000 | fold sum(size) | window0 sum(agg0) order bucket+ range "
                + "-3600000000000..0 | out bucket window0 | as time:timestamp sum:float64"
        ),
        Case(
            "SELECT symbol, rank_ FROM (SELECT symbol, row_number() OVER (PARTITION BY symbol ORDER "
                + "BY price DESC) AS rank_ FROM trades) WHERE rank_ <= 3",
            "from (trades | window0 row_number() by symbol order price- | rows symbol window0 | as "
                + "symbol:symbol rank_:int64) | where (rank_ <= 3:int64) | rows symbol rank_ | as "
                + "symbol:symbol rank_:int64"
        ),
        Case(
            "SELECT symbol, price FROM trades ORDER BY row_number() OVER (PARTITION BY symbol ORDER "
                + "BY time), symbol",
            "window0 row_number() by symbol order time+ | rows symbol price window0 | as "
                + "symbol:symbol price:float64 | order #2+ #0+"
        ),
        Case(
            "SELECT symbol, avg(sum(size)) OVER () FROM trades GROUP BY symbol, side",
            "keys symbol side | fold sum(size) | window0 avg(agg0) | out key0 window0 | as "
                + "symbol:symbol avg:float64"
        ),
        Case(
            "SELECT diff(price) OVER (PARTITION BY symbol ORDER BY time) FROM trades",
            "window0 diff1(price) by symbol order time+ | rows window0 | as diff:float64"
        ),
        Case(
            "SELECT price FROM trades ORDER BY lag(price)",
            "window0 lag1(price) by symbol order time+ | rows price window0 | as price:float64 | "
                + "order #1+"
        ),
        Case(
            "SELECT max(x) FROM (SELECT price - lag(price) AS x FROM trades)",
            "from (trades | window0 lag1(price) by symbol order time+ | rows (price - window0) | as "
                + "x:float64) | fold max(x) | out agg0 | as max:float64"
        ),
        Case(
            "SELECT avg(price) OVER (RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM trades",
            "window0 avg(price) order time+ range ..0 | rows window0 | as avg:float64"
        ),
        Case(
            "SELECT avg(price) OVER (ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING) FROM trades",
            "window0 avg(price) rows -3..-1 | rows window0 | as avg:float64"
        ),
        Case(
            "SELECT count(price) OVER (PARTITION BY price > 5 ORDER BY abs(id)) FROM trades",
            "window0 count(price) by (price > 5.0:float64) order abs(id)+ range ..0 | rows window0 | "
                + "as count:int64"
        ),
        Case(
            "SELECT rank() OVER w, sum(price) OVER (w ROWS 1 PRECEDING), count() OVER W FROM trades "
                + "WINDOW base AS (PARTITION BY symbol), w AS (base ORDER BY time RANGE 5 PRECEDING)",
            "window0 rank() by symbol order time+ | window1 sum(price) by symbol order time+ rows -1..0 | "
                + "window2 count() by symbol order time+ range -5..0 | rows window0 window1 window2 | as "
                + "rank:int64 sum:float64 count:int64"
        ),
        Case(
            "SELECT first_value(price) OVER (ORDER BY id DESC RANGE 3 PRECEDING EXCLUDE TIES), "
                + "last_value(side IGNORE NULLS) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND 2 FOLLOWING), "
                + "nth_value(id, 2) RESPECT NULLS OVER (ORDER BY id CUMULATIVE), "
                + "nth_value(id, 3) IGNORE NULLS OVER (), ntile(4) OVER () FROM trades",
            "window0 first_value(price) order id- range -3..0 without ties | window1 last(side) order id+ "
                + "groups -1..+2 | window2 nth_value2(id) order id+ rows ..0 | window3 nth_present3(id) | window4 "
                + "ntile4() | rows window0 window1 window2 window3 window4 | as first_value:float64 "
                + "last_value:symbol nth_value:int64 nth_value1:int64 ntile:int64"
        ),
        Case(
            "SELECT lag(price) IGNORE NULLS OVER (ORDER BY time), lead(id, 2, 0) IGNORE NULLS, ksum(id) OVER (), "
                + "percent_rank() OVER (ORDER BY id), cume_dist() OVER (ORDER BY id), dense_rank() OVER () FROM trades",
            "window0 lag_present1(price) order time+ | window1 lead_present2(id,0:int64) by symbol order time+ | "
                + "window2 sum((id * 1.0:float64)) | window3 percent_rank() order id+ | window4 cume_dist() order "
                + "id+ | window5 dense_rank() | rows window0 window1 window2 window3 window4 window5 | as "
                + "lag:float64 lead:int64 ksum:float64 percent_rank:float64 cume_dist:float64 dense_rank:int64"
        ),
        Case(
            "SELECT sum(price) FILTER (WHERE id > 1) OVER (ORDER BY time), count(*) FILTER (WHERE TRUE) OVER () FROM trades",
            "window0 sum(price) order time+ filter (id > 1:int64) range ..0 | window1 count() | rows window0 "
                + "window1 | as sum:float64 count:int64"
        ),
        Case(
            "SELECT symbol, count(*) FILTER (WHERE price > 1), sum(size) FROM trades",
            "keys symbol | fold count(true:boolean) filter (price > 1.0:float64) sum(size) | out key0 agg0 agg1 | "
                + "as symbol:symbol count:int64 sum:float64"
        ),
        Case(
            "SELECT price * 2 AS p, sum(row_number() OVER (ORDER BY p)) OVER (ORDER BY time) FROM trades",
            "window0 row_number() order (price * 2.0:float64)+ | window1 sum(window0) order time+ range ..0 | rows "
                + "(price * 2.0:float64) window1 | as p:float64 sum:int64"
        ),
    ]

    @Test(arguments: calls) func windowCallsAreBound(_ case: Case) throws {
        #expect(try boundSelect(`case`.text).summary == `case`.summary)
    }

}
