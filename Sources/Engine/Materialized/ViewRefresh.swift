import Columnar
import QueryLang

/// Computes buckets of a materialized view anew and writes them, with the note of how far the view is in the last batch.
struct ViewRefresh {
    let plan: ViewPlan
    let engine: QueryEngine
    let source: any TableSource
    let writer: any TableWriter
    let context: ExecutionContext
    /// Told of each query as it begins, so that it can be cancelled.
    let begins: (ResultStream) -> Void

    /// Of the queries, and of everything that is done at a time.
    ///
    /// - Parameter timeout: nil for no bound: a first filling takes as long as it takes.
    static func limits(timeout: Int64?) -> ExecutionLimits {
        ExecutionLimits(groupsMax: 8_000_000, timeoutNanoseconds: timeout)
    }

    /// Rows that were written.
    private(set) var writtenRows = 0

    init(
        _ plan: ViewPlan,
        engine: QueryEngine,
        store: any MaterializedViews.Store,
        context: ExecutionContext,
        begins: @escaping (ResultStream) -> Void
    ) {
        self.begins = begins
        self.plan = plan
        self.engine = engine
        self.source = store
        self.writer = store
        self.context = context
    }

    /// - Parameters:
    ///   - parts: what to compute.
    ///   - mayShrink: whether rows of the view may have to go.
    ///   - progress: what is true of the view once all is written.
    mutating func run(_ parts: [ViewPlan.Part], mayShrink: Bool, progress: AppendGroup) throws(QueryError) {
        var batcher = RowBatcher(
            plan.target,
            columns: Array(plan.target.columns.indices),
            writer: writer,
            context: context,
            durability: .interval
        )
        for part in parts {
            var rest: ViewPlan.Part? = part
            while let left = rest { rest = try self.run(left, mayShrink: mayShrink, &batcher) }
        }
        try batcher.finish(with: progress)
        writtenRows = batcher.writtenRows
    }

    /// Computes the first buckets of a part that have rows. Returns what is left of it; nil if that is nothing.
    private func run(
        _ part: ViewPlan.Part,
        mayShrink: Bool,
        _ batcher: inout RowBatcher
    ) throws(QueryError) -> ViewPlan.Part? {
        var part = part
        if plan.first(of: part) != part {
            // Much of time may have no rows.
            let next = try firstTime(of: part).map(plan.buckets.index)
            let start = max(next ?? .max, part.buckets.lowerBound)
            if mayShrink, start > part.buckets.lowerBound {
                let isEmpty = next.map { $0 > part.buckets.upperBound } ?? true
                let last = isEmpty ? part.buckets.upperBound : start - 1
                try compute(
                    ViewPlan.Part(buckets: part.buckets.lowerBound...last, series: part.series),
                    mayShrink: true,
                    &batcher
                )
            }
            guard next != nil, start <= part.buckets.upperBound else { return nil }
            part.buckets = start...part.buckets.upperBound
        }
        let first = plan.first(of: part)
        try compute(first, mayShrink: mayShrink, &batcher)
        guard first.buckets.upperBound < part.buckets.upperBound else { return nil }
        return ViewPlan.Part(buckets: first.buckets.upperBound + 1...part.buckets.upperBound, series: part.series)
    }

    /// The time of the first row in a part; nil if there is none.
    private func firstTime(of part: ViewPlan.Part) throws(QueryError) -> Int64? {
        do throws(TableError) {
            let series: ScanRequest.Series = plan.isBySeries ? part.series.map { .named($0) } ?? .all : .all
            let request = ScanRequest(
                table: plan.base.name,
                series: series,
                time: plan.times(of: part),
                columns: [plan.base.timeColumn]
            )
            let scan = try source.snapshot().scan(request)
            var first: Int64?
            for index in scan.series.indices {
                var cursor = try scan.open(series: index)
                if let slice = try cursor.next() { first = min(first ?? .max, slice.firstTime) }
            }
            return first
        } catch {
            throw QueryError(error)
        }
    }

    private func execute(_ query: BoundSelect) throws(QueryError) -> ResultStream {
        try context.checkpoint()
        let rows = try engine.execute(PreparedQuery(.select(query)), limits: context.limits)
        begins(rows)
        return rows
    }

    private func compute(
        _ part: ViewPlan.Part,
        mayShrink: Bool,
        _ batcher: inout RowBatcher
    ) throws(QueryError) {
        let rows = try execute(plan.query(of: part))
        if mayShrink {
            try replace(part, by: rows, &batcher)
        } else {
            while let batch = try rows.next() { try batcher.add(batch) }
        }
    }

    /// Writes the rows of a part; if one that is there does not come again, all are removed before.
    private func replace(
        _ part: ViewPlan.Part,
        by rows: ResultStream,
        _ batcher: inout RowBatcher
    ) throws(QueryError) {
        var stored: Set<[Scalar]> = []
        let old = try execute(plan.storedKeys(of: part))
        while let batch = try old.next() {
            for row in 0..<batch.rowCount { stored.insert(batch.columns.map { $0.scalar(at: row) }) }
        }
        var batches: [RecordBatch] = []
        while let batch = try rows.next() {
            for row in 0..<batch.rowCount { stored.remove(plan.keyColumns.map { batch.columns[$0].scalar(at: row) }) }
            batches.append(batch)
        }
        if !stored.isEmpty {
            // What was added before must not be removed with it.
            try batcher.write()
            let series: ScanRequest.Series =
                plan.target.seriesColumn == nil ? .all : part.series.map { .named($0) } ?? .all
            do throws(TableError) {
                try writer.dropRows(of: plan.target.name, series: series, time: plan.times(of: part))
            } catch {
                throw QueryError(writing: error)
            }
        }
        for batch in batches { try batcher.add(batch) }
    }
}
