import Columnar
import QueryLang

/// The groups of each series as rows of that series: SAMPLE BY within a sub-query, so that what stands above it runs over
/// series too.
final class SeriesAggregate: Relation {
    private let input: any Relation
    private let plan: AggregatePlan
    private let buckets: Buckets?

    /// - Parameters:
    ///   - plan: grouped by series, without FILL, with buckets that do not depend on the rows.
    init(_ input: any Relation, _ plan: AggregatePlan) {
        self.input = input
        self.plan = plan
        self.buckets = plan.sampling.map { Buckets(step: $0.step) }
    }

    var series: [String] { input.series }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        let scratch = worker.state(of: self) { Scratch(plan, buckets, worker.context) }
        let rows = try input.open(index, worker, rowsMax: worker.context.sliceRows)
        try scratch.reduction.update(rows)
        try scratch.reduction.move(series: input.series[index], to: scratch.builders)
        let columns = scratch.builders.map { $0.take() }
        let count = columns.first?.count ?? 0
        let times = buckets == nil ? nil : columns[0]
        return GroupRows(MaterializedColumns(columns, times: times, rowCount: count), rowsMax: rowsMax)
    }

    private final class Scratch {
        let reduction: GroupReduction
        let builders: [VectorBuilder]

        init(_ plan: AggregatePlan, _ buckets: Buckets?, _ context: ExecutionContext) {
            reduction = GroupReduction(plan, buckets, context)
            builders = plan.types.map { VectorBuilder($0) }
        }
    }

    private final class GroupRows: RowSource {
        private let groups: MaterializedColumns
        private let rowsMax: Int
        private var position = 0

        init(_ groups: MaterializedColumns, rowsMax: Int?) {
            self.groups = groups
            self.rowsMax = rowsMax ?? .max
        }

        func next() throws(QueryError) -> RowBatch? {
            guard position < groups.rowCount else { return nil }
            let range = position..<position + min(rowsMax, groups.rowCount - position)
            position = range.upperBound
            return RowBatch(groups, .range(range))
        }

        func peekTime() throws(QueryError) -> Int64? {
            position < groups.rowCount ? try groups.times().int64Values[position] : nil
        }
    }
}
