import Columnar
import QueryLang

/// The states of one aggregate in all groups. One call a batch, so that the fold's own loop is specialised.
protocol GroupedFold: AnyObject {
    /// Types of the values that ``append(to:keepingLast:)`` gives.
    var outputTypes: [ColumnType] { get }
    /// Bytes of a state.
    var stateBytes: Int { get }
    /// Adds an empty state.
    func addGroup()
    /// Takes rows.
    func update(_ arguments: borrowing FoldArguments, _ runs: [FoldRun])
    /// Takes all rows of a slice from its statistics; false, and no change, if they do not suffice.
    func update(group: Int, statistics: ColumnStatistics?, rowCount: Int) -> Bool
    /// Appends the values of the first `count` groups to a builder per output, and forgets those groups.
    func moveFirst(_ count: Int, to builders: ArraySlice<VectorBuilder>) throws(QueryError)
}

/// The states of a fold in all groups.
final class FoldGroups<State: Fold>: GroupedFold {
    let outputTypes: [ColumnType]
    private var states: [State] = []

    init(_ type: ColumnType) {
        outputTypes = [ColumnType](repeating: type, count: State.outputCount)
    }

    var stateBytes: Int { MemoryLayout<State>.stride }

    func addGroup() { states.append(State()) }

    func update(_ arguments: borrowing FoldArguments, _ runs: [FoldRun]) {
        states.withUnsafeMutableBufferPointer { states in
            guard let base = states.baseAddress else { return }
            State.update(base, arguments, runs: runs)
        }
    }

    func update(group: Int, statistics: ColumnStatistics?, rowCount: Int) -> Bool {
        states[group].update(statistics: statistics, rowCount: rowCount)
    }

    func moveFirst(_ count: Int, to builders: ArraySlice<VectorBuilder>) throws(QueryError) {
        for (output, builder) in builders.enumerated() {
            for index in 0..<count { builder.append(try states[index].finalize(output: output)) }
        }
        states.removeFirst(count)
    }
}

/// An aggregate of the plan: its states and how to get its arguments.
final class AggregateColumn {
    let states: any GroupedFold
    /// Whether the fold looks at the times of rows.
    let needsTimes: Bool
    private let arguments: [any ExpressionNode]
    /// The column that the argument is, if it is just that.
    let plainColumn: Int?

    init(_ call: AggregateCall) {
        states = Self.states(of: call)
        arguments = call.arguments.map(ExpressionCompiler.compile)
        needsTimes = call.function.needsTimes
        if call.arguments.count == 1, case .column(let index, _) = call.arguments[0] {
            plainColumn = index
        } else {
            plainColumn = nil
        }
    }

    /// Whether the fold needs no value of any row.
    var needsNothing: Bool { arguments.isEmpty }

    func argumentVectors(_ batch: RowBatch) throws(QueryError) -> [Vector] {
        var vectors: [Vector] = []
        for argument in arguments { vectors.append(try argument.evaluate(batch)) }
        return vectors
    }

    private static func states(of call: AggregateCall) -> any GroupedFold {
        let type = call.arguments.first?.type ?? .int64
        let isInteger = type == .int64 || type == .timestamp
        switch call.function {
        case .count: return FoldGroups<CountFold>(.int64)
        case .sum: return isInteger ? FoldGroups<IntegerSumFold>(type) : FoldGroups<SumFold>(type)
        case .min:
            if isInteger { return FoldGroups<IntegerMinFold>(type) }
            return type == .float64 ? FoldGroups<MinFold>(type) : FoldGroups<ScalarExtremeFold<Smallest>>(type)
        case .max:
            if isInteger { return FoldGroups<IntegerMaxFold>(type) }
            return type == .float64 ? FoldGroups<MaxFold>(type) : FoldGroups<ScalarExtremeFold<Largest>>(type)
        case .avg: return FoldGroups<AverageFold>(.float64)
        case .first: return FoldGroups<FirstFold>(type)
        case .last: return FoldGroups<LastFold>(type)
        case .vwap: return FoldGroups<VWAPFold>(.float64)
        case .ohlcv: return FoldGroups<OHLCVFold>(.float64)
        }
    }
}
