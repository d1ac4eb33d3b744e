import Columnar
import QueryLang

/// The groups that are being filled.
final class GroupReduction {
    private let strategy: GroupingStrategy
    private let keys: GroupKeys
    private let buckets: Buckets?
    private let aggregates: [AggregateColumn]
    private let timeColumn: Int
    private let context: ExecutionContext
    /// Groups that were moved to the results.
    private var movedCount = 0
    private var runs: [FoldRun] = []
    private var last: (bucket: Int64, group: Int)?
    private var lastSeries = ""
    /// Scratch of the counting sort by group: zero between batches.
    private var places: [Int] = []

    init(_ plan: AggregatePlan, _ table: TableSchema, _ context: ExecutionContext) {
        self.strategy = plan.strategy
        self.buckets = plan.aggregation.sampleBy.map(Buckets.init)
        self.keys = GroupKeys(plan.aggregation.keys, buckets: buckets)
        self.aggregates = plan.distinctCalls.calls.map(AggregateColumn.init)
        self.timeColumn = table.timeColumn
        self.context = context
        // Without keys and buckets there is one group even if there are no rows.
        if plan.aggregation.keys.isEmpty, buckets == nil { _ = group(bucket: 0, series: "") }
    }

    /// Groups not yet moved.
    var groupCount: Int { keys.count }

    func update(_ batch: RowBatch, series: String) throws(QueryError) {
        if strategy == .byKeys { return try updateByKeys(batch) }
        try findRuns(batch, series: series)
        var isAnswered = runs.count == 1
        for aggregate in aggregates {
            if aggregate.needsNothing {
                aggregate.states.update(FoldArguments([], rowCount: batch.rowCount), runs)
            } else if !answer(aggregate, batch) {
                isAnswered = false
                let times = aggregate.needsTimes ? try batch.vector(timeColumn) : nil
                let arguments = try aggregate.argumentVectors(batch)
                aggregate.states.update(FoldArguments(arguments, times: times, rowCount: batch.rowCount), runs)
            }
        }
        if isAnswered, batch.isWholeSlice { context.statistics.slicesAnswered += 1 }
        try checkGroups()
    }

    /// Takes a slice that lies in one group from its statistics, if they are exact for it.
    private func answer(_ aggregate: AggregateColumn, _ batch: RowBatch) -> Bool {
        guard let column = aggregate.plainColumn, runs.count == 1, batch.isWholeSlice else { return false }
        return aggregate.states.update(
            group: runs[0].group,
            statistics: batch.source.slice.statistics(column: column),
            rowCount: batch.rowCount
        )
    }

    /// The rows of each bucket. Times are read only if the slice reaches over a boundary.
    private func findRuns(_ batch: RowBatch, series: String) throws(QueryError) {
        runs.removeAll(keepingCapacity: true)
        let slice = batch.source.slice
        guard let buckets, buckets.index(slice.firstTime) != buckets.index(slice.lastTime) else {
            let bucket = buckets?.index(slice.firstTime) ?? 0
            runs.append(FoldRun(group: group(bucket: bucket, series: series), rows: 0..<batch.rowCount))
            return
        }
        try batch.vector(timeColumn).int64Values.withUnsafeBufferPointer { times in
            buckets.forEachRun(times) { bucket, rows in
                runs.append(FoldRun(group: group(bucket: bucket, series: series), rows: rows))
            }
        }
    }

    private func group(bucket: Int64, series: String) -> Int {
        if let last, last.bucket == bucket { return last.group }
        let (group, isNew) = keys.group(bucket: bucket)
        if isNew { addGroup() }
        last = (bucket, group)
        lastSeries = series
        return group
    }

    private func addGroup() {
        for aggregate in aggregates { aggregate.states.addGroup() }
    }

    private func checkGroups() throws(QueryError) {
        guard movedCount + groupCount <= context.limits.groupsMax else {
            throw QueryError(
                .limit,
                "the answer has more than \(context.limits.groupsMax) groups",
                hint: "take larger SAMPLE BY buckets or fewer keys, or narrow the time range"
            )
        }
    }
}

extension GroupReduction {
    /// Rows of several groups lie mixed if runs are shorter than this on average; then they are put together first.
    private static let shortRunRows = 8

    private func updateByKeys(_ batch: RowBatch) throws(QueryError) {
        let bucketTimes = buckets == nil ? nil : try batch.vector(timeColumn)
        let groups = try keys.groups(of: batch, times: bucketTimes, added: addGroup)
        try checkGroups()
        var order: Buffer<UInt32>?
        if Self.runCount(groups) * Self.shortRunRows > groups.count {
            order = gatherGroups(groups)
        } else {
            collectRuns(groups)
        }
        for aggregate in aggregates {
            var arguments = try aggregate.argumentVectors(batch)
            var times = aggregate.needsTimes ? try batch.vector(timeColumn) : nil
            if let order {
                order.withUnsafeBufferPointer { rows in
                    arguments = arguments.map { $0.gather(rows) }
                    times = times.map { $0.gather(rows) }
                }
            }
            aggregate.states.update(FoldArguments(arguments, times: times, rowCount: batch.rowCount), runs)
        }
    }

    private static func runCount(_ groups: [Int]) -> Int {
        groups.withUnsafeBufferPointer { groups in
            var count = 1
            // Without a branch: whether neighbours differ is a coin toss where it matters.
            for row in 1..<max(groups.count, 1) {
                count &+= Int(bitPattern: min(1, UInt(bitPattern: groups[row] ^ groups[row &- 1])))
            }
            return count
        }
    }

    private func collectRuns(_ groups: [Int]) {
        runs.removeAll(keepingCapacity: true)
        var start = 0
        for row in 1...groups.count where row == groups.count || groups[row] != groups[start] {
            runs.append(FoldRun(group: groups[start], rows: start..<row))
            start = row
        }
    }

    /// Puts the rows of each group together, in their order (a counting sort), and sets the runs to match.
    private func gatherGroups(_ groups: [Int]) -> Buffer<UInt32> {
        if places.count < groupCount { places += [Int](repeating: 0, count: groupCount - places.count) }
        runs.removeAll(keepingCapacity: true)
        var touched: [Int] = []
        return places.withUnsafeMutableBufferPointer { places in
            for group in groups {
                if places[group] == 0 { touched.append(group) }
                places[group] &+= 1
            }
            var start = 0
            for group in touched {
                let count = places[group]
                runs.append(FoldRun(group: group, rows: start..<start + count))
                places[group] = start
                start += count
            }
            let order = Buffer<UInt32>.filled(count: groups.count) { target in
                for (row, group) in groups.enumerated() {
                    target[places[group]] = UInt32(truncatingIfNeeded: row)
                    places[group] &+= 1
                }
            }
            for group in touched { places[group] = 0 }
            return order
        }
    }

    /// Moves all groups but the last, which may get more rows.
    func moveClosedGroups(to results: GroupResults) throws(QueryError) {
        guard let last, groupCount > 1 else { return }
        try move(groupCount - 1, to: results)
        let (group, _) = keys.group(bucket: last.bucket)
        self.last = (last.bucket, group)
    }

    /// Moves all groups.
    func finish(into results: GroupResults) throws(QueryError) {
        try move(groupCount, to: results)
        last = nil
    }

    private func move(_ count: Int, to results: GroupResults) throws(QueryError) {
        var first = 1 + results.keyCount
        for aggregate in aggregates {
            let end = first + aggregate.states.outputTypes.count
            try aggregate.states.moveFirst(count, to: results.builders[first..<end])
            first = end
        }
        let series = strategy == .bySeries ? lastSeries : nil
        keys.moveFirst(count, series: series, to: results.builders[0..<1 + results.keyCount])
        movedCount += count
        try results.account()
    }
}
