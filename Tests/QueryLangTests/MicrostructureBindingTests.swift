import Columnar
import QueryLang
import Testing

@Suite("Functions of trades, and estimates over the book, as they are bound")
struct MicrostructureBindingTests {
    @Test(
        "refuse constants that no answer could come of, where they stand",
        arguments: [
            ("SELECT stoikov_microprice(«4») FROM book", "a constant whole number from 1 to 3 as spreads"),
            ("SELECT stoikov_microprice(«0») FROM book", "stoikov_microprice([spreads])"),
            ("SELECT «stoikov_microprice()» FROM trades", "ask it FROM book"),
            ("SELECT integrated_ofi(«6») FROM book", "a constant whole number from 1 to 5 as levels"),
            ("SELECT integrated_ofi(5, «0») FROM book", "a constant number from 0.001 to 86400.0 as seconds"),
            ("SELECT integrated_ofi(5, «seq») FROM book", "integrated_ofi([levels], [seconds])"),
            ("SELECT integrated_ofi(5, «'1s'») FROM book", "as seconds"),
            ("SELECT stoikov_microprice() OVER «()» FROM book", "avg(stoikov_microprice(…)) OVER (…)"),
            ("SELECT quote_age() OVER «()» FROM book", "takes no OVER"),
            ("SELECT additions(«'up'») FROM book", "'bid' or 'ask' as side"),
            ("SELECT hawkes_intensity(side, «'up'», 1) FROM trades", "a constant as taker, 'buy' or 'sell'"),
            ("SELECT hawkes_intensity(side, «side», 1) FROM trades", "a constant as taker"),
            ("SELECT hawkes_intensity(side, 'buy', «-1») FROM trades", "a constant as decay, a number above 0"),
            ("SELECT hawkes_intensity(side, 'buy', «price») FROM trades", "a constant as decay"),
            ("SELECT hawkes_intensity(side, 'buy', «0») OVER (ORDER BY time) FROM trades", "a number above 0"),
            ("SELECT vpin(side, size, «0») FROM trades", "a constant as bucket_volume, a number above 0"),
            ("SELECT vpin(side, size, 5, «0») FROM trades", "a whole number from 1 to 1000000000"),
            ("SELECT vpin(side, size, 5, «1.5») FROM trades", "a constant as buckets"),
            ("SELECT vpin_bulk(price, size, «-2») FROM trades", "a constant as bucket_volume"),
            ("SELECT vpin_bulk(price, «note», 2) FROM trades", "vpin_bulk() takes numeric"),
            ("SELECT «corwin_schultz(price)» FROM trades", "corwin_schultz(high, low, [close])"),
            ("SELECT «abdi_ranaldo(price, price)» FROM trades", "abdi_ranaldo(high, low, close)"),
            ("SELECT tick_rule(«note») FROM trades", "tick_rule(price)"),
            ("SELECT lee_ready(price, price) OVER (ORDER BY time «ROWS 1 PRECEDING») FROM trades", "takes no frame"),
            ("SELECT «lee_redy(price, price)» FROM trades", "lee_ready"),
        ]
    )
    func errors(marked: String, said: String) throws {
        let text = MarkedText(marked)
        var catalog = TestCatalog()
        catalog.tables += TestCatalog.reference.tables.filter { $0.name == "book" }
        let error = try #require(failure(text.text, catalog: catalog))
        #expect("\(error.message) \(error.hint ?? "")".contains(said), "\(error.message): \(error.hint ?? "")")
        let isHere = marked.contains("redy") || error.span == text.span
        #expect(isHere, "\(error.message) at \(String(describing: error.span))")
    }

    @Test("take what they may")
    func calls() throws {
        for text in [
            "SELECT time, integrated_ofi(), integrated_ofi(3), integrated_ofi(5, 0.5) FROM book SAMPLE BY 1m",
            "SELECT stoikov_microprice(), stoikov_microprice(1) FROM book WHERE state = 'live'",
            "SELECT time, hawkes_intensity(side, 'sell', 0.1) OVER (PARTITION BY symbol ORDER BY time) FROM trades",
            "SELECT ofi() OVER (RANGE 1s), changes() OVER (ROWS 9 PRECEDING) FROM book",
            "SELECT vpin(side, size, 5, NULL), vpin_bulk(price, size, 2.5) FROM trades",
            "SELECT signed_volume(s, size) FROM (SELECT symbol, size, tick_rule(price) AS s FROM trades) GROUP BY symbol",
        ] {
            let error = failure(text, catalog: .reference)
            #expect(error == nil, "\(text): \(error?.message ?? "")")
        }
    }
}
