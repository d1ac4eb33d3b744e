import Columnar
import Foundation
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Books written by hand, with doubles as a file would bring them.
@Suite("Functions of the book, of trades and of quotes")
struct BookFunctionTests {
    private static let schema = MarketTables.schemas.first { $0.name == MarketTables.book }!

    private func row(
        _ second: Int,
        _ seq: Int64,
        _ kind: String,
        _ level: (side: String, price: Double, size: Double)?,
        state: String = "live"
    ) -> [Scalar] {
        var values: [Scalar] = [
            .timestamp(Int64(second) * CivilTime.second), .text("X"), .int64(seq), .timestamp(Int64(second)),
            .text(kind),
        ]
        if let level {
            values += [.text(level.side), .float64(level.price), .float64(level.size)]
        } else {
            values += [.null, .null, .null]
        }
        return values + [.int64(seq), .text(state), .null]
    }

    private func keyframe(_ levels: [(String, Double, Double)]) -> [[Scalar]] {
        levels.map { row(1, 1, "keyframe", ($0.0, $0.1, $0.2)) }
    }

    private func answer(_ text: String, _ rows: [[Scalar]]) throws -> [[Scalar]] {
        let engine = QueryEngine(source: MemoryTableSource([MemoryTable(Self.schema, rows: rows)], sliceRows: 2))
        let stream = try engine.execute(try engine.prepare(text))
        var answer: [[Scalar]] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount { answer.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        return answer
    }

    private static let levels = [("bid", 99.0, 2.0), ("bid", 98.5, 4.0), ("ask", 101.0, 1.0), ("ask", 102.25, 3.0)]

    /// Worked out by hand: the mid is 100.
    private static let bookValues: [(String, Double?)] = [
        ("bid(2)", 98.5), ("ask_size(2)", 3), ("spread()", 2), ("mid()", 100), ("spread_bps()", 200),
        // (99 × 1 + 101 × 2) / 3
        ("microprice()", 100.33333333333333), ("imbalance()", 0.3333333333333333), ("imbalance(2)", 0.2),
        ("depth(2)", 10), ("depth(1, 'ask')", 1), ("liquidity(100)", 3), ("liquidity(150, 'bid')", 6),
        ("liquidity_notional(100, 'ask')", 101), ("fill_price('buy', 2)", 101.625), ("slippage('buy', 2)", 162.5),
        ("slippage('sell', 4)", 125), ("slippage_notional('buy', 50.5)", 100), ("depth_hhi(2)", 0.3),
        ("depth_hhi(2, 'ask')", 0.625), ("depth_entropy(2, 'ask')", 0.5623351446188083), ("level_count()", nil),
        // Distances of 100 and 150, 100 and 225 basis points: weights e^-1, e^-1.5, e^-1, e^-2.25.
        ("weighted_imbalance(0.01)", 0.4083290581769817),
        // The best ask has a size of 1, whose logarithm is 0.
        ("book_slope(2)", nil),
    ]

    @Test("equal their formulas", arguments: bookValues)
    func formulas(text: String, expected: Double?) throws {
        let value = try #require(try answer("SELECT \(text) FROM book", keyframe(Self.levels)).first?.first)
        guard let expected else {
            #expect(value == (text == "level_count()" ? .int64(4) : .null))
            return
        }
        #expect(abs(try #require(value.double) - expected) < 1e-12 * max(1, abs(expected)))
    }

    @Test("know the slope of a book")
    func slope() throws {
        let levels = [("bid", 99.0, 2.0), ("bid", 98.0, 2.0), ("ask", 101.0, 4.0)]
        let value = try answer("SELECT book_slope(2) FROM book", keyframe(levels))[0][0]
        // Bids: (ln 2 / 0.01 + (ln 4 / ln 2 − 1) / (1/99)) / 2; asks: ln 4 / 0.01.
        let bids = (log(2.0) * 100 + 99) / 2
        let expected = (bids + log(4.0) * 100) / 2
        #expect(abs(try #require(value.double) - expected) < 1e-9)
    }

    @Test("have no value where a side is empty, and know a crossed book")
    func emptyAndCrossed() throws {
        let list = "spread_bps(), imbalance(), slippage('buy', 1), is_crossed(), depth(5), level_count('bid'), state"
        let text = "SELECT \(list) FROM book"
        let half = try answer(text, keyframe([("bid", 99, 2)]))
        #expect(half == [[.null, .null, .null, .null, .float64(2), .int64(1), .text("live")]])
        let crossed = try answer(text, keyframe([("bid", 101, 2), ("ask", 100, 1)]))
        #expect(crossed[0][3] == .boolean(true) && crossed[0][6] == .text("crossed"))
        let locked = keyframe([("bid", 101, 2), ("ask", 101, 1)])
        let states = try answer("SELECT is_locked(), is_crossed() FROM book", locked)
        #expect(states == [[.boolean(true), .boolean(false)]])
        let fills = "SELECT fill_price('sell', 3), fill_price('sell', 2) FROM book"
        #expect(try answer(fills, keyframe([("bid", 101, 2)])) == [[.null, .float64(101)]])
        let empty = try answer(text, [row(1, 1, "keyframe", nil)])
        #expect(empty[0][0] == .null && empty[0][4] == .float64(0))
        #expect(try answer(text, []).isEmpty)
        #expect(try answer("SELECT time, mid() FROM book SAMPLE BY 1s", []).isEmpty)
    }

    @Test("follow changes by seq, not by time, and give rows whose time never goes back")
    func disorder() throws {
        // The change with seq 3 came after the one with seq 2, but is dated before it.
        var rows = keyframe(Self.levels)
        rows.append(row(2, 3, "change", ("bid", 99.5, 0)))
        rows.append(row(3, 2, "change", ("bid", 99.5, 7)))
        rows.append(row(4, 4, "clock", nil))
        rows.append(row(4, 5, "change", ("ask", 101, 0.125)))
        let answer = try answer("SELECT time, seq, bid(), ofi(), added(), removed(), changes() FROM book", rows)
        #expect(answer.map { $0[1] } == [.int64(1), .int64(2), .int64(3), .int64(5)])
        #expect(answer.map { $0[2] } == [99, 99.5, 99, 99].map { .float64($0) })
        let seconds = answer.map { ($0[0].int64 ?? 0) / CivilTime.second }
        #expect(seconds == [1, 3, 3, 4])
        #expect(answer[1][4] == .float64(7) && answer[2][5] == .float64(7) && answer[3][5] == .float64(0.875))
        #expect(answer.map { $0[6] } == [.null, .int64(1), .int64(1), .int64(1)])
        // The first change seeds order flow; the second takes 7 away; the third takes 0.875 of the ask away.
        #expect(answer.map { $0[3] } == [.null, .float64(0), .float64(-7), .float64(0.875)])
    }

    private static let quoteValues: [(String, Double?)] = [
        ("mid(1.5, 1.61)", 1.5550000000000002), ("mid(-2.22222, -1.111111)", -1.6666655000000001),
        ("spread_bps(1.0, 2.0)", 6666.666666666666), ("spread_bps(1.5, 1.61)", 707.3954983922836),
        ("spread_bps(0.0, 0.0)", nil), ("spread_bps(-1.0, 0.0)", -20000), ("spread_bps(NULL, 1.0)", nil),
        ("wmid(300.0, 1.0, 3.0, 200.0)", 2.1999999999999997), ("wmid(100.5, -2.0, -1.0, 100.4)", -1.4997511199601792),
        ("wmid(100.3, 1.0, NULL, 100.0)", nil), ("microprice(1, 3, 2, 1)", 1.75), ("imbalance(3, 1)", 0.5),
        ("imbalance(0, 0)", nil), ("effective_spread('buy', 101, 100)", 0.02),
        ("effective_spread('sell', 101, 100)", -0.02), ("effective_spread('?', 101, 100)", nil),
        ("realized_spread(1, 101, 100, 100.5)", 0.01), ("price_impact(-2, 100, 101)", -0.02),
    ]

    @Test("of quotes are those of QuestDB", arguments: quoteValues)
    func quotes(text: String, expected: Double?) throws {
        let value = try answer("SELECT \(text) FROM book", keyframe([("bid", 99, 2)]))[0][0]
        #expect(value == expected.map { .float64($0) } ?? .null)
    }

    @Test("of trades fold in order, and merge")
    func folds() throws {
        let prices = [10.0, 11, 10, 11, 12, 11, 10.5, 11, 10]
        let sizes = [1.0, 2, 3.5, 1, 1, 7, 0.5, 2, 2]
        let sides = ["buy", "sell", "buy", "buy", "?", "sell", "sell", "buy", "buy"]
        func fold<State: MergeableFold>(_ empty: State, _ vectors: [Vector]) throws {
            var whole = empty
            whole.update(FoldArguments(vectors, rowCount: 9), rows: 0..<9)
            for cut in 0...9 {
                var (left, right) = (empty, empty)
                left.update(FoldArguments(vectors, rowCount: 9), rows: 0..<cut)
                right.update(FoldArguments(vectors, rowCount: 9), rows: cut..<9)
                left.merge(right)
                let values = (try left.finalize(output: 0).double, try whole.finalize(output: 0).double)
                #expect(abs((values.0 ?? 0) - (values.1 ?? 0)) < 1e-12, "\(State.self) at \(cut)")
                var decoded = empty
                try decoded.decodeState(left.encodeState())
                #expect(try decoded.finalize(output: 0) == left.finalize(output: 0))
            }
        }
        let (side, size) = (Vector.symbols(sides), Vector.float64(sizes))
        try fold(SignedVolumeFold(), [side, size])
        try fold(TradeImbalanceFold(), [side, size])
        try fold(RollSpreadFold(), [.float64(prices)])
        try fold(AmihudFold(), [.float64(prices), size])
        try fold(KyleLambdaFold(), [.float64(prices), size])
        try fold(QuoteFlowFold(), [.float64(prices), size, .float64(prices.map { $0 + 1 }), size])
        try fold(VPINFold(), [side, size, .float64([Double](repeating: 2.5, count: 9))])
        var vpin = VPINFold()
        let tenths = Vector.float64([Double](repeating: 0.1, count: 9))
        let fifths = Vector.float64([Double](repeating: 0.2, count: 9))
        vpin.update(FoldArguments([side, tenths, fifths], rowCount: 9), rows: 0..<9)
        // buy sell | buy buy | sell sell | buy buy
        #expect(try vpin.finalize(output: 0) == .float64(0.75))
        var roll = RollSpreadFold()
        roll.update(FoldArguments([.float64([1, 2, 3, 4])], rowCount: 4), rows: 0..<4)
        #expect(try roll.finalize(output: 0) == .null)
    }
}
