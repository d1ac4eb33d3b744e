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
        self.buckets = plan.sampling.map { Buckets($0) }
    }

    var series: [String] { input.series }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        let scratch = worker.state(of: self) { Scratch(plan, buckets, worker.context) }
        let isCut = isCut && !worker.context.options.isOrdered
        let parts = isCut ? try input.parts(of: index, count: Self.partsMax / input.series.count) : []
        if parts.count > 1 {
            let whole = try reduce(parts, worker)
            try whole.move(series: input.series[index], to: scratch.builders)
        } else {
            let rows = try input.open(index, worker, rowsMax: worker.context.sliceRows)
            try scratch.reduction.update(rows)
            try scratch.reduction.move(series: input.series[index], to: scratch.builders)
        }
        let columns = scratch.builders.map { $0.take() }
        let count = columns.first?.count ?? 0
        let times = buckets == nil ? nil : columns[0]
        return GroupRows(MaterializedColumns(columns, times: times, rowCount: count), rowsMax: rowsMax)
    }

    /// Parts of all series together, where there are few series: not a matter of how many threads there are, so that the same
    /// states are joined in the same order whatever their number.
    private static let partsMax = 16
    /// Of longer buckets many are answered from what is known of many slices at once, which parts do not tell.
    private static let cutStepMax: Int64 = 3_600_000_000_000

    /// Whether a series is cut into parts, so that several threads share it.
    private var isCut: Bool {
        let count = input.series.count
        return count > 0 && count <= Self.partsMax / 2 && buckets.map { $0.step < Self.cutStepMax } ?? false
    }

    private func reduce(_ parts: [RelationPart], _ worker: Worker) throws(QueryError) -> GroupReduction {
        let (plan, buckets) = (plan, buckets)
        let reductions = try ParallelLoop.map(count: parts.count, worker) { worker, part throws(QueryError) in
            let reduction = GroupReduction(plan, buckets, worker.context)
            let rows = try parts[part].open(worker, worker.context.sliceRows)
            while let batch = try rows.next() { try reduction.update(batch) }
            return reduction
        }
        for other in reductions.dropFirst() { try reductions[0].absorb(other) }
        return reductions[0]
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
