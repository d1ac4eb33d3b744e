import Columnar
import Foundation
import Market
import QueryLang
import QuerySupport
import TestSupport
import Testing

@testable import Engine

/// `stoikov_microprice` and `integrated_ofi` against the rows that they are estimated over.
@Suite("Functions of the book that are estimated over the query's rows")
struct BookEstimateQueryTests {
    static func stored(seed: UInt64, events: Int = 900, timeStep: Int64 = 300) throws -> StoredRun {
        var script = LiveScript()
        LivePropertyTests.live(&script, seed: seed, events: events, timeStep: timeStep)
        return try StoredRun(script.replay.recorder, seed: seed)
    }

    /// Rows of the primitives, and the estimated functions beside them.
    static let list =
        "SELECT time, kind, state, bid_size(), ask_size(), spread(), mid(), ofi(1), ofi(2), ofi(3), ofi(4), ofi(5), "
        + "stoikov_microprice(), stoikov_microprice(3), integrated_ofi(), integrated_ofi(3, 10) FROM book"

    /// How the last four columns differ from what the others say; none if they are the same.
    static func differences(_ rows: [[Scalar]]) -> [String] {
        let states = rows.map { row -> EstimateOracle.Row? in
            guard row[2] == .text("live"), let bid = row[3].double, let ask = row[4].double,
                let spread = row[5].double, let mid = row[6].double
            else { return nil }
            return .init(isChange: row[1] == .text("change"), bidSize: bid, askSize: ask, spread: spread, mid: mid)
        }
        var differences: [String] = []
        func compare(_ column: Int, _ row: Int, _ expected: Double?) {
            let value = rows[row][column].double
            let isSame = value.map { a in expected.map { abs(a - $0) <= 1e-9 * max(1, abs($0)) } ?? false }
            if !(isSame ?? (expected == nil)) {
                let wanted = String(describing: expected)
                differences.append("row \(row) column \(column): \(rows[row][column]), not \(wanted)")
            }
        }
        for (column, spreads) in [(12, 2), (13, 3)] {
            let table = EstimateOracle.adjustments(states, spreads: spreads)
            let prices = EstimateOracle.microprices(states, table: table, spreads: spreads)
            // A book that is not live keeps what it had.
            for row in rows.indices where rows[row][2] == .text("live") { compare(column, row, prices[row]) }
        }
        for (column, levels, seconds) in [(14, 5, 1), (15, 3, 10)] {
            var observations: [Int64: [Double]] = [:]
            for row in rows {
                guard let time = row[0].int64, row[7].double != nil else { continue }
                let flows = (0..<levels).map { row[7 + $0].double ?? 0 }
                let interval = time / (Int64(seconds) * CivilTime.second)
                let sums = observations[interval] ?? flows.map { _ in 0 }
                observations[interval] = zip(sums, flows).map { $0 + $1 }
            }
            guard observations.count > 1 else { continue }
            let weights = EstimateOracle.weights(observations.keys.sorted().map { observations[$0] ?? [] })
            for row in rows.indices {
                let flows = (0..<levels).compactMap { rows[row][7 + $0].double }
                compare(column, row, flows.count < levels ? nil : zip(weights, flows).reduce(0) { $0 + $1.0 * $1.1 })
            }
        }
        return differences
    }

    @Test("equal their formulas, whatever happened to the feed", arguments: 1...6 as ClosedRange<UInt64>)
    func formulas(seed: UInt64) throws {
        let run = try Self.stored(seed: seed)
        let whole = try run.rows(Self.list)
        #expect(whole.count > 100 && whole.contains { $0[12] != .null } && whole.contains { $0[14] != .null })
        #expect(Self.differences(whole).prefix(3) == [])
        // Neither the size of batches nor the way of the plan changes a bit.
        #expect(try run.rows(Self.list, batchRows: 3) == whole)
        #expect(try run.rows(Self.list, usesOptimizer: false) == whole)
    }

    @Test("are estimated over the times of their own WHERE", arguments: 1...6 as ClosedRange<UInt64>)
    func ranges(seed: UInt64) throws {
        let run = try Self.stored(seed: seed, timeStep: 6_000)
        var generator = SeededGenerator(seed: seed)
        let whole = try run.rows(Self.list)
        let times = whole.compactMap { $0[0].int64 }
        for _ in 0..<3 {
            let ends = [generator.pick(times), generator.pick(times)].sorted()
            let range = "time >= '\(CivilTime.text(ends[0]))' AND time < '\(CivilTime.text(ends[1]))'"
            let rows = try run.rows("\(Self.list) WHERE \(range)")
            #expect(Self.differences(rows).prefix(3) == [])
            #expect(try run.rows("\(Self.list) WHERE \(range)", usesOptimizer: false) == rows)
            // Who asks for a part of the answer gets a part of the answer.
            let part = try run.rows("SELECT * FROM (\(Self.list)) WHERE \(range)")
            #expect(part == whole.filter { row in row[0].int64.map { $0 >= ends[0] && $0 < ends[1] } ?? false })
            // Other conditions take rows away, and nothing from the estimate.
            let changes = try run.rows("\(Self.list) WHERE \(range) AND kind = 'change'")
            #expect(changes == rows.filter { $0[1] == .text("change") })
        }
    }

    @Test("are sums and last values in buckets")
    func buckets() throws {
        let run = try Self.stored(seed: 3)
        let list = "integrated_ofi(), stoikov_microprice() FROM book"
        let rows = try run.rows("SELECT time, \(list) SAMPLE BY 10s")
        #expect(rows.count > 3)
        let outer = try run.rows(
            "SELECT time, sum(i), last(m) FROM (SELECT time, integrated_ofi() i, stoikov_microprice() m FROM book) SAMPLE BY 10s"
        )
        #expect(rows == outer)
        let total = try run.rows("SELECT sum(integrated_ofi(1)), sum(ofi(1)) FROM book")
        #expect(abs(try #require(total[0][0].double) - (try #require(total[0][1].double))) < 1e-6)
    }

    @Test("say in the plan what they are estimated over")
    func plan() throws {
        let run = try Self.stored(seed: 3, events: 100)
        let text = "EXPLAIN SELECT stoikov_microprice() FROM book WHERE time >= '2024-08-08'"
        let lines = try run.rows(text).flatMap { $0.compactMap(\.text) }.joined(separator: "\n")
        #expect(lines.contains("estimating over [2024-08-08"), "\(lines)")
        let all = try run.rows("EXPLAIN SELECT integrated_ofi() FROM book").flatMap { $0.compactMap(\.text) }
        #expect(all.joined().contains("estimating over [, )"))
        let others = try run.rows("EXPLAIN SELECT mid() FROM book").flatMap { $0.compactMap(\.text) }
        #expect(!others.joined().contains("estimating"))
    }

    @Test("have no value where there is too little to estimate")
    func nothing() throws {
        var script = LiveScript()
        script.state(.syncing, .start)
        let run = try StoredRun(script.replay.recorder, seed: 1)
        let text = "SELECT stoikov_microprice(), integrated_ofi() FROM book"
        #expect(try run.rows(text).allSatisfy { $0.allSatisfy { $0 == .null } })
    }
}

@Suite(
    "Estimates over the stored BTC-USDT feed",
    .enabled(if: Recordings.isPresent, "TICKGATE_SHARED is absent")
)
struct BookEstimateGoldenTests {
    private static let book = "WHERE symbol = 'BTC-USDT.BINANCE'"

    @Test("equal their formulas")
    func formulas() throws {
        let run = try RecordedRun.bitcoin.get()
        let rows = try run.rows("\(BookEstimateQueryTests.list) \(Self.book)")
        #expect(rows.count > 6_492)
        #expect(BookEstimateQueryTests.differences(rows).prefix(3) == [])
    }

    /// NumPy's `linalg.eigh(cov)` over the golden flows, summed by intervals of their event times; the few events before the
    /// snapshot have its time here, so that the first interval differs.
    @Test("integrate flows as NumPy does", arguments: [("5, 1", -32.7208), ("3, 1", -36.3217), ("5, 10", -29.9246)])
    func integratedFlow(arguments: String, expected: Double) throws {
        let run = try RecordedRun.bitcoin.get()
        let rows = try run.rows("SELECT sum(integrated_ofi(\(arguments))) FROM book \(Self.book)")
        #expect(abs(try #require(rows[0][0].double) - expected) < 0.05)
    }

    /// NumPy's `inv` over the golden rows, by tenths of the imbalance from the middle upwards; the step from the snapshot to
    /// the first of them is one that the golden file has not.
    @Test("adjust the mid as NumPy does")
    func adjustments() throws {
        let run = try RecordedRun.bitcoin.get()
        let text = "SELECT imbalance(), stoikov_microprice(1) - mid() FROM book \(Self.book) AND state = 'live'"
        let expected = [0.77716, 1.91245, 2.99673, 4.35043, 6.53877]
        var seen = Set<Int>()
        for row in try run.rows(text) {
            guard let imbalance = row[0].double, let adjustment = row[1].double else { continue }
            let tenth = min(4, Int(imbalance.magnitude * 5))
            // Whether a tenth ends just here is a matter of the last bit of the imbalance.
            if abs(imbalance.magnitude * 5 - (imbalance.magnitude * 5).rounded()) < 1e-9 { continue }
            #expect(abs(adjustment - (imbalance < 0 ? -1 : 1) * expected[tenth]) < 0.02)
            seen.insert(tenth)
        }
        #expect(seen.count == 5)
    }

    /// It is about the next six moves, which take some seconds.
    @Test("tell better than the mid where it goes")
    func forecast() throws {
        let run = try RecordedRun.bitcoin.get()
        let rows = try run.rows("SELECT mid(), stoikov_microprice() FROM book \(Self.book) AND kind = 'change'")
        let pairs = rows.compactMap { row in row[0].double.flatMap { mid in row[1].double.map { (mid, $0) } } }
        var (byMid, byMicroprice) = (0.0, 0.0)
        for index in pairs.indices.dropLast(50) {
            let later = pairs[index + 50].0
            byMid += (later - pairs[index].0) * (later - pairs[index].0)
            byMicroprice += (later - pairs[index].1) * (later - pairs[index].1)
        }
        #expect(pairs.count > 6_000 && byMicroprice < byMid)
    }
}
