import Columnar
import QueryLang

/// Lays a bound SELECT out as steps, clause by clause.
struct LogicalPlanner {
    static func plan(_ select: BoundSelect) -> LogicalPlan {
        var plan = plan(select.source)
        if case .scan(var scan) = plan, scan.book.contains(where: \.function.isEstimated) {
            scan.estimated = Pushdown(select.predicate, table: scan.table).times
            plan = .scan(scan)
        }
        if let predicate = select.predicate { plan = .filter(plan, predicate) }
        var leaves = LeafColumns.rows
        switch select.shape {
        case .rows: break
        case .latest(let keys): plan = .latest(plan, keys: keys)
        case .aggregate(let aggregation):
            let aggregate = AggregatePlan(aggregation, over: plan.shape)
            leaves = LeafColumns(aggregation, aggregate)
            plan = .aggregate(plan, aggregate)
        }
        if let having = select.having { plan = .filter(plan, leaves.rewrite(having)) }
        if !select.windows.isEmpty {
            let levels = WindowLevels(select.windows)
            leaves.windows = levels.columns(from: plan.shape.types.count)
            for level in levels.levels { plan = .window(plan, level.map { leaves.rewrite(select.windows[$0]) }) }
        }
        plan = .project(plan, select.outputs.map(leaves.rewrite), names: select.columns.map(\.name))
        if select.isDistinct { plan = .distinct(plan) }
        if !select.orderBy.isEmpty {
            plan = .sort(plan, select.orderBy.map { SortTerm(column: $0.output, isDescending: $0.isDescending) })
        }
        if let limit = select.limit { plan = .limit(plan, limit) }
        if select.hiddenCount > 0 { plan = .keep(plan, columns: select.columns.count) }
        if select.isRetimed, let time = select.timeOutput { plan = .timed(plan, column: time) }
        return plan
    }

    private static func plan(_ source: BoundSource) -> LogicalPlan {
        switch source {
        case .table(let table): return .scan(ScanPlan(table: table, columns: Array(table.columns.indices)))
        case .query(let select): return plan(select)
        case .set(let set): return plan(set)
        case .values(let values): return .values(values)
        case .sequence(let sequence): return .sequence(sequence)
        case .book(let book):
            let columns = Array(book.schema.columns.indices)
            return .scan(ScanPlan(table: book.schema, columns: columns, book: book.calls))
        case .join(let join):
            return .join(
                plan(join.left),
                plan(join.right),
                JoinPlan(kind: join.kind, keys: join.keys, condition: join.condition, arrival: join.arrival)
            )
        }
    }
}

extension LogicalPlanner {
    fileprivate static func plan(_ set: BoundSet) -> LogicalPlan {
        let (left, right) = (plan(set.left), plan(set.right))
        switch set.operation {
        case .union:
            let arms = set.isAll ? arms(of: left, set.left) + arms(of: right, set.right) : [left, right]
            return set.isAll ? .union(arms) : .distinct(.union(arms))
        case .except, .intersect:
            return .combine(left, right, SetPlan(isIntersection: set.operation == .intersect, isAll: set.isAll))
        }
    }

    /// The sides of a union that is itself a side of one: `a UNION ALL b UNION ALL c` is one step.
    private static func arms(of plan: LogicalPlan, _ select: BoundSelect) -> [LogicalPlan] {
        guard case .project(.union(let arms), let expressions, _) = plan, select.predicate == nil,
            expressions == select.columns.indices.map({ .column($0, select.columns[$0].type) })
        else { return [plan] }
        return arms
    }
}

extension AggregatePlan {
    init(_ aggregation: Aggregation, over input: PlanShape) {
        var calls: [AggregateCall] = []
        var fills: [Sampling.Fill] = []
        for (index, call) in aggregation.aggregates.enumerated() {
            let fill = aggregation.fill(of: index)
            guard AggregatePlan.place(of: call, fill, in: calls, fills) == nil else { continue }
            calls.append(call)
            if let fill { fills.append(fill) }
        }
        var sampling = aggregation.sampling
        sampling?.fills = fills
        self.sampling = sampling
        self.keys = aggregation.keys
        self.calls = calls
        let isSeries = aggregation.keys.allSatisfy { key in
            if case .column(let index, _) = key { index == input.series } else { false }
        }
        self.strategy = aggregation.keys.isEmpty ? .acrossSeries : isSeries ? .bySeries : .byKeys
    }

    /// The place of a call among distinct ones.
    static func place(
        of call: AggregateCall,
        _ fill: Sampling.Fill?,
        in calls: [AggregateCall],
        _ fills: [Sampling.Fill]
    ) -> Int? {
        calls.indices.first { calls[$0] == call && (fill == nil || fills[$0] == fill) }
    }
}

extension Aggregation {
    fileprivate func fill(of call: Int) -> Sampling.Fill? {
        guard let fills = sampling?.fills, call < fills.count else { return nil }
        return fills[call]
    }
}

/// Where the leaves of a SELECT's expressions lie among the columns of the step that they are computed over.
struct LeafColumns {
    /// Column of the first key; the bucket is before it.
    private var firstKey = 0
    /// For each call its first output.
    private var aggregates: [Int] = []
    /// For each window call the column of its value.
    var windows: [Int] = []

    /// Of rows: columns are columns.
    static let rows = LeafColumns()

    private init() {}

    init(_ aggregation: Aggregation, _ plan: AggregatePlan) {
        firstKey = plan.bucketColumns
        var starts: [Int] = []
        var next = plan.keyColumns
        for call in plan.calls {
            starts.append(next)
            next += AggregateStates.states(of: call).outputTypes.count
        }
        let fills = plan.sampling?.fills ?? []
        aggregates = aggregation.aggregates.enumerated().map { index, call in
            starts[AggregatePlan.place(of: call, aggregation.fill(of: index), in: plan.calls, fills) ?? 0]
        }
    }

    func rewrite(_ expression: BoundExpression) -> BoundExpression {
        switch expression {
        case .bucket: .column(0, .timestamp)
        case .key(let index, let type): .column(firstKey + index, type)
        case .aggregate(let call, let output, let type): .column(aggregates[call] + output, type)
        case .window(let index, let type): .column(windows[index], type)
        default: expression.mapChildren(rewrite)
        }
    }

    func rewrite(_ call: WindowCall) -> WindowCall {
        var call = call
        call.arguments = call.arguments.map(rewrite)
        call.filter = call.filter.map(rewrite)
        call.partition = call.partition.map(rewrite)
        for index in call.order.indices { call.order[index].expression = rewrite(call.order[index].expression) }
        return call
    }
}

extension BoundExpression {
    /// The same expression over other children.
    func mapChildren(_ transform: (BoundExpression) -> BoundExpression) -> BoundExpression {
        switch self {
        case .literal, .column, .bucket, .key, .aggregate, .window: self
        case .unary(let symbol, let operand, let type): .unary(symbol, transform(operand), type)
        case .binary(let symbol, let left, let right, let type):
            .binary(symbol, transform(left), transform(right), type)
        case .inList(let operand, let values, let isNegated):
            .inList(transform(operand), values, isNegated: isNegated)
        case .isNull(let operand, let isNegated): .isNull(transform(operand), isNegated: isNegated)
        case .call(let function, let arguments, let type): .call(function, arguments.map(transform), type)
        case .query(let query): .query(query.mapOperand(transform))
        }
    }

    /// The same expression with each column replaced.
    func replacingColumns(_ replacement: (Int, ColumnType) -> BoundExpression) -> BoundExpression {
        if case .column(let index, let type) = self { return replacement(index, type) }
        return mapChildren { $0.replacingColumns(replacement) }
    }

    /// Indices of the columns that it reads.
    var columns: Set<Int> {
        var found = Set<Int>()
        collectColumns(into: &found)
        return found
    }
}
