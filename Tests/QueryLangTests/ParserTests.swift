import QueryLang
import Testing

@Suite struct ParserTests {
    /// Texts and what the printer makes of them.
    static let canonical: [(String, String)] = [
        ("select * from trades", "SELECT * FROM trades"),
        ("SELECT price,size FROM trades;", "SELECT price, size FROM trades"),
        ("SELECT price AS p, size s FROM trades ; ;", "SELECT price AS p, size AS s FROM trades"),
        ("SELECT \"price\" `p` FROM `1Min/OHLCV`", "SELECT price AS p FROM \"1Min/OHLCV\""),
        ("SELECT * FROM 'odd \"name\"'", "SELECT * FROM \"odd \"\"name\"\"\""),
        ("SELECT * FROM book_features@v1", "SELECT * FROM book_features@v1"),
        ("SELECT naïve, größe FROM trades", "SELECT naïve, größe FROM trades"),
        ("SELECT \"order\", \"a b\" FROM trades", "SELECT \"order\", \"a b\" FROM trades"),
        ("SELECT when, offset_, tables, desc FROM t", "SELECT when, offset_, tables, desc FROM t"),
        (
            "SELECT 1, 1.5, .5, 1e3, 2E-3, 'it''s', true, FALSE, Null FROM t",
            "SELECT 1, 1.5, 0.5, 1000.0, 0.002, 'it''s', TRUE, FALSE, NULL FROM t"
        ),
        ("SELECT -- the price\n price /* of a * trade */ FROM--\ntrades", "SELECT price FROM trades"),
        ("SELECT a+b*c-d/e%f FROM t", "SELECT a + b * c - d / e % f FROM t"),
        (
            "SELECT (a+b)*c, a-(b-c), a-(b+c)-d, (a*b)*c FROM t",
            "SELECT (a + b) * c, a - (b - c), a - (b + c) - d, a * b * c FROM t"
        ),
        ("SELECT -a, - -a, -(-a), +a, -(a+b), -5, - 5 FROM t", "SELECT -a, - -a, - -a, a, -(a + b), -5, -5 FROM t"),
        (
            "SELECT a FROM t WHERE not a = 1 and b <> 2 or c != 3",
            "SELECT a FROM t WHERE NOT a = 1 AND b != 2 OR c != 3"
        ),
        (
            "SELECT a FROM t WHERE not (a and b) or (c or d) and e",
            "SELECT a FROM t WHERE NOT (a AND b) OR (c OR d) AND e"
        ),
        ("SELECT a FROM t WHERE (a and (b and c)) and d", "SELECT a FROM t WHERE a AND b AND c AND d"),
        ("SELECT a FROM t WHERE a < b = (c >= d) = (not d)", "SELECT a FROM t WHERE a < b = (c >= d) = (NOT d)"),
        (
            "SELECT a FROM t WHERE a between 1 and 2+3 and b not between c and d",
            "SELECT a FROM t WHERE a BETWEEN 1 AND 2 + 3 AND b NOT BETWEEN c AND d"
        ),
        (
            "SELECT a FROM t WHERE a in (1,2) and b not in ('x') and time in '2024'",
            "SELECT a FROM t WHERE a IN (1, 2) AND b NOT IN ('x') AND time IN ('2024')"
        ),
        (
            "SELECT a FROM t WHERE a is null and b+1 is not null",
            "SELECT a FROM t WHERE a IS NULL AND b + 1 IS NOT NULL"
        ),
        (
            "SELECT count(), COUNT(*), vwap(price, size) v FROM t",
            "SELECT count(), COUNT(*), vwap(price, size) AS v FROM t"
        ),
        ("SELECT time, count() FROM t SAMPLE BY 15m", "SELECT time, count() FROM t SAMPLE BY 15m"),
        ("SELECT count() FROM t SAMPLE BY 100T LIMIT 3", "SELECT count() FROM t SAMPLE BY 100ms LIMIT 3"),
        ("SELECT count() FROM t group by symbol sample by 1d", "SELECT count() FROM t SAMPLE BY 1d GROUP BY symbol"),
        ("SELECT * FROM t LATEST BY symbol", "SELECT * FROM t LATEST BY symbol"),
        (
            "SELECT * FROM t WHERE a LATEST ON time PARTITION BY symbol, side",
            "SELECT * FROM t WHERE a LATEST ON time PARTITION BY symbol, side"
        ),
        (
            "SELECT a, b FROM t ORDER BY 1 asc, b desc, a+b LIMIT 10",
            "SELECT a, b FROM t ORDER BY 1, b DESC, a + b LIMIT 10"
        ),
        ("SHOW tables", "SHOW TABLES"),
        ("show COLUMNS from trades;", "SHOW COLUMNS FROM trades"),
    ]

    @Test(arguments: canonical) func textHasItsCanonicalForm(text: String, printed: String) throws {
        let statement = try Parser.parse(text)
        #expect(statement.text == printed)
        #expect(try Parser.parse(printed) == statement)
    }

    @Test func everyNodeHasItsSpan() throws {
        let text = "SELECT  price * 2 AS p ,* FROM trades WHERE ( a + b ) > -1 ORDER BY p DESC LIMIT 5 ;"
        let statement = try Parser.parse(text)
        func part(_ span: SourceSpan) -> String {
            String(decoding: Array(text.utf8)[span.start..<span.end], as: UTF8.self)
        }
        #expect(part(statement.span) == String(text.dropLast(2)))
        guard case .select(let select) = statement.kind else { return #expect(Bool(false)) }
        #expect(select.items.map { part($0.span) } == ["price * 2 AS p", "*"])
        guard case .expression(let product, let alias?) = select.items[0].kind else { return #expect(Bool(false)) }
        #expect(part(product.span) == "price * 2")
        #expect(part(alias.span) == "p")
        #expect(product.kind.children.map { part($0.span) } == ["price", "2"])
        #expect(part(select.source.span) == "trades")
        #expect(select.filter.map { part($0.span) } == "( a + b ) > -1")
        #expect(select.filter?.kind.children.map { part($0.span) } == ["a + b", "-1"])
        #expect(select.orderBy.map { part($0.span) } == ["p DESC"])
        #expect(select.limit.map { part($0.span) } == "5")
    }

    @Test func equalityLeavesOutWhereNodesStand() throws {
        let close = try Parser.parse("SELECT a+1 FROM t")
        let wide = try Parser.parse("  select   ( a )  +  1\nfrom  \"t\"  ")
        #expect(close == wide)
        #expect(close.hashValue == wide.hashValue)
        #expect(close.span != wide.span)
        #expect(try close != Parser.parse("SELECT a+2 FROM t"))
    }

    @Test func smallestAndLargestIntegersAreRead() throws {
        let select = try boundSelect("SELECT -9223372036854775808, 9223372036854775807 FROM trades")
        #expect(select.summary.hasPrefix("rows -9223372036854775808:int64 9223372036854775807:int64"))
    }

    @Test func bytesThatAreNotTextAreRefusedWhereTheyStand() {
        for (bytes, offset) in [([0x53, 0xFF], 1), ([0xC3], 0), ([0x20, 0xED, 0xA0, 0x80], 1)] as [([UInt8], Int)] {
            let error = #expect(throws: QueryError.self) { try Parser.parse(utf8: bytes) }
            #expect(error?.code == .syntax)
            #expect(error?.span?.start == offset)
        }
    }
}
