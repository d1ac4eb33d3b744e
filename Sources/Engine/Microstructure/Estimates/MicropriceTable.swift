/// Stoikov's micro-price (Quantitative Finance 18, 2018): where the mid can be expected to be after its next six moves.
///
/// A state is one of ten parts of the imbalance and one of few spreads, in ticks. Counts of what follows a state give Q, the
/// chances to come into each other one without a move of the mid, and R², those with one; all are taken twice, once with
/// both sides of the book exchanged. G¹ = (1 − Q)⁻¹ R¹ K is the expected next move, and what is added to the mid Σ Bᵏ G¹
/// for k from 0 to 5, with B = (1 − Q)⁻¹ R².
struct MicropriceTable: Equatable {
    /// Moves of the mid that are looked ahead, as in Stoikov's program.
    static let moves = 6

    private let tick: Double
    private let spreads: Int
    /// What is added to the mid in each state.
    let adjustments: [Double]

    /// The table of the states; nil if no spread is above 0.
    init?(_ transitions: MidTransitions, spreads: Int) {
        var tick = Double.infinity
        for state in transitions.states where state.spread > 0 { tick = min(tick, state.spread) }
        guard tick.isFinite, spreads > 0 else { return nil }
        self.tick = tick
        self.spreads = spreads
        var counts = TransitionCounts(count: spreads * MidTransitions.imbalances)
        var before: MidTransitions.State?
        for state in transitions.states {
            if let before, state.isReached, before.spread > 0, state.spread > 0 {
                counts.add(
                    Self.index(before, tick, spreads),
                    Self.index(state, tick, spreads),
                    move: state.mid - before.mid
                )
            }
            before = state
        }
        adjustments = counts.adjustments(moves: Self.moves)
    }

    /// The micro-price; nil if the spread is not above 0.
    func price(imbalance: UInt8, spread: Double, mid: Double) -> Double? {
        guard spread > 0 else { return nil }
        let state = MidTransitions.State(imbalance: imbalance, isReached: false, spread: spread, mid: mid)
        let index = Self.index(state, tick, spreads)
        return adjustments.indices.contains(index) ? mid + adjustments[index] : nil
    }

    /// States of a spread follow each other; a spread of as many ticks as there are spreads, or more, is the last one.
    private static func index(_ state: MidTransitions.State, _ tick: Double, _ spreads: Int) -> Int {
        let ticks = min(Double(spreads), max(1, (state.spread / tick).rounded()))
        return (Int(ticks) - 1) * MidTransitions.imbalances + Int(state.imbalance)
    }
}

/// How often a state followed another, with and without a move of the mid.
private struct TransitionCounts {
    private let count: Int
    private var resting: [[Double]]
    private var moving: [[Double]]
    /// Σ of the moves out of a state.
    private var drift: [Double]
    private var totals: [Double]

    init(count: Int) {
        self.count = count
        drift = [Double](repeating: 0, count: count)
        totals = drift
        resting = [[Double]](repeating: drift, count: count)
        moving = resting
    }

    /// Counts a transition, and the same of a book whose sides are exchanged.
    mutating func add(_ from: Int, _ to: Int, move: Double) {
        note(from, to, move)
        note(mirrored(from), mirrored(to), -move)
    }

    private func mirrored(_ state: Int) -> Int {
        let part = state % MidTransitions.imbalances
        return state - part + MidTransitions.imbalances - 1 - part
    }

    private mutating func note(_ from: Int, _ to: Int, _ move: Double) {
        totals[from] += 1
        if move == 0 {
            resting[from][to] += 1
        } else {
            moving[from][to] += 1
            drift[from] += move
        }
    }

    /// Σ Bᵏ G¹ for each state; 0 for states that no move of the mid was ever reached from.
    func adjustments(moves: Int) -> [Double] {
        let reaching = statesThatReachAMove()
        var system: [[Double]] = []
        var right: [[Double]] = []
        for state in 0..<count {
            // Without such states 1 − Q has an inverse.
            let total = reaching[state] ? totals[state] : 0
            func chance(_ number: Double) -> Double { total > 0 ? number / total : 0 }
            system.append((0..<count).map { ($0 == state ? 1 : 0) - chance(resting[state][$0]) })
            right.append([chance(drift[state])] + moving[state].map(chance))
        }
        guard let solution = LinearSystem.solve(system, right) else { return [Double](repeating: 0, count: count) }
        var term = solution.map { $0[0] }
        var sum = term
        for _ in 1..<moves {
            term = solution.map { row in (0..<count).reduce(0) { $0 + row[$1 + 1] * term[$1] } }
            for state in sum.indices { sum[state] += term[state] }
        }
        return sum
    }

    private func statesThatReachAMove() -> [Bool] {
        var reaching = moving.map { $0.contains { $0 > 0 } }
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for state in 0..<count where !reaching[state] {
                if (0..<count).contains(where: { reaching[$0] && resting[state][$0] > 0 }) {
                    reaching[state] = true
                    isGrowing = true
                }
            }
        }
        return reaching
    }
}
