import Columnar
import Foundation
import QueryLang
import QuerySupport
import TestSupport
import Testing

@testable import Engine

/// Trades and bars of random prices, and what their functions are by the definition.
@Suite("Functions of trades and bars")
struct TradeFunctionTests {
    struct Trade {
        var time: Int64
        var side: String?
        var price: Double?
        var size: Double
        var mid: Double?
    }

    private static let schema = TableSchema(
        name: "t",
        kind: .event,
        columns: [
            Column("time", .timestamp), Column("symbol", .symbol), Column("side", .symbol), Column("price", .float64),
            Column("size", .float64), Column("mid", .float64), Column("high", .float64), Column("low", .float64),
        ]
    )!

    private static func trades(_ seed: UInt64, count: Int) -> [Trade] {
        var random = SeededGenerator(seed: seed)
        var time: Int64 = 1_000_000_000_000
        return (0..<count).map { _ in
            time += Int64(random.int(0...900)) * 1_000_000
            return Trade(
                time: time,
                side: random.oneIn(9) ? nil : random.pick(["buy", "sell", "Buy", "ask"]),
                price: random.oneIn(11) ? nil : 100 + Double(random.int(-4...4)) / 2,
                size: Double(random.int(0...9)),
                mid: random.oneIn(8) ? nil : 100 + Double(random.int(-2...2)) / 2
            )
        }
    }

    private static func rows(_ trades: [Trade]) -> [[Scalar]] {
        trades.map { trade in
            func number(_ value: Double?) -> Scalar { value.map { .float64($0) } ?? .null }
            return [
                .timestamp(trade.time), .text("X"), trade.side.map { .text($0) } ?? .null, number(trade.price),
                .float64(trade.size), number(trade.mid), number(trade.price.map { $0 + 1 }),
                number(trade.price.map { $0 - 1 }),
            ]
        }
    }

    private func answer(_ text: String, _ rows: [[Scalar]], sliceRows: Int = 64) throws -> [[Scalar]] {
        let table = MemoryTable(Self.schema, rows: rows)
        let engine = QueryEngine(source: MemoryTableSource([table], sliceRows: sliceRows))
        return try EngineAnswer(engine, try engine.prepare(text)).rows
    }

    private func isNear(_ value: Scalar, _ expected: Double?) -> Bool {
        guard let expected else { return value == .null }
        return value.double.map { abs($0 - expected) <= 1e-12 * max(1, abs(expected)) } ?? false
    }

    private static let seeds = 1...6 as ClosedRange<UInt64>

    @Test("say who took, by the last price that differed, and by the mid", arguments: seeds)
    func rules(seed: UInt64) throws {
        let trades = Self.trades(seed, count: 200)
        let text = "SELECT tick_rule(price), lee_ready(price, mid) FROM t"
        let rows = try answer(text, Self.rows(trades))
        var seen: [Double] = []
        var seenWithMid: [Double] = []
        func tick(_ prices: [Double]) -> Scalar {
            guard let last = prices.last, let other = prices.last(where: { $0 != last }) else { return .null }
            // The run of equal prices that ends here was reached from the last one that differed.
            return .int64(last > other ? 1 : -1)
        }
        for (trade, row) in zip(trades, rows) {
            guard let price = trade.price else {
                #expect(row == [.null, .null])
                continue
            }
            seen.append(price)
            #expect(row[0] == tick(seen))
            guard let mid = trade.mid else {
                #expect(row[1] == .null)
                continue
            }
            seenWithMid.append(price)
            #expect(row[1] == (price == mid ? tick(seenWithMid) : .int64(price > mid ? 1 : -1)))
        }
        // A sign says who took, so that it can stand where a side does.
        let flow = try answer(
            "SELECT signed_volume(s, size) FROM (SELECT size, tick_rule(price) AS s FROM t)",
            Self.rows(trades)
        )
        var expected = 0.0
        var prices: [Double] = []
        for trade in trades {
            guard let price = trade.price else { continue }
            prices.append(price)
            if case .int64(let sign) = tick(prices) { expected += Double(sign) * trade.size }
        }
        #expect(flow == [[.float64(expected)]])
    }

    @Test("let intensities decay", arguments: seeds)
    func intensity(seed: UInt64) throws {
        let trades = Self.trades(seed, count: 150)
        let rows = try answer(
            "SELECT hawkes_intensity(side, 'buy', 0.5) OVER (ORDER BY time), hawkes_intensity(side, 'SELL', 2) OVER (ORDER BY time "
                + "ROWS UNBOUNDED PRECEDING), hawkes_intensity(side, 'buy', 0.5) OVER (ROWS 9 PRECEDING) FROM t",
            Self.rows(trades)
        )
        func expected(_ end: Int, _ words: [String], _ decay: Double, from start: Int = 0) -> Double {
            trades[start...end].reduce(0) { sum, trade in
                guard words.contains(trade.side?.lowercased() ?? "") else { return sum }
                return sum + exp(-decay * Double(trades[end].time - trade.time) / 1e9)
            }
        }
        for index in trades.indices {
            // Rows of one time are peers: the frame of a range ends with the last of them.
            let last = trades.lastIndex { $0.time == trades[index].time } ?? index
            #expect(isNear(rows[index][0], expected(last, ["buy"], 0.5)))
            #expect(isNear(rows[index][1], expected(index, ["sell", "ask"], 2)))
            #expect(isNear(rows[index][2], expected(index, ["buy"], 0.5, from: max(0, index - 9))))
        }
        let whole = try answer("SELECT hawkes_intensity(side, 'buy', 0.5) FROM t", Self.rows(trades), sliceRows: 7)
        #expect(isNear(whole[0][0], expected(trades.count - 1, ["buy"], 0.5)))
        let ofNothing = "SELECT hawkes_intensity(side, 'buy', 0.5) FROM t WHERE price > 1e9"
        #expect(try answer(ofNothing, Self.rows(trades)) == [[.null]])
    }

    @Test("class volume in bulk", arguments: seeds)
    func bulkVolume(seed: UInt64) throws {
        let trades = Self.trades(seed, count: 150)
        for (volume, count) in [(10, 1000), (7, 5), (100_000, 3)] {
            // Trades of one unit each.
            let units = trades.flatMap { trade in
                [Double](repeating: trade.price ?? .nan, count: trade.price == nil ? 0 : Int(trade.size))
            }
            let ends = stride(from: volume - 1, to: units.count, by: volume).map { units[$0] }
            let changes = zip(ends, ends.dropFirst()).map { $1 - $0 }
            var expected: Double?
            if changes.count > 1 {
                let mean = changes.reduce(0, +) / Double(changes.count)
                let variance = changes.reduce(0) { $0 + pow($1 - mean, 2) } / Double(changes.count - 1)
                let kept = changes.suffix(count).map { change in
                    abs(2 * 0.5 * erfc(-change / variance.squareRoot() / 2.0.squareRoot()) - 1)
                }
                expected = kept.reduce(0, +) / Double(kept.count)
            }
            let text = "SELECT vpin_bulk(price, size, \(volume), \(count)) FROM t"
            #expect(isNear(try answer(text, Self.rows(trades), sliceRows: 13)[0][0], expected), "\(volume)")
        }
    }

    /// The formula as the paper prints it.
    private static func corwinSchultz(_ a: BarRange, _ b: BarRange, _ isCorrected: Bool) -> Double {
        var (high, low) = (b.high, b.low)
        if isCorrected, let close = a.close {
            if low > close { (high, low) = (high - (low - close), close) }
            if b.high < close { (high, low) = (close, low + (close - b.high)) }
        }
        let beta = pow(log(a.high / a.low), 2) + pow(log(high / low), 2)
        let gamma = pow(log(max(a.high, high) / min(a.low, low)), 2)
        let k = 3 - 2 * sqrt(2.0)
        let alpha = (sqrt(2 * beta) - sqrt(beta)) / k - sqrt(gamma / k)
        return max(0, 2 * (exp(alpha) - 1) / (1 + exp(alpha)))
    }

    @Test("know the spread from bars", arguments: seeds)
    func spreads(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var level = 100.0
        let bars = (0..<120).map { _ in
            level *= exp(Double.random(in: -0.02...0.02, using: &random))
            let high = level * (1 + Double.random(in: 0...0.01, using: &random))
            let low = level * (1 - Double.random(in: 0...0.01, using: &random))
            return BarRange(high: high, low: low, close: Double.random(in: low...high, using: &random))
        }
        let rows: [[Scalar]] = bars.enumerated().map { index, bar in
            [
                .timestamp(Int64(index) * CivilTime.minute), .text("X"), .null, .float64(bar.close ?? 0), .float64(1),
                .null, .float64(bar.high), .float64(bar.low),
            ]
        }
        let pairs = Array(zip(bars, bars.dropFirst()))
        func mean(_ value: (BarRange, BarRange) -> Double) -> Double {
            pairs.reduce(0) { $0 + value($1.0, $1.1) } / Double(pairs.count)
        }
        let list = "corwin_schultz(high, low), corwin_schultz(high, low, price), abdi_ranaldo(high, low, price)"
        for sliceRows in [1, 7, 1000] {
            let row = try answer("SELECT \(list) FROM t", rows, sliceRows: sliceRows)[0]
            #expect(isNear(row[0], mean { Self.corwinSchultz($0, $1, false) }))
            #expect(isNear(row[1], mean { Self.corwinSchultz($0, $1, true) }))
            #expect(
                isNear(
                    row[2],
                    mean { a, b in
                        let close = log(a.close ?? 0)
                        let product =
                            (close - (log(a.high) + log(a.low)) / 2) * (close - (log(b.high) + log(b.low)) / 2)
                        return sqrt(max(0, 4 * product))
                    }
                )
            )
        }
        let moving = try answer("SELECT corwin_schultz(high, low) OVER (ROWS 1 PRECEDING) FROM t", rows)
        #expect(moving[0][0] == .null)
        for index in 1..<bars.count {
            #expect(isNear(moving[index][0], Self.corwinSchultz(bars[index - 1], bars[index], false)))
        }
        // One bar has no neighbour; a price that is none breaks the mean; without a close there is nothing to say.
        #expect(try answer("SELECT \(list) FROM t LIMIT 1", [rows[0]]) == [[.null, .null, .null]])
        let broken = try answer("SELECT corwin_schultz(high - 1000, low), abdi_ranaldo(high, low, 0) FROM t", rows)[0]
        #expect(broken.allSatisfy { $0.double?.isNaN ?? false })
        let withoutClose = "SELECT abdi_ranaldo(high, low, mid), corwin_schultz(high, low, mid) FROM t"
        #expect(try answer(withoutClose, rows) == [[.null, .null]])
    }

    @Test("fold in parts as in one, and read their states back", arguments: seeds)
    func parts(seed: UInt64) throws {
        let trades = Self.trades(seed, count: 40)
        let count = trades.count
        let side = Vector.symbols(trades.map { $0.side ?? "?" })
        let prices = Vector.float64(trades.map { $0.price ?? 100 })
        let sizes = Vector.float64(trades.map(\.size))
        let times = Vector.timestamps(trades.map(\.time))
        func constant(_ value: Double) -> Vector { .float64([Double](repeating: value, count: count)) }
        func check<State: MergeableFold>(_ empty: State, _ vectors: [Vector]) throws {
            let arguments = FoldArguments(vectors, times: times, rowCount: count)
            var whole = empty
            whole.update(arguments, rows: 0..<count)
            let value = try whole.finalize(output: 0)
            for cut in 0...count {
                var (left, right) = (empty, empty)
                left.update(arguments, rows: 0..<cut)
                right.update(arguments, rows: cut..<count)
                left.merge(right)
                let merged = try left.finalize(output: 0)
                #expect(merged == value || isNear(merged, value.double), "\(State.self) at \(cut)")
                var decoded = empty
                try decoded.decodeState(left.encodeState())
                #expect(try decoded.finalize(output: 0) == merged)
                #expect(throws: FoldStateError.self) { try decoded.decodeState([9]) }
            }
        }
        let high = Vector.float64(trades.map { ($0.price ?? 100) + $0.size / 10 })
        let low = Vector.float64(trades.map { ($0.price ?? 100) - 0.25 })
        try check(HawkesIntensityFold(), [side, .symbols(trades.map { _ in "sell" }), constant(0.25)])
        try check(BarPairFold<CorwinSchultz>(), [high, low, prices])
        try check(BarPairFold<AbdiRanaldo>(), [high, low, prices])
        try check(BulkVPINFold(), [prices, sizes, constant(12.5), constant(4)])
        try check(VPINFold(), [side, sizes, constant(12.5), constant(4)])
    }
}
