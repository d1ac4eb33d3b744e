import Columnar
import QueryLang
import Testing

@Suite struct BinderTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let text: String
        let summary: String

        init(_ text: String, _ summary: String) {
            self.text = text
            self.summary = summary
        }

        var testDescription: String { text }
    }

    static let rows: [Case] = [
        Case("SELECT price, size FROM trades", "rows price size | as price:float64 size:float64"),
        Case("SELECT PRICE, Size AS Volume FROM TRADES", "rows price size | as price:float64 Volume:float64"),
        Case(
            "SELECT value, * FROM plain",
            "rows value ts value order | as value:float64 ts:timestamp value1:float64 order:int64"
        ),
        Case(
            "SELECT price, price, price*2, -price, price price2 FROM trades",
            "rows price price (price * 2.0:float64) -(price) price | "
                + "as price:float64 price1:float64 column:float64 column1:float64 price2:float64"
        ),
        Case(
            "SELECT price AS price1, price, price FROM trades",
            "rows price price price | as price1:float64 price:float64 price2:float64"
        ),
        Case(
            "SELECT id+1, id/2, id%3, id*1.5, id+price, seq-id FROM trades",
            "rows (id + 1:int64) (id / 2:int64) (id % 3:int64) (id * 1.5:float64) (id + price) (seq - id) | "
                + "as column:int64 column1:int64 column2:int64 column3:float64 column4:float64 column5:int64"
        ),
        Case(
            "SELECT time+1000, 5+time, time-1, time-receive_time FROM trades",
            "rows (time + 1000:int64) (5:int64 + time) (time - 1:int64) (time - receive_time) | "
                + "as column:timestamp column1:timestamp column2:timestamp column3:int64"
        ),
        Case(
            "SELECT abs(id), sqrt(id), floor(price), round(price, 2), coalesce(id, 0), coalesce(NULL, price, 1), abs(NULL) FROM trades",
            "rows abs(id) sqrt(id) floor(price) round(price,2:int64) coalesce(id,0:int64) "
                + "coalesce(NULL:float64,price,1.0:float64) NULL:float64 | "
                + "as abs:int64 sqrt:float64 floor:float64 round:float64 coalesce:int64 coalesce1:float64 abs1:float64"
        ),
        Case(
            "SELECT coalesce(0, price), coalesce(id, price), coalesce('x', side), coalesce('2024', time) FROM trades",
            "rows coalesce(0.0:float64,price) coalesce(id,price) coalesce('x':symbol,side) "
                + "coalesce(2024-01-01T00:00:00Z:timestamp,time) | "
                + "as coalesce:float64 coalesce1:float64 coalesce2:symbol coalesce3:timestamp"
        ),
        // Constants are folded.
        Case(
            "SELECT 1+2*3, 7/2, 7/2.0, 1/0, -(-5), 7 % -1, 1 < 2, 'a' = 'b', NULL + 1, NOT true FROM trades",
            "rows 7:int64 3:int64 3.5:float64 NULL:int64 5:int64 0:int64 true:boolean false:boolean NULL:int64 "
                + "false:boolean | as column:int64 column1:int64 column2:float64 column3:int64 column4:int64 column5:int64 "
                + "column6:boolean column7:boolean column8:int64 column9:boolean"
        ),
        Case(
            "SELECT NULL, 1.0/0.0, NULL IS NULL, 1 IS NULL FROM trades",
            "rows NULL:string (1.0:float64 / 0.0:float64) true:boolean false:boolean | "
                + "as column:string column1:float64 column2:boolean column3:boolean"
        ),
        // Predicates.
        Case("SELECT id FROM trades WHERE price > 100", "where (price > 100.0:float64) | rows id | as id:int64"),
        Case(
            "SELECT id FROM trades WHERE id > 1.5 AND id = price",
            "where ((id > 1.5:float64) AND (id = price)) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE side = 'buy' AND note = side",
            "where ((side = 'buy':symbol) AND (note = side)) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE is_maker AND is_maker = false",
            "where (is_maker AND (is_maker = false:boolean)) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE price BETWEEN 1 AND 2",
            "where ((price >= 1.0:float64) AND (price <= 2.0:float64)) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE price NOT BETWEEN 1 AND size",
            "where NOT(((price >= 1.0:float64) AND (price <= size))) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE id IN (1, 2.0, 2.5, 1, -3) AND side NOT IN ('buy', 'sell')",
            "where ((id in 1,2,-3) AND (side !in 'buy','sell')) | rows id | as id:int64"
        ),
        Case("SELECT id FROM trades WHERE side IN 'buy'", "where (side in 'buy') | rows id | as id:int64"),
        Case(
            "SELECT id FROM trades WHERE id IN (1, NULL)",
            "where ((id in 1) OR NULL:boolean) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE id NOT IN (1, NULL)",
            "times  | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE note IS NOT NULL AND price IS NULL",
            "where ((note !null) AND (price null)) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE true AND (price > 1 OR false)",
            "where (price > 1.0:float64) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE receive_time > time + 1000000",
            "where (receive_time > (time + 1000000:int64)) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE receive_time >= '2024-08-08' AND id < time",
            "where ((receive_time >= 2024-08-08T00:00:00Z:timestamp) AND (id < time)) | rows id | as id:int64"
        ),
        Case(
            "SELECT id FROM trades WHERE receive_time IN '2024-08-08T23:55'",
            "where ((receive_time >= 2024-08-08T23:55:00Z:timestamp) AND "
                + "(receive_time < 2024-08-08T23:56:00Z:timestamp)) | rows id | as id:int64"
        ),
        // LATEST.
        Case(
            "SELECT * FROM quotes LATEST BY symbol",
            "latest time symbol seq receive_time update_id bid bid_size ask ask_size | as time:timestamp symbol:symbol "
                + "seq:int64 receive_time:timestamp update_id:int64 bid:float64 bid_size:float64 ask:float64 ask_size:float64"
        ),
        Case(
            "SELECT symbol, bid FROM quotes WHERE bid > 1 LATEST ON time PARTITION BY symbol ORDER BY bid DESC LIMIT 2",
            "where (bid > 1.0:float64) | latest symbol bid | as symbol:symbol bid:float64 | order #1- | limit 2"
        ),
        // ORDER BY.
        Case(
            "SELECT price AS p, size FROM trades ORDER BY p, size DESC, 1",
            "rows price size | as p:float64 size:float64 | order #0+ #1- #0+"
        ),
        Case(
            "SELECT price FROM trades ORDER BY time DESC LIMIT 10",
            "rows price time | as price:float64 | order #1- | limit 10"
        ),
        Case(
            "SELECT price AS p, size FROM trades ORDER BY p * size, -p, price * size, time",
            "rows price size (price * size) -(price) time | as p:float64 size:float64 | order #2+ #3+ #2+ #4+"
        ),
        Case("SELECT -price AS price FROM trades ORDER BY price", "rows -(price) | as price:float64 | order #0+"),
        Case("SELECT \"order\" FROM plain LIMIT 0", "rows order | as order:int64 | limit 0"),
    ]

    static let groups: [Case] = [
        Case("SELECT count() FROM trades", "fold count() | out agg0 | as count:int64"),
        Case(
            "SELECT count(*), count(), COUNT(1), count(price), count(NULL) FROM trades",
            "fold count() count(price) count(NULL:string) | out agg0 agg0 agg0 agg1 agg2 | "
                + "as count:int64 count1:int64 count2:int64 count3:int64 count4:int64"
        ),
        Case(
            "SELECT sum(size), sum(id), min(price), max(time), avg(id), first(side), last(note) FROM trades",
            "fold sum(size) sum(id) min(price) max(time) avg(id) first(side) last(note) | "
                + "out agg0 agg1 agg2 agg3 agg4 agg5 agg6 | as sum:float64 sum1:int64 min:float64 max:timestamp "
                + "avg:float64 first:symbol last:string"
        ),
        Case(
            "SELECT sum(price*size)/sum(size) AS v, vwap(price, size) FROM trades",
            "fold sum((price * size)) sum(size) vwap(price,size) | out (agg0 / agg1) agg2 | as v:float64 vwap:float64"
        ),
        Case(
            "SELECT symbol, count() FROM trades",
            "keys symbol | fold count() | out key0 agg0 | as symbol:symbol count:int64"
        ),
        Case(
            "SELECT time, symbol, ohlcv(price, size) FROM trades SAMPLE BY 1m",
            "sample 60000000000 | keys symbol | fold ohlcv(price,size) | out bucket key0 agg0 agg0.1 agg0.2 agg0.3 agg0.4 | "
                + "as time:timestamp symbol:symbol open:float64 high:float64 low:float64 close:float64 volume:float64"
        ),
        Case(
            "SELECT ohlcv(price, size) AS x, ohlcv(price, size) FROM trades SAMPLE BY 1h",
            "sample 3600000000000 | fold ohlcv(price,size) | out agg0 agg0.1 agg0.2 agg0.3 agg0.4 agg0 agg0.1 agg0.2 agg0.3 agg0.4 | "
                + "as x_open:float64 x_high:float64 x_low:float64 x_close:float64 x_volume:float64 "
                + "open:float64 high:float64 low:float64 close:float64 volume:float64"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 100ms",
            "sample 100000000 | fold count() | out agg0 | as count:int64"
        ),
        Case(
            "SELECT time + 1, max(time), count() FROM trades SAMPLE BY 1s",
            "sample 1000000000 | fold max(time) count() | out (bucket + 1:int64) agg0 agg1 | "
                + "as column:timestamp max:timestamp count:int64"
        ),
        Case(
            "SELECT time - receive_time AS lag, count() FROM trades SAMPLE BY 1s",
            "sample 1000000000 | keys receive_time | fold count() | out (bucket - key0) agg0 | as lag:int64 count:int64"
        ),
        Case(
            "SELECT side, price > 100 AS dear, sum(size), 7 FROM trades GROUP BY side, dear",
            "keys side (price > 100.0:float64) | fold sum(size) | out key0 key1 agg0 7:int64 | "
                + "as side:symbol dear:boolean sum:float64 column:int64"
        ),
        Case(
            "SELECT sum(size), symbol FROM trades GROUP BY 2",
            "keys symbol | fold sum(size) | out agg0 key0 | as sum:float64 symbol:symbol"
        ),
        Case(
            "SELECT sum(size) FROM trades GROUP BY symbol, side, symbol",
            "keys symbol side | fold sum(size) | out agg0 | as sum:float64"
        ),
        Case("SELECT symbol FROM trades GROUP BY symbol", "keys symbol | out key0 | as symbol:symbol"),
        Case(
            "SELECT time, symbol, count() FROM trades SAMPLE BY 1d GROUP BY time, symbol",
            "sample 86400000000000 | keys symbol | fold count() | out bucket key0 agg0 | "
                + "as time:timestamp symbol:symbol count:int64"
        ),
        Case(
            "SELECT price, sum(size) / price, price + 1 FROM trades",
            "keys price (price + 1.0:float64) | fold sum(size) | out key0 (agg0 / key0) key1 | "
                + "as price:float64 column:float64 column1:float64"
        ),
        Case(
            "SELECT symbol, sum(size) AS s FROM trades ORDER BY s DESC, symbol LIMIT 3",
            "keys symbol | fold sum(size) | out key0 agg0 | as symbol:symbol s:float64 | order #1- #0+ | limit 3"
        ),
        Case(
            "SELECT symbol FROM trades GROUP BY symbol ORDER BY sum(size) DESC",
            "keys symbol | fold sum(size) | out key0 agg0 | as symbol:symbol | order #1-"
        ),
        Case(
            "SELECT symbol, ohlcv(price, size) FROM trades ORDER BY high - low DESC, volume",
            "keys symbol | fold ohlcv(price,size) | out key0 agg0 agg0.1 agg0.2 agg0.3 agg0.4 (agg0.1 - agg0.2) | "
                + "as symbol:symbol open:float64 high:float64 low:float64 close:float64 volume:float64 | order #6- #5+"
        ),
        Case(
            "SELECT time, count() FROM trades SAMPLE BY 1m ORDER BY time DESC, count() + 1",
            "sample 60000000000 | fold count() | out bucket agg0 (agg0 + 1:int64) | as time:timestamp count:int64 | order #0- #2+"
        ),
        Case(
            "SELECT count() FROM trades SAMPLE BY 1m ORDER BY time",
            "sample 60000000000 | fold count() | out agg0 bucket | as count:int64 | order #1+"
        ),
        Case(
            "SELECT first(value), order_ FROM plain GROUP BY order_".replacing("order_", with: "\"order\""),
            "keys order | fold first(value) | out agg0 key0 | as first:float64 order:int64"
        ),
    ]

    static let pushed: [Case] = [
        Case("time >= '2024-08-08'", "times [2024-08-08T00:00:00Z,+)"),
        Case("time > '2024-08-08'", "times [2024-08-08T00:00:00.000000001Z,+)"),
        Case("'2024-08-08' > time", "times [-,2024-08-08T00:00:00Z)"),
        Case("time <= '2024-08-08T12'", "times [-,2024-08-08T12:00:00.000000001Z)"),
        Case("time = '2024-08-08T23:55'", "times [2024-08-08T23:55:00Z,2024-08-08T23:55:00.000000001Z)"),
        Case("time = 1723161300000000000", "times [2024-08-08T23:55:00Z,2024-08-08T23:55:00.000000001Z)"),
        Case("time != 0", "times [-,1970-01-01T00:00:00Z) [1970-01-01T00:00:00.000000001Z,+)"),
        Case("time IN '2024-08-08T23:55'", "times [2024-08-08T23:55:00Z,2024-08-08T23:56:00Z)"),
        Case("time IN '2024'", "times [2024-01-01T00:00:00Z,2025-01-01T00:00:00Z)"),
        Case("time IN ('2024-02')", "times [2024-02-01T00:00:00Z,2024-03-01T00:00:00Z)"),
        Case("time NOT IN '2024-02'", "times [-,2024-02-01T00:00:00Z) [2024-03-01T00:00:00Z,+)"),
        Case(
            "time IN ('2024-02-02', '2024-02-01')",
            "times [2024-02-01T00:00:00Z,2024-02-01T00:00:00.000000001Z) [2024-02-02T00:00:00Z,2024-02-02T00:00:00.000000001Z)"
        ),
        Case(
            "time BETWEEN '2024-08-08' AND '2024-08-09'",
            "times [2024-08-08T00:00:00Z,2024-08-09T00:00:00.000000001Z)"
        ),
        Case("time BETWEEN '2024-08-09' AND '2024-08-08'", "times "),
        Case(
            "time >= '2024-08-08' AND time < '2024-08-09' AND price > 1",
            "times [2024-08-08T00:00:00Z,2024-08-09T00:00:00Z) | where (price > 1.0:float64)"
        ),
        Case(
            "time IN '2024-08-08T01' OR time IN '2024-08-08T00' OR time IN '2024-08-08T05'",
            "times [2024-08-08T00:00:00Z,2024-08-08T02:00:00Z) [2024-08-08T05:00:00Z,2024-08-08T06:00:00Z)"
        ),
        Case("NOT (time < '2024-01-01' OR time >= '2024-02-01')", "times [2024-01-01T00:00:00Z,2024-02-01T00:00:00Z)"),
        Case("time < '2024' AND time > '2024'", "times "),
        Case("time IS NULL", "times "),
        Case("time IS NOT NULL", ""),
        Case("time > NULL", "times "),
        Case("false", "times "),
        Case("NULL", "times "),
        Case("true", ""),
        Case("1 > 2 AND price > 0", "times "),
        Case("symbol = 'BTC'", "series BTC"),
        Case("'BTC' = symbol", "series BTC"),
        Case("symbol IN ('ETH', 'BTC', 'ETH')", "series BTC,ETH"),
        Case("symbol = 'ETH' OR symbol IN ('BTC')", "series BTC,ETH"),
        Case("symbol IN ('ETH', 'BTC') AND symbol != 'BTC'", "series ETH"),
        Case("symbol = 'ETH' AND symbol = 'BTC'", "times "),
        Case("symbol != 'BTC'", "where (symbol != 'BTC':symbol)"),
        Case("NOT symbol IN ('BTC')", "where NOT((symbol in 'BTC'))"),
        Case("symbol = NULL", "times "),
        Case("symbol > 'A'", "where (symbol > 'A':symbol)"),
        Case("symbol = side", "where (symbol = side)"),
        Case("side = 'buy'", "where (side = 'buy':symbol)"),
        Case(
            "symbol = 'BTC' AND time IN '2024' AND side = 'buy'",
            "times [2024-01-01T00:00:00Z,2025-01-01T00:00:00Z) | series BTC | where (side = 'buy':symbol)"
        ),
        // A disjunction narrows the scan, and is still asked of each row.
        Case(
            "(time IN '2024-01' AND symbol = 'A') OR (time IN '2024-02' AND symbol = 'B')",
            "times [2024-01-01T00:00:00Z,2024-03-01T00:00:00Z) | series A,B | where "
                + "((((time >= 2024-01-01T00:00:00Z:timestamp) AND (time < 2024-02-01T00:00:00Z:timestamp)) AND "
                + "(symbol = 'A':symbol)) OR (((time >= 2024-02-01T00:00:00Z:timestamp) AND "
                + "(time < 2024-03-01T00:00:00Z:timestamp)) AND (symbol = 'B':symbol)))"
        ),
        Case(
            "time IN '2024' OR price > 5",
            "where (((time >= 2024-01-01T00:00:00Z:timestamp) AND (time < 2025-01-01T00:00:00Z:timestamp)) OR "
                + "(price > 5.0:float64))"
        ),
        // The last nanosecond of all is no end of a half-open range.
        Case("time < 9223372036854775807", "where (time < 2262-04-11T23:47:16.854775807Z:timestamp)"),
        Case("time >= 9223372036854775806", "times [2262-04-11T23:47:16.854775806Z,+)"),
        Case("time >= 9223372036854775807", "times [+,+)"),
        Case("time = '2262-04-11T23:47:16.854775807Z'", "times [+,+)"),
        Case("time >= '1677-09-21T00:12:43.145224192Z'", ""),
        Case("time IN '2262'", "times [2262-01-01T00:00:00Z,+)"),
        Case("time > 9223372036854775807", "times "),
        Case("time >= -9223372036854775808", ""),
    ]

    @Test(arguments: rows) func rowsAreBound(_ case: Case) throws {
        #expect(try boundSelect(`case`.text).summary == `case`.summary)
    }

    @Test(arguments: groups) func groupsAreBound(_ case: Case) throws {
        #expect(try boundSelect(`case`.text).summary == `case`.summary)
    }

    @Test(arguments: pushed) func timesAndSeriesArePushedDown(_ case: Case) throws {
        let select = try boundSelect("SELECT id FROM trades WHERE \(`case`.text)")
        let rest = select.summary.replacing("rows id | as id:int64", with: "")
        #expect((rest.hasSuffix(" | ") ? String(rest.dropLast(3)) : rest) == `case`.summary)
    }

    @Test func tableWithoutSeriesKeyHasAllSeries() throws {
        let select = try boundSelect("SELECT value FROM plain WHERE ts IN '2024' AND value > 0")
        #expect(select.pushdown.series == .all)
        #expect(select.pushdown.times.count == 1)
    }

    @Test func showStatementsAreBound() throws {
        let catalog = TestCatalog()
        #expect(try QueryCompiler.compile("SHOW TABLES", catalog: catalog) == .showTables)
        let table = try #require(catalog.schema(named: "1Min/OHLCV"))
        #expect(try QueryCompiler.compile("show columns from `1min/ohlcv`", catalog: catalog) == .showColumns(table))
        #expect(try QueryCompiler.compile("SHOW TABLES", catalog: catalog).statementClass == .read)
    }

    @Test func hiddenExpressionsAreCounted() throws {
        #expect(try boundSelect("SELECT price FROM trades ORDER BY time, size, price").hiddenCount == 2)
        #expect(try boundSelect("SELECT price FROM trades ORDER BY price").hiddenCount == 0)
    }
}
