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
            let used = aggregate.keys + aggregate.calls.flatMap(\.arguments)
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
            }
            return .window(apply(input, needed: columns), calls)
        case .distinct(let input): return .distinct(apply(input, needed: Set(input.shape.types.indices)))
        case .sort(let input, let terms):
            return .sort(apply(input, needed: needed.union(terms.map(\.column))), terms)
        case .limit(let input, let range): return .limit(apply(input, needed: needed), range)
        case .keep(let input, let count): return .keep(apply(input, needed: needed), columns: count)
        }
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
        return .join(apply(left, needed: leftColumns), apply(right, needed: rightColumns), join)
    }
}
