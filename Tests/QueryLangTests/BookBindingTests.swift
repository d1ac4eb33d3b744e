import QueryLang
import Testing

@Suite("Functions of the order book")
struct BookBindingTests {
    private func bound(_ text: String) throws -> BoundSelect {
        guard case .select(let select) = try QueryCompiler.compile(text, catalog: TestCatalog.reference) else {
            throw QueryError(.bug, "not a SELECT")
        }
        return select
    }

    @Test("turn a table of book events into a replay with a column for each call")
    func replay() throws {
        let select = try bound("SELECT time, MID(), imbalance(5), mid() + 1, wmid() FROM book WHERE spread_bps() > 2")
        guard case .book(let book) = select.source else {
            Issue.record("no replay")
            return
        }
        #expect(book.calls.map(\.text) == ["spread_bps()", "mid()", "imbalance(5)", "microprice()"])
        #expect(select.columns.map(\.name) == ["time", "mid", "imbalance", "column", "wmid"])
        #expect(select.source.tables.map(\.name) == ["book"])
        guard case .table = try bound("SELECT * FROM book").source else {
            Issue.record("a replay")
            return
        }
    }

    @Test("mean their last value or their sum where answers are groups")
    func groups() throws {
        let sampled = try bound("SELECT time, mid(), ofi(), max(spread()) FROM book SAMPLE BY 1s")
        guard case .aggregate(let aggregation) = sampled.shape else {
            Issue.record("no groups")
            return
        }
        #expect(aggregation.aggregates.map(\.function) == [.last, .sum, .max])
        let whole = try bound("SELECT mid(), avg(spread()) FROM book")
        guard case .aggregate(let all) = whole.shape else {
            Issue.record("no groups")
            return
        }
        #expect(all.keys.isEmpty && all.aggregates.count == 2)
        _ = try bound("SELECT time, mid() FROM book SAMPLE BY 1s FILL(PREV)")
        _ = try bound("SELECT symbol, mid() FROM book LATEST BY symbol")
        _ = try bound("SELECT time, ema(mid(), 20) FROM book")
    }

    @Test(
        "say what to do where there is no book",
        arguments: [
            ("SELECT «spread_bps()» FROM quotes", "spread_bps(bid, ask)"),
            ("SELECT «imbalance(5)» FROM quotes", "imbalance(bid_size, ask_size)"),
            ("SELECT «book_slope()» FROM trades", "ask it FROM book"),
            ("SELECT «mid()» FROM book b ASOF JOIN quotes q ON (symbol)", "sub-query"),
            ("SELECT «spread_bps(1, 2, 3)» FROM book", "it is spread_bps"),
            ("SELECT imbalance(«0») FROM book", "imbalance([levels])"),
            ("SELECT imbalance(«1.5») FROM book", "imbalance([levels])"),
            ("SELECT liquidity(«20000») FROM book", "liquidity(basis_points, [side])"),
            ("SELECT slippage(«'up'», 1) FROM book", "slippage(taker, size)"),
            ("SELECT slippage('buy', «seq») FROM book", "slippage(taker, size)"),
            ("SELECT ofi(«6») FROM book", "ofi([level])"),
            ("SELECT mid(), «price» FROM book", "name the columns of the event"),
            ("SELECT «*», mid() FROM book", "name the columns of the event"),
            ("SELECT count() FROM book GROUP BY «mid()»", "sub-query"),
            ("SELECT mid() OVER «()» FROM book", "avg(mid(…))"),
            ("SELECT «microprise()» FROM book", "microprice"),
        ]
    )
    func errors(marked: String, hint: String) throws {
        let text = MarkedText(marked)
        let error = try #require(failure(text.text, catalog: .reference))
        #expect(error.hint?.contains(hint) ?? false, "\(error.message): \(String(describing: error.hint))")
        let isName = marked.contains("microprise")
        #expect(isName || error.span == text.span, "\(error.message) at \(String(describing: error.span))")
    }
}
