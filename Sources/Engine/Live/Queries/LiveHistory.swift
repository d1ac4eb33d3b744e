import Columnar
import QueryLang

/// The tables as of one write, for a live plan to read: its history, and buckets that a late row changed.
struct LiveHistory {
    let snapshot: any TableSnapshot
    let worker: Worker

    var context: ExecutionContext { worker.context }

    /// The rows of a branch by series, after the steps before its first window.
    func relation(_ branch: LiveShape.Branch) throws(QueryError) -> any Relation {
        var relation: any Relation
        switch branch.source {
        case .scan(let scan) where !scan.book.isEmpty: relation = try BookReplay(scan, snapshot, context)
        case .scan(let scan): relation = try Scan(scan, snapshot, context)
        case .asof(let left, let right, let plan):
            relation = SeriesAsof(try self.relation(left), try self.relation(right), plan)
        }
        for step in branch.steps.prefix(branch.firstWindow) {
            switch step {
            case .filter(let predicate): relation = Filter(relation, predicate)
            case .project(let expressions): relation = Project(relation, expressions)
            case .window: break
            }
        }
        return relation
    }

    /// Gives the rows of a branch without windows: one series after the other, or, `merged`, those of all by time.
    func read(
        _ branch: LiveShape.Branch,
        merged: Bool,
        _ body: (RowBatch, _ series: String) throws(QueryError) -> Void
    ) throws(QueryError) {
        let rows = try relation(branch)
        if merged, rows.series.count > 1, let time = branch.shape.time {
            let merge = try Merge(rows, types: branch.shape.types, worker)
            while let batch = try merge.next() {
                let times = batch.columns[time]
                try body(RowBatch(MaterializedColumns(batch.columns, times: times, rowCount: batch.rowCount)), "")
            }
            return
        }
        for (index, name) in rows.series.enumerated() {
            let source = try rows.open(index, worker, rowsMax: context.batchRows)
            while let batch = try source.next() {
                try context.checkpoint()
                try body(batch, name)
            }
        }
    }

    /// The greatest time of a scan's rows of each series that has any; conditions on values are not looked at.
    func lastTimes(_ scan: ScanPlan) throws(QueryError) -> [String: Int64] {
        var last: [String: Int64] = [:]
        let series: ScanRequest.Series =
            switch scan.series {
            case .all: .all
            case .named(let names): .named(names)
            }
        for range in scan.times {
            let request = ScanRequest(
                table: scan.table.name,
                series: series,
                time: range,
                columns: [scan.table.timeColumn],
                isForward: false
            )
            do throws(TableError) {
                let found = try snapshot.scan(request)
                for (index, name) in found.series.enumerated() {
                    var cursor = try found.open(series: index)
                    if let slice = try cursor.next() { last[name] = max(last[name] ?? .min, slice.lastTime) }
                }
            } catch {
                throw QueryError(error)
            }
        }
        return last
    }

    /// The rows that a plan begins with whose answer is rows: of books without a first time those of the last minute, all
    /// others whole.
    func begun(_ branch: LiveShape.Branch) throws(QueryError) -> LiveShape.Branch {
        guard case .scan(let scan) = branch.source, !scan.book.isEmpty, scan.times.first?.start == .min,
            let newest = try lastTimes(scan).values.max()
        else { return branch }
        let (start, overflow) = newest.subtractingReportingOverflow(CivilTime.minute)
        let range = TimeRange(start: overflow ? .min : start, end: .max)
        return branch.restricted(
            times: scan.times.map { $0.intersection(range) }.filter { !$0.isEmpty },
            series: scan.series
        )
    }

    /// A join of the newest rows of its left side only, so that not all are matched.
    func newest(
        _ branch: LiveShape.Branch,
        of plan: LogicalPlan,
        rows count: Int
    ) throws(QueryError) -> LiveShape.Branch {
        guard let left = plan.leftSide, let time = left.shape.time, let first = try tail(left, rows: count).first,
            case .timestamp(let start) = first.columns[time].scalar(at: 0), first.rowCount > 0
        else { return branch }
        let range = TimeRange(start: start, end: .max)
        let scan = branch.scan
        return branch.restricted(
            times: scan.times.map { $0.intersection(range) }.filter { !$0.isEmpty },
            series: scan.series
        )
    }

    /// The newest rows of an answer, in its order.
    func tail(_ plan: LogicalPlan, rows count: Int) throws(QueryError) -> [RecordBatch] {
        let limited = LogicalPlan.limit(plan, RowRange(lower: -count, upper: nil))
        let stream = try OperatorBuilder(snapshot: snapshot, worker: worker)
            .stream(PhysicalPlanner(usesOrder: true, isOrdered: true).stream(limited))
        return try all(stream)
    }

    /// All rows of a plan.
    func answer(_ plan: LogicalPlan) throws(QueryError) -> [RecordBatch] {
        let stream = try OperatorBuilder(snapshot: snapshot, worker: worker)
            .stream(PhysicalPlanner(usesOrder: true, isOrdered: true).stream(plan))
        return try all(stream)
    }

    private func all(_ stream: any PhysicalOperator) throws(QueryError) -> [RecordBatch] {
        var batches: [RecordBatch] = []
        while let batch = try stream.next() { batches.append(batch) }
        return batches
    }
}

extension LogicalPlan {
    /// The left side of the join below filters and projections.
    fileprivate var leftSide: LogicalPlan? {
        switch self {
        case .filter(let input, _), .project(let input, _, _), .window(let input, _): input.leftSide
        case .join(let left, _, _): left
        default: nil
        }
    }
}
