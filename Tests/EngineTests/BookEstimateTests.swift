import Columnar
import Foundation
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// What the estimates say, worked out the long way.
enum EstimateOracle {
    /// A row of a query over the book: a live book after an event, or nil where there was none.
    struct Row {
        var isChange: Bool
        var bidSize: Double
        var askSize: Double
        var spread: Double
        var mid: Double
    }

    /// Adjustments of the mid by (spread, imbalance): (1 − Q)⁻¹ as the sum of the powers of Q, all counts in doubles.
    static func adjustments(_ rows: [Row?], spreads: Int) -> [Double] {
        let count = spreads * 10
        let tick = rows.compactMap { $0?.spread }.filter { $0 > 0 }.min() ?? 1
        func state(_ row: Row) -> Int {
            let ticks = min(spreads, max(1, Int((row.spread / tick).rounded())))
            // Sizes are decimals of at most eight digits.
            let (bid, ask) = (Int((row.bidSize * 1e8).rounded()), Int((row.askSize * 1e8).rounded()))
            return (ticks - 1) * 10 + min(9, 10 * bid / (bid + ask))
        }
        func mirror(_ state: Int) -> Int { state / 10 * 10 + 9 - state % 10 }
        var q = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        var r = q
        var drift = [Double](repeating: 0, count: count)
        for (before, after) in zip(rows, rows.dropFirst()) {
            guard let before, let after, after.isChange, before.spread > 0, after.spread > 0 else { continue }
            let (from, to, move) = (state(before), state(after), after.mid - before.mid)
            for (from, to, move) in [(from, to, move), (mirror(from), mirror(to), -move)] {
                if move == 0 { q[from][to] += 1 } else { r[from][to] += 1 }
                drift[from] += move
            }
        }
        for state in 0..<count {
            let total = q[state].reduce(0, +) + r[state].reduce(0, +)
            guard total > 0 else { continue }
            q[state] = q[state].map { $0 / total }
            r[state] = r[state].map { $0 / total }
            drift[state] /= total
        }
        /// Σ Qⁿ x.
        func settled(_ x: [Double]) -> [Double] {
            var (sum, term) = (x, x)
            for _ in 0..<200_000 {
                term = product(q, term)
                for state in sum.indices { sum[state] += term[state] }
                if term.allSatisfy({ abs($0) < 1e-18 }) { break }
            }
            return sum
        }
        var term = settled(drift)
        var sum = term
        for _ in 1..<6 {
            term = settled(product(r, term))
            for state in sum.indices { sum[state] += term[state] }
        }
        return sum
    }

    /// The micro-price of each row.
    static func microprices(_ rows: [Row?], table: [Double], spreads: Int) -> [Double?] {
        let tick = rows.compactMap { $0?.spread }.filter { $0 > 0 }.min() ?? 1
        return rows.map { row in
            guard let row, row.spread > 0 else { return nil }
            let ticks = min(spreads, max(1, Int((row.spread / tick).rounded())))
            let (bid, ask) = (Int((row.bidSize * 1e8).rounded()), Int((row.askSize * 1e8).rounded()))
            return row.mid + table[(ticks - 1) * 10 + min(9, 10 * bid / (bid + ask))]
        }
    }

    /// Weights of the first principal component, by the power method over the covariances of two passes.
    static func weights(_ observations: [[Double]]) -> [Double] {
        let levels = observations[0].count
        let count = Double(observations.count)
        let means = (0..<levels).map { level in observations.reduce(0) { $0 + $1[level] } / count }
        let covariances = (0..<levels).map { row in
            (0..<levels).map { column in
                observations.reduce(0) { $0 + ($1[row] - means[row]) * ($1[column] - means[column]) } / (count - 1)
            }
        }
        var vector = (0..<levels).map { 1 + Double($0) / 7 }
        for _ in 0..<100_000 {
            let next = product(covariances, vector)
            let length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
            vector = next.map { $0 / length }
        }
        let sum = vector.reduce(0, +)
        let magnitude = vector.reduce(0) { $0 + abs($1) }
        return vector.map { $0 * (sum < 0 ? -1 : 1) / magnitude }
    }

    private static func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
        matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }
}

@Suite("Estimates over the book")
struct BookEstimateTests {
    private func near(_ left: [Double], _ right: [Double], _ tolerance: Double) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
    }

    @Test("have eigenvectors that the matrix only stretches", arguments: 1...20 as ClosedRange<UInt64>)
    func eigenvectors(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = random.int(1...8)
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for row in 0..<count {
            for column in 0...row {
                matrix[row][column] = Double.random(in: -3...3, using: &random)
                matrix[column][row] = matrix[row][column]
            }
        }
        let (value, vector) = try #require(SymmetricEigenvectors.principal(of: matrix))
        let stretched = matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(near(stretched, vector.map { value * $0 }, 1e-12))
        #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
        // No direction is stretched more.
        for _ in 0..<100 {
            let x = (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
            let quotient =
                zip(x, matrix.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } })
                .reduce(0) { $0 + $1.0 * $1.1 } / x.reduce(0) { $0 + $1 * $1 }
            #expect(quotient <= value + 1e-12)
        }
    }

    @Test("have no eigenvector of no matrix, and one of the smallest")
    func oddMatrices() throws {
        #expect(SymmetricEigenvectors.principal(of: []) == nil)
        #expect(SymmetricEigenvectors.principal(of: [[.nan]]) == nil)
        #expect(SymmetricEigenvectors.principal(of: [[1, 2]]) == nil)
        let one = try #require(SymmetricEigenvectors.principal(of: [[4]]))
        #expect(one.value == 4 && one.vector == [1])
        let zero = try #require(SymmetricEigenvectors.principal(of: [[0, 0], [0, 0]]))
        #expect(zero.value == 0)
    }

    @Test("solve systems of equations", arguments: 1...20 as ClosedRange<UInt64>)
    func systems(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = random.int(1...30)
        func matrix(_ columns: Int) -> [[Double]] {
            (0..<count).map { _ in (0..<columns).map { _ in Double.random(in: -1...1, using: &random) } }
        }
        let (a, x) = (matrix(count), matrix(3))
        let b = a.map { row in (0..<3).map { column in (0..<count).reduce(0) { $0 + row[$1] * x[$1][column] } } }
        let found = try #require(LinearSystem.solve(a, b))
        #expect(near(found.flatMap { $0 }, x.flatMap { $0 }, 1e-8))
        #expect(LinearSystem.solve([[1, 2], [2, 4]], [[1], [1]]) == nil)
        #expect(LinearSystem.solve([[1]], []) == nil)
    }

    @Test("weigh flows by their first principal component", arguments: 1...12 as ClosedRange<UInt64>)
    func components(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let levels = random.int(1...5)
        var components = FlowComponents(levels: levels, seconds: 0.25)
        var observations: [[Double]] = []
        var time: Int64 = -3_000_000_000
        for _ in 0..<300 {
            var sums = [Double](repeating: 0, count: levels)
            for _ in 0..<random.int(1...4) {
                let common = Double.random(in: -2...2, using: &random)
                let flows = (0..<5).map { level in
                    common / Double(level + 1) + Double.random(in: -0.3...0.3, using: &random)
                }
                components.add(flows, time: time)
                for level in 0..<levels { sums[level] += flows[level] }
                time += 10_000_000
            }
            observations.append(sums)
            // To the start of another interval, not always the next.
            time = (time + 249_999_999) / 250_000_000 * 250_000_000 + Int64(random.int(0...3)) * 250_000_000
        }
        let weights = try #require(components.weights())
        #expect(near(weights, EstimateOracle.weights(observations), 1e-9))
        #expect(abs(weights.reduce(0) { $0 + abs($1) } - 1) < 1e-12 && weights.reduce(0, +) > 0)
    }

    @Test("have no weights of too little")
    func noWeights() {
        var components = FlowComponents(levels: 2, seconds: 1)
        #expect(components.weights() == nil)
        components.add([1, 2], time: 0)
        #expect(components.weights() == nil)
        components.add([1, 2], time: 5_000_000_000)
        // Nothing varies.
        #expect(components.weights() == nil)
        components.add([2, 4], time: 9_000_000_000)
        #expect(near(components.weights() ?? [], [1.0 / 3, 2.0 / 3], 1e-12))
        components.add([-2, -4], time: .max)
        #expect(near(components.weights() ?? [], [1.0 / 3, 2.0 / 3], 1e-12))
    }

    @Test("move the mid as the counts of its moves say", arguments: 1...12 as ClosedRange<UInt64>)
    func microprices(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var transitions = MidTransitions()
        var rows: [EstimateOracle.Row?] = []
        var mid = 100.0
        for _ in 0..<random.int(3...600) {
            if random.oneIn(15) {
                transitions.interrupt()
                rows.append(nil)
                continue
            }
            let (bid, ask) = (Int64(random.int(1...9)), Int64(random.int(1...9)))
            let isChange = !random.oneIn(20)
            // Large bids push upwards, and moves are of half ticks.
            if random.oneIn(3) { mid += bid > ask ? 0.5 : -0.5 }
            let spread = Double(random.int(1...5))
            let part = MidTransitions.part(bidSize: bid, askSize: ask)
            transitions.add(imbalance: part, spread: spread, mid: mid, isChange: isChange)
            rows.append(
                .init(isChange: isChange, bidSize: Double(bid), askSize: Double(ask), spread: spread, mid: mid)
            )
        }
        for spreads in 1...3 {
            guard let table = MicropriceTable(transitions, spreads: spreads) else {
                #expect(rows.allSatisfy { $0 == nil })
                continue
            }
            let expected = EstimateOracle.adjustments(rows, spreads: spreads)
            #expect(near(table.adjustments, expected, 1e-9), "\(spreads) spreads")
            // Where both sides are exchanged the adjustment is the negative.
            let mirrored = table.adjustments.indices.map { -table.adjustments[$0 / 10 * 10 + 9 - $0 % 10] }
            #expect(near(table.adjustments, mirrored, 1e-9))
        }
    }

    @Test("are 0 where the mid never moved, and none without a spread")
    func restingMid() throws {
        var transitions = MidTransitions()
        #expect(MicropriceTable(transitions, spreads: 2) == nil)
        transitions.add(imbalance: 3, spread: 0, mid: 5, isChange: true)
        #expect(MicropriceTable(transitions, spreads: 2) == nil)
        for part: UInt8 in [1, 2, 3, 2, 1] { transitions.add(imbalance: part, spread: 0.5, mid: 5, isChange: true) }
        let table = try #require(MicropriceTable(transitions, spreads: 2))
        #expect(table.adjustments == [Double](repeating: 0, count: 20))
        #expect(table.price(imbalance: 9, spread: 100, mid: 7) == 7)
        #expect(table.price(imbalance: 9, spread: 0, mid: 7) == nil)
        #expect(MidTransitions.part(bidSize: 1, askSize: 9) == 1)
        #expect(MidTransitions.part(bidSize: .max, askSize: 1) == 9)
        #expect(MidTransitions.part(bidSize: 0, askSize: 0) == 0)
    }

    @Test("do not grow by events that change nothing")
    func restingStates() {
        var transitions = MidTransitions()
        for _ in 0..<1000 { transitions.add(imbalance: 3, spread: 1, mid: 5, isChange: true) }
        #expect(transitions.states.count == 1)
        transitions.interrupt()
        transitions.add(imbalance: 3, spread: 1, mid: 5, isChange: true)
        #expect(transitions.states.count == 2 && transitions.states.last?.isReached == false)
    }
}
