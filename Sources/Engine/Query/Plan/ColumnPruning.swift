import Columnar
import QueryLang

/// Tells every scan which columns anything above asks for. Operators read columns when they need them; a scan that knows
/// before can prepare for them.
enum ColumnPruning {
    static func apply(_ plan: LogicalPlan) -> LogicalPlan {
        apply(plan, needed: Set(plan.shape.types.indices))
    }

    private static func apply(_ plan: LogicalPlan, needed: Set<Int>) -> LogicalPlan {
        switch plan {
        case .scan(var scan):
            scan.columns = needed.union([scan.table.timeColumn]).sorted()
            return .scan(scan)
        case .filter(let input, let predicate):
            return .filter(apply(input, needed: needed.union(predicate.columns)), predicate)
        case .project(let input, let expressions, let names):
            let used = needed.filter { $0 < expressions.count }.flatMap { expressions[$0].columns }
            return .project(apply(input, needed: Set(used)), expressions, names: names)
        case .latest(let input, let keys): return .latest(apply(input, needed: needed.union(keys)), keys: keys)
        case .aggregate(let input, let aggregate):
            let used = aggregate.keys + aggregate.calls.flatMap(\.arguments) + aggregate.calls.compactMap(\.filter)
            var columns = used.reduce(into: Set<Int>()) { $0.formUnion($1.columns) }
            if let time = input.shape.time { columns.insert(time) }
            return .aggregate(apply(input, needed: columns), aggregate)
        case .join(let left, let right, let join): return apply(left, right, join, needed: needed)
        case .window(let input, let calls):
            var columns = needed.filter { $0 < input.shape.types.count }
            for call in calls {
                for expression in call.arguments + call.partition + call.order.map(\.expression) {
                    columns.formUnion(expression.columns)
                }
                if let filter = call.filter { columns.formUnion(filter.columns) }
            }
            return .window(apply(input, needed: columns), calls)
        case .distinct(let input): return .distinct(apply(input, needed: Set(input.shape.types.indices)))
        case .sort(let input, let terms):
            return .sort(apply(input, needed: needed.union(terms.map(\.column))), terms)
        case .limit(let input, let range): return .limit(apply(input, needed: needed), range)
        case .timed(let input, let column):
            return .timed(apply(input, needed: needed.union([column])), column: column)
        case .union(let arms): return .union(arms.map { apply(pruned($0, needed), needed: needed) })
        case .combine(let left, let right, let set):
            let all = Set(left.shape.types.indices)
            return .combine(apply(left, needed: all), apply(right, needed: all), set)
        case .values, .sequence: return plan
        case .keep(let input, let count): return .keep(apply(input, needed: needed), columns: count)
        }
    }

    /// One side of a union with NULL in place of columns that nobody asks for, so that it does not compute them: all columns
    /// of a stream are.
    private static func pruned(_ arm: LogicalPlan, _ needed: Set<Int>) -> LogicalPlan {
        let shape = arm.shape
        let kept = needed.union(shape.time.map { [$0] } ?? [])
        guard kept.count < shape.types.count else { return arm }
        let expressions = shape.types.indices.map { index -> BoundExpression in
            let type = shape.types[index]
            return kept.contains(index) ? .column(index, type) : .literal(.null, type)
        }
        return .project(arm, expressions, names: shape.names)
    }

    private static func apply(
        _ left: LogicalPlan,
        _ right: LogicalPlan,
        _ join: JoinPlan,
        needed: Set<Int>
    ) -> LogicalPlan {
        let leftCount = left.shape.types.count
        var columns = needed
        if let condition = join.condition { columns.formUnion(condition.columns) }
        var leftColumns = columns.filter { $0 < leftCount }
        var rightColumns = Set(columns.filter { $0 >= leftCount }.map { $0 - leftCount })
        if case .window(let window) = join.kind {
            rightColumns = []
            for argument in window.aggregates.flatMap(\.arguments) {
                for column in argument.columns {
                    if column < leftCount {
                        leftColumns.insert(column)
                    } else {
                        rightColumns.insert(column - leftCount)
                    }
                }
            }
        }
        leftColumns.formUnion(join.keys.map(\.left))
        rightColumns.formUnion(join.keys.map(\.right))
        if let time = right.shape.time { rightColumns.insert(time) }
        if let arrival = join.arrival {
            leftColumns.insert(arrival.left)
            rightColumns.insert(arrival.right)
        }
        return .join(apply(left, needed: leftColumns), apply(right, needed: rightColumns), join)
    }
}
