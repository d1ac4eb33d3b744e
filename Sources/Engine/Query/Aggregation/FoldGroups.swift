import Columnar
import QueryLang

/// The states of one aggregate in all groups. One call a batch, so that the fold's own loop is specialised.
protocol GroupedFold: AnyObject {
    /// Types of the values that ``moveFirst(_:to:)`` gives.
    var outputTypes: [ColumnType] { get }
    /// Bytes of a state, without what it holds elsewhere.
    var stateBytes: Int { get }
    /// Adds empty states.
    func addGroups(_ count: Int)
    /// Takes rows.
    func update(_ arguments: borrowing FoldArguments, _ runs: [FoldRun])
    /// Takes all rows of a slice from its statistics; false, and no change, if they do not suffice.
    func update(group: Int, statistics: SliceStatistics) -> Bool
    /// Bytes that the states of these groups hold beside themselves.
    func heldBytes(_ groups: some Sequence<Int>) -> Int
    /// Takes over the states of another, which is of the same aggregate: that of its group `i` into group `groups[i]`, which
    /// is added if it is the next one.
    func merge(_ other: any GroupedFold, into groups: [Int])
    /// Forgets all groups.
    func removeAll()
    /// Appends the values of the first `count` groups to a builder per output, and forgets those groups.
    func moveFirst(_ count: Int, to builders: ArraySlice<VectorBuilder>) throws(QueryError)
    /// Appends the values of some groups to a builder per output; the groups stay.
    func append(_ groups: [Int], to builders: ArraySlice<VectorBuilder>) throws(QueryError)
    /// Appends the values of one group, one per output; the group stays.
    func append(_ group: Int, to values: inout [Scalar]) throws(QueryError)
    /// Forgets the rows of a group.
    func reset(_ group: Int)
    /// Puts the states of some groups together, one after the other, into that of another, whose rows are forgotten.
    func join(_ groups: [Int], into target: Int)
}

/// The states of a fold in all groups.
///
/// Methods of a generic class are compiled once for all types, so loops over groups are left to the fold.
final class FoldGroups<State: MergeableFold>: GroupedFold {
    let outputTypes: [ColumnType]
    private var states: [State] = []

    init(_ type: ColumnType) {
        outputTypes = [ColumnType](repeating: type, count: State.outputCount)
    }

    var stateBytes: Int { MemoryLayout<State>.stride }

    func addGroups(_ count: Int) { State.append(count, to: &states) }

    func update(_ arguments: borrowing FoldArguments, _ runs: [FoldRun]) {
        // Windows of a join may be empty; the kernels of folds take runs that are not.
        let runs = runs.contains { $0.rows.isEmpty } ? runs.filter { !$0.rows.isEmpty } : runs
        states.withUnsafeMutableBufferPointer { states in
            guard let base = states.baseAddress, !runs.isEmpty else { return }
            State.update(base, arguments, runs: runs)
        }
    }

    func update(group: Int, statistics: SliceStatistics) -> Bool { states[group].update(statistics: statistics) }

    func heldBytes(_ groups: some Sequence<Int>) -> Int { groups.reduce(0) { $0 + states[$1].heldBytes } }

    func merge(_ other: any GroupedFold, into groups: [Int]) {
        guard let other = other as? FoldGroups<State> else { preconditionFailure("BUG: states of another aggregate") }
        State.merge(other.states, into: &states, groups: groups)
    }

    func removeAll() { states.removeAll(keepingCapacity: true) }

    func reset(_ group: Int) { states[group] = State() }

    func join(_ groups: [Int], into target: Int) {
        states[target] = groups.first.map { states[$0] } ?? State()
        for group in groups.dropFirst() { states[target].merge(states[group]) }
    }

    func append(_ groups: [Int], to builders: ArraySlice<VectorBuilder>) throws(QueryError) {
        for (output, builder) in builders.enumerated() {
            for group in groups { builder.append(try states[group].finalize(output: output)) }
        }
    }

    func append(_ group: Int, to values: inout [Scalar]) throws(QueryError) {
        for output in 0..<State.outputCount { values.append(try states[group].finalize(output: output)) }
    }

    func moveFirst(_ count: Int, to builders: ArraySlice<VectorBuilder>) throws(QueryError) {
        for (output, builder) in builders.enumerated() {
            try states.withUnsafeBufferPointer { states throws(QueryError) in
                guard let base = states.baseAddress else { return }
                switch builder.type {
                case .float64:
                    try builder.appendDoubles(count: count) { target, nulls throws(QueryError) in
                        try State.finalize(base, count: count, output: output, into: target, nulls: &nulls)
                    }
                case .int64, .timestamp:
                    try builder.appendIntegers(count: count) { target, nulls throws(QueryError) in
                        try State.finalize(base, count: count, output: output, into: target, nulls: &nulls)
                    }
                case .boolean, .symbol, .string:
                    for index in 0..<count { builder.append(try base[index].finalize(output: output)) }
                }
            }
        }
        if count == states.count {
            states.removeAll(keepingCapacity: true)
        } else {
            states.removeFirst(count)
        }
    }
}

/// An aggregate of the plan: its states and how to get its arguments.
final class AggregateColumn {
    let states: any GroupedFold
    /// Whether the fold looks at the times of rows.
    let needsTimes: Bool
    /// Whether states grow with the rows that they take.
    let holdsValues: Bool
    private let arguments: [any ExpressionNode]
    private let filter: (any ExpressionNode)?
    /// The columns that the arguments are; nil if one is anything but a column.
    let plainColumns: [Int]?

    init(_ call: AggregateCall) {
        states = AggregateStates.states(of: call)
        arguments = call.arguments.map(ExpressionCompiler.compile)
        filter = call.filter.map(ExpressionCompiler.compile)
        needsTimes = call.function.needsTimes
        holdsValues = call.function.holdsValues
        var columns: [Int] = []
        for case .column(let index, _) in call.arguments { columns.append(index) }
        plainColumns = columns.count == call.arguments.count && call.filter == nil ? columns : nil
    }

    /// Whether the fold needs no value of any row.
    var needsNothing: Bool { arguments.isEmpty }

    func argumentVectors(_ batch: any EvaluationInput) throws(QueryError) -> [Vector] {
        var vectors: [Vector] = []
        for argument in arguments { vectors.append(try argument.evaluate(batch)) }
        if let filter { vectors = AggregateFilter.masked(vectors, try filter.evaluate(batch)) }
        return vectors
    }
}
