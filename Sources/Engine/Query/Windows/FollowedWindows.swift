import QueryLang

/// The window steps of one plan whose input goes on, in the order in which they were made, which is that of the plan.
final class FollowedWindows: @unchecked Sendable {
    // Sendable: it belongs to the one thread that makes the plan and pulls its rows.

    private struct Step {
        weak var rows: WindowRows?
    }

    private var steps: [Step] = []
    /// States to go on from, one a step, until they were read; empty to begin before the first row.
    private var states: [[UInt8]]

    init(states: [[UInt8]] = []) { self.states = states }

    /// Whether as many steps were made as there were states.
    var isComplete: Bool { steps.count == states.count }

    /// Notes a step that was just made; it goes on from its state, if there are any.
    func add(_ rows: WindowRows) throws(QueryError) {
        if !states.isEmpty {
            guard steps.count < states.count else {
                throw QueryError(.storage, "the plan has more windows than states were written")
            }
            try rows.decodeState(states[steps.count])
            states[steps.count] = []
        }
        steps.append(Step(rows: rows))
    }

    /// The states of all steps; nil while one of them has rows that wait for their values.
    func encode() -> [[UInt8]]? {
        var states: [[UInt8]] = []
        for step in steps {
            guard let state = step.rows?.encodeState() else { return nil }
            states.append(state)
        }
        return states
    }
}
