import Columnar
import QueryLang

/// Reduces the rows of a relation to groups, on several threads, and gives the groups by (bucket, keys).
///
/// The work is cut into steps that do not depend on each other: runs of series, or parts of one series where there are few.
/// Their states are joined in the order of the rows, so that the answer does not depend on who did which step.
final class Aggregate: PhysicalOperator {
    private var input: any Relation
    private let plan: AggregatePlan
    private let worker: Worker
    private let context: ExecutionContext
    private var stream: GroupStream?
    private var groups: FinishedGroups?

    init(_ input: any Relation, _ plan: AggregatePlan, _ worker: Worker) {
        self.input = input
        self.plan = plan
        self.worker = worker
        self.context = worker.context
    }

    func next() throws(QueryError) -> RecordBatch? {
        if let stream { return try stream.next() }
        if groups == nil {
            let origin = try SampleOrigin(of: plan, input, worker)
            let buckets = origin.buckets
            input = origin.input
            if isStreamed {
                let stream = GroupStream(try input.open(0, worker, rowsMax: context.sliceRows), plan, buckets, context)
                self.stream = stream
                return try stream.next()
            }
            groups = try FinishedGroups(reduce(buckets), plan, buckets, context)
        }
        return try groups?.next()
    }

    /// Whether groups are handed on while rows are read: they come in order, and it saves reading.
    private var isStreamed: Bool {
        guard let sampling = plan.sampling, plan.strategy == .acrossSeries else { return false }
        return sampling.fills.isEmpty && input.series.count == 1 && (plan.limit != nil || context.options.threads == 1)
    }

    /// Steps at most: enough that no thread waits long for the last one. Not a matter of how many threads there are, so
    /// that the same states are joined in the same order whatever their number.
    private static let stepsMax = 64
    /// Series from which on none is cut into parts.
    private static let seriesUncut = 16

    private func reduce(_ buckets: Buckets?) throws(QueryError) -> [[Vector]] {
        let count = input.series.count
        if context.options.isOrdered { return try reduceInOrder(buckets) }
        if count >= Self.seriesUncut || count == 0 {
            return try reduceSeries(buckets, steps: min(Self.stepsMax, count))
        }
        return try reduceParts(buckets, steps: Self.stepsMax / count)
    }

    /// A step is a run of series.
    private func reduceSeries(_ buckets: Buckets?, steps: Int) throws(QueryError) -> [[Vector]] {
        let (input, plan) = (input, plan)
        let count = input.series.count
        let isBySeries = plan.strategy == .bySeries
        let parts = try ParallelLoop.map(count: steps, worker) { worker, step throws(QueryError) in
            // Where every series is handed on at once, the next one takes over the room.
            let reduction =
                isBySeries
                ? worker.state(of: self) { GroupReduction(plan, buckets, worker.context) }
                : GroupReduction(plan, buckets, worker.context)
            let builders = isBySeries ? plan.types.map { VectorBuilder($0) } : []
            for index in step * count / steps..<(step + 1) * count / steps {
                let rows = try input.open(index, worker, rowsMax: Self.rowsMax(plan, worker))
                try reduction.update(rows)
                if isBySeries { try reduction.move(series: input.series[index], to: builders) }
            }
            return (reduction, builders.map { $0.take() })
        }
        if isBySeries { return parts.map(\.1) }
        return [try joined(parts.map(\.0), buckets)]
    }

    /// The ordered path: every series has states of its own, which take its rows from first to last, and are joined by series.
    private func reduceInOrder(_ buckets: Buckets?) throws(QueryError) -> [[Vector]] {
        let (input, plan) = (input, plan)
        let count = input.series.count
        if plan.strategy == .bySeries { return try reduceSeries(buckets, steps: min(Self.stepsMax, count)) }
        var whole: GroupReduction?
        for start in stride(from: 0, to: count, by: Self.stepsMax) {
            let steps = min(Self.stepsMax, count - start)
            let reductions = try ParallelLoop.map(count: steps, worker) { worker, step throws(QueryError) in
                let reduction = GroupReduction(plan, buckets, worker.context)
                try reduction.update(try input.open(start + step, worker, rowsMax: Self.rowsMax(plan, worker)))
                return reduction
            }
            for reduction in reductions {
                if let whole { try whole.absorb(reduction) } else { whole = reduction }
            }
        }
        return [try joined(whole.map { [$0] } ?? [], buckets)]
    }

    /// A step is a part of a series.
    private func reduceParts(_ buckets: Buckets?, steps: Int) throws(QueryError) -> [[Vector]] {
        let (input, plan) = (input, plan)
        var parts: [(series: Int, part: RelationPart)] = []
        for index in input.series.indices {
            for part in try input.parts(of: index, count: steps) { parts.append((index, part)) }
        }
        let work = parts
        let reductions = try ParallelLoop.map(count: parts.count, worker) { worker, step throws(QueryError) in
            let reduction = GroupReduction(plan, buckets, worker.context)
            let rows = try work[step].part.open(worker, Self.rowsMax(plan, worker))
            while let batch = try rows.next() { try reduction.update(batch) }
            return reduction
        }
        guard plan.strategy == .bySeries else { return [try joined(reductions, buckets)] }
        var finished: [[Vector]] = []
        var start = 0
        for index in input.series.indices {
            var end = start
            while end < parts.count, parts[end].series == index { end += 1 }
            let builders = plan.types.map { VectorBuilder($0) }
            if let whole = try merged(Array(reductions[start..<end])) {
                try whole.move(series: input.series[index], to: builders)
            }
            finished.append(builders.map { $0.take() })
            start = end
        }
        return finished
    }

    /// Whole slices can be answered from statistics; with keys, intermediate values stay in cache.
    private static func rowsMax(_ plan: AggregatePlan, _ worker: Worker) -> Int? {
        plan.strategy == .byKeys ? worker.context.batchRows : worker.context.sliceRows
    }

    private func joined(_ reductions: [GroupReduction], _ buckets: Buckets?) throws(QueryError) -> [Vector] {
        let whole = try merged(reductions) ?? GroupReduction(plan, buckets, context)
        whole.addSoleGroup()
        let builders = plan.types.map { VectorBuilder($0) }
        try whole.move(series: nil, to: builders)
        return builders.map { $0.take() }
    }

    private func merged(_ reductions: [GroupReduction]) throws(QueryError) -> GroupReduction? {
        guard let first = reductions.first else { return nil }
        for other in reductions.dropFirst() { try first.absorb(other) }
        return first
    }
}

/// Groups of one series that come in order, handed on while rows are read: nobody holds more than a batch of them.
final class GroupStream {
    private let rows: any RowSource
    private let plan: AggregatePlan
    private let reduction: GroupReduction
    private let builders: [VectorBuilder]
    private let groupsMax: Int
    private var isRead = false

    init(_ rows: any RowSource, _ plan: AggregatePlan, _ buckets: Buckets?, _ context: ExecutionContext) {
        self.rows = rows
        self.plan = plan
        self.reduction = GroupReduction(plan, buckets, context)
        self.builders = plan.types.map { VectorBuilder($0) }
        self.groupsMax = min(context.batchRows, plan.limit ?? .max, 1024)
    }

    func next() throws(QueryError) -> RecordBatch? {
        while !isRead {
            if let batch = try rows.next() {
                try reduction.update(batch)
                // The last group may get more rows.
                if reduction.groupCount > max(groupsMax, 1) {
                    try reduction.move(reduction.groupCount - 1, series: nil, to: builders)
                    return take()
                }
            } else {
                isRead = true
                try reduction.move(series: nil, to: builders)
            }
        }
        return take()
    }

    private func take() -> RecordBatch? {
        let columns = builders.map { $0.take() }
        guard let count = columns.first?.count, count > 0 else { return nil }
        return RecordBatch(columns: columns, rowCount: count)
    }
}
