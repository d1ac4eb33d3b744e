import Columnar
import QueryLang

/// The aggregates of a WINDOW JOIN, ready to compute. Belongs to one thread, as nodes and folds keep state.
final class WindowAggregates {
    /// What an aggregate is computed from.
    private enum Input {
        /// The number of rows.
        case rows
        /// Columns of the right side.
        case right([WindowArgument])
        /// Columns of both sides.
        case pairs(WindowPairs.Call)
    }

    private let calls: [(call: AggregateCall, input: Input, states: any GroupedFold)]
    private let leftTypes: [ColumnType]
    private let context: ExecutionContext
    /// What a right row takes while it is held, about: its time, and of each argument a value and a sum or a count.
    let bytesPerRow: Int

    /// - Parameters:
    ///   - calls: over the columns of the left side, then those of the right.
    ///   - leftTypes: of the columns of the left side.
    init(_ calls: [AggregateCall], leftTypes: [ColumnType], _ context: ExecutionContext) {
        let leftCount = leftTypes.count
        var arguments: [BoundExpression: WindowArgument] = [:]
        self.calls = calls.map { call in
            let states = AggregateStates.states(of: call)
            if call.arguments.isEmpty { return (call, .rows, states) }
            guard call.arguments.allSatisfy({ $0.columns.allSatisfy { $0 >= leftCount } }) else {
                let pairs = WindowPairs.Call(
                    states: states,
                    arguments: call.arguments.map(ExpressionCompiler.compile),
                    needsTimes: call.function.needsTimes
                )
                return (call, .pairs(pairs), states)
            }
            let own = call.arguments.map { argument in
                if let known = arguments[argument] { return known }
                let node = ExpressionCompiler.compile(argument.replacingColumns { .column($0 - leftCount, $1) })
                let made = WindowArgument(index: arguments.count, type: argument.type, node: node)
                arguments[argument] = made
                return made
            }
            return (call, .right(own), states)
        }
        self.bytesPerRow = (1 + 2 * arguments.count) * MemoryLayout<Int64>.stride
        self.leftTypes = leftTypes
        self.context = context
    }

    /// The outputs of all aggregates, a row for each left row.
    func columns(_ windows: LeftWindows) throws(QueryError) -> [Vector] {
        var overPairs: [WindowPairs.Call] = []
        for case (_, .pairs(let call), _) in calls { overPairs.append(call) }
        let pairs = WindowPairs(windows: windows, leftTypes: leftTypes, context: context)
        var pairColumns = try overPairs.isEmpty ? [] : pairs.columns(overPairs)
        pairColumns.reverse()
        var columns: [Vector] = []
        for (call, input, states) in calls {
            switch input {
            case .rows: columns.append(Vector(type: .int64, form: .int64(windows.rowCounts())))
            case .pairs: columns += pairColumns.popLast() ?? []
            case .right(let arguments):
                if let column = try column(call.function, arguments[0], windows) {
                    columns.append(column)
                } else {
                    let folds = WindowFolds(windows: windows, context: context)
                    columns += try folds.columns(states, arguments, needsTimes: call.function.needsTimes)
                }
            }
        }
        return columns
    }

    /// The values of an aggregate of one argument by a shorter way than its fold; nil if there is none.
    private func column(
        _ function: AggregateFunction,
        _ argument: WindowArgument,
        _ windows: LeftWindows
    ) throws(QueryError) -> Vector? {
        let sums = WindowSums(windows: windows, argument: argument)
        let picks = WindowPicks(windows: windows, argument: argument)
        let extremes = WindowExtremes(windows: windows, argument: argument, context: context)
        switch function {
        case .count: return Vector(type: .int64, form: .int64(try windows.valueCounts(of: argument)))
        case .sum: return argument.type == .timestamp ? nil : try sums.sums()
        case .avg: return argument.type == .timestamp ? nil : try sums.means()
        case .first: return try picks.column(isFirst: true)
        case .last: return try picks.column(isFirst: false)
        case .min: return try extremes.column(isSmallest: true)
        case .max: return try extremes.column(isSmallest: false)
        default: return nil
        }
    }
}
