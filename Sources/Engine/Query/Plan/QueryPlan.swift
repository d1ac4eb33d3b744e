import Columnar
import QueryLang

/// The steps of a query, from the answer down to the rows.
indirect enum QueryPlan: Sendable {
    /// Rows of a table, by series.
    case scan(ScanPlan)
    /// Rows for which a predicate is true.
    case filter(QueryPlan, BoundExpression)
    /// Expressions over rows of each series, in any order of the series.
    case concatenate(QueryPlan, [BoundExpression])
    /// Expressions over rows, by (time, series, arrival).
    case merge(QueryPlan, [BoundExpression])
    /// Expressions over the newest rows, newest first.
    case newestFirst(QueryPlan, [BoundExpression], limit: Int)
    /// Expressions over the last row of each series.
    case latest(QueryPlan, [BoundExpression])
    /// One answer a group.
    case aggregate(QueryPlan, AggregatePlan)
    /// ORDER BY.
    case sort(QueryPlan, [SortTerm], types: [ColumnType], limit: Int?)
    /// The first columns only.
    case dropColumns(QueryPlan, keeping: Int)
    /// LIMIT.
    case limit(QueryPlan, Int)
    /// SHOW TABLES.
    case tables
    /// SHOW COLUMNS.
    case columns(TableSchema)
}

/// Chooses the steps of a SELECT.
struct SelectPlanner {
    private let select: BoundSelect
    private let table: TableSchema

    init(_ select: BoundSelect) {
        self.select = select
        self.table = select.table
    }

    func plan() -> QueryPlan {
        var plan: QueryPlan
        switch select.shape {
        case .rows(let expressions): plan = rows(expressions)
        case .latest(let expressions): plan = sorted(.latest(source(isForward: false), expressions), expressions)
        case .aggregate(let aggregation): plan = aggregate(aggregation)
        }
        if let limit = select.limit { plan = .limit(plan, limit) }
        return plan
    }

    private var terms: [SortTerm] {
        select.orderBy.compactMap { term in
            guard case .column(let index, _) = term.expression else { return nil }
            return SortTerm(column: index, isDescending: term.isDescending)
        }
    }

    private func rows(_ expressions: [BoundExpression]) -> QueryPlan {
        let time = BoundExpression.column(table.timeColumn, .timestamp)
        let series = table.seriesColumn.map { BoundExpression.column($0, .symbol) }
        let ordered = terms.map { expressions[$0.column] }
        let ascends = terms.allSatisfy { !$0.isDescending }
        if ordered.isEmpty || ascends && (ordered == [time] || series.map { ordered == [time, $0] } ?? false) {
            return withoutHidden(.merge(source(), expressions))
        }
        if ordered == [time], let limit = select.limit {
            return withoutHidden(.newestFirst(source(isForward: false), expressions, limit: limit))
        }
        // The time is the last term, so that rows that compare equal come as they would without ORDER BY.
        let all = expressions + [time]
        let terms = terms + [SortTerm(column: expressions.count, isDescending: false)]
        let input = QueryPlan.concatenate(source(), all)
        return .dropColumns(
            .sort(input, terms, types: all.map(\.type), limit: select.limit),
            keeping: select.columns.count
        )
    }

    private func aggregate(_ aggregation: Aggregation) -> QueryPlan {
        let series = table.seriesColumn.map { BoundExpression.column($0, .symbol) }
        let strategy: GroupingStrategy =
            aggregation.keys.isEmpty
            ? .acrossSeries : aggregation.keys.allSatisfy { $0 == series } ? .bySeries : .byKeys
        let isInOrder = terms.isEmpty || isBucketOrder(aggregation)
        let plan = AggregatePlan(
            aggregation: aggregation,
            strategy: strategy,
            limit: isInOrder ? select.limit : nil
        )
        let aggregate = QueryPlan.aggregate(source(), plan)
        return isInOrder ? withoutHidden(aggregate) : sorted(aggregate, aggregation.outputs)
    }

    /// Whether ORDER BY asks for what an aggregation gives anyway: by the bucket, ascending.
    private func isBucketOrder(_ aggregation: Aggregation) -> Bool {
        aggregation.sampleBy != nil
            && terms.allSatisfy { !$0.isDescending && aggregation.outputs[$0.column] == .bucket }
    }

    private func sorted(_ input: QueryPlan, _ expressions: [BoundExpression]) -> QueryPlan {
        if terms.isEmpty { return withoutHidden(input) }
        return withoutHidden(.sort(input, terms, types: expressions.map(\.type), limit: select.limit))
    }

    private func withoutHidden(_ plan: QueryPlan) -> QueryPlan {
        select.hiddenCount == 0 ? plan : .dropColumns(plan, keeping: select.columns.count)
    }

    /// The rows of the table for which WHERE is true.
    private func source(isForward: Bool = true) -> QueryPlan {
        var scan = ScanPlan(
            table: table,
            times: select.times,
            series: select.series,
            columns: neededColumns,
            isForward: isForward
        )
        guard let predicate = select.predicate else { return .scan(scan) }
        scan.slicePredicates = SlicePredicate.conditions(of: predicate)
        return .filter(.scan(scan), predicate)
    }

    private var neededColumns: [Int] {
        var columns = Set<Int>()
        select.predicate?.collectColumns(into: &columns)
        switch select.shape {
        case .rows(let expressions), .latest(let expressions):
            columns.insert(table.timeColumn)
            for expression in expressions { expression.collectColumns(into: &columns) }
        case .aggregate(let aggregation):
            if aggregation.sampleBy != nil { columns.insert(table.timeColumn) }
            for key in aggregation.keys { key.collectColumns(into: &columns) }
            for call in aggregation.aggregates {
                if call.function.needsTimes { columns.insert(table.timeColumn) }
                for argument in call.arguments { argument.collectColumns(into: &columns) }
            }
        }
        return columns.sorted()
    }
}

extension AggregateFunction {
    /// Whether the fold looks at the times of rows.
    var needsTimes: Bool {
        switch self {
        case .first, .last, .ohlcv: true
        case .count, .sum, .min, .max, .avg, .vwap: false
        }
    }
}
