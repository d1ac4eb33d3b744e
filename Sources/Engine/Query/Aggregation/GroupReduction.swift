import Columnar
import QueryLang

/// How an aggregation finds the groups of rows.
enum GroupingStrategy: Sendable, Hashable {
    /// One group over everything, or one a bucket, over all series.
    case acrossSeries
    /// One group a series and bucket: rows of a series are sorted by time, so groups are runs of rows.
    case bySeries
    /// Any other keys: every row's key is looked up.
    case byKeys
}

/// What an aggregation computes. Its columns: the bucket if there is one, the keys, the outputs of every call.
struct AggregatePlan: Sendable {
    var sampling: Sampling?
    var keys: [BoundExpression]
    /// Each once.
    var calls: [AggregateCall]
    var strategy: GroupingStrategy
    /// Groups after which nobody asks for more, if they come in order.
    var limit: Int?
    /// Whether groups must come by (bucket, keys).
    var isOrdered = true

    var bucketColumns: Int { sampling == nil ? 0 : 1 }
    var keyColumns: Int { bucketColumns + keys.count }

    /// Types of the columns.
    var types: [ColumnType] {
        (sampling == nil ? [] : [.timestamp]) + keys.map(\.type)
            + calls.flatMap { AggregateStates.states(of: $0).outputTypes }
    }
}

/// The groups that are being filled by one thread.
final class GroupReduction {
    private let plan: AggregatePlan
    private let buckets: Buckets?
    private let context: ExecutionContext
    private let aggregates: [AggregateColumn]
    private let keyNodes: [any ExpressionNode]
    private var bucketGroups: BucketGroups
    private let keyGroups: KeyGroups
    private var runs: [FoldRun] = []
    /// Scratch of the counting sort by group: zero between batches.
    private var places: [Int] = []
    /// Groups that were handed on.
    private var movedCount = 0
    /// Groups of which the states are in ``heldBytes``, and what all states hold.
    private var accountedCount = 0
    private var heldBytes = 0
    /// Bytes of a group: its states, its key and its place in the table.
    private let groupBytes: Int
    /// What summaries are tried on.
    private var trial: GroupReduction?

    init(_ plan: AggregatePlan, _ buckets: Buckets?, _ context: ExecutionContext) {
        self.plan = plan
        self.buckets = buckets
        self.context = context
        self.aggregates = plan.calls.map(AggregateColumn.init)
        self.keyNodes = plan.keys.map(ExpressionCompiler.compile)
        self.bucketGroups = BucketGroups(buckets)
        self.keyGroups = KeyGroups(plan.keys.map(\.type), buckets: buckets)
        self.groupBytes = aggregates.reduce(16 * (plan.keys.count + 1)) { $0 + $1.states.stateBytes }
    }

    /// Groups at hand.
    var groupCount: Int { plan.strategy == .byKeys ? keyGroups.count : bucketGroups.count }

    /// Without keys and buckets there is one group even if there are no rows.
    func addSoleGroup() {
        if plan.keys.isEmpty, buckets == nil, groupCount == 0 { _ = group(of: 0) }
    }

    /// Takes all rows of a source that belong to one series.
    func update(_ rows: any RowSource) throws(QueryError) {
        var hasSummaries = mayBeAnswered
        while true {
            if hasSummaries, let summary = try rows.peekSummary() {
                if try answer(summary) {
                    rows.skipSummary()
                    continue
                }
                // If one does not suffice, the others will not either.
                hasSummaries = false
            }
            guard let batch = try rows.next() else { return }
            try update(batch)
        }
    }

    /// Whether statistics alone may suffice, so that it is worth asking for those of many slices at once.
    private var mayBeAnswered: Bool {
        plan.strategy != .byKeys && aggregates.allSatisfy { $0.needsNothing || $0.plainColumns != nil }
    }

    /// Takes many slices at once from what is known of them; false, and no change, if that does not suffice.
    private func answer(_ summary: RowBatch) throws(QueryError) -> Bool {
        var bucket: Int64 = 0
        if let buckets {
            guard let bounds = summary.source.timeBounds else { return false }
            bucket = buckets.index(bounds.lowerBound)
            guard bucket == buckets.index(bounds.upperBound) else { return false }
        }
        let trial = trial ?? GroupReduction(plan, buckets, context)
        self.trial = trial
        trial.runs = [FoldRun(group: trial.group(of: bucket), rows: 0..<summary.rowCount)]
        for aggregate in trial.aggregates {
            if aggregate.needsNothing {
                aggregate.states.update(FoldArguments([], rowCount: summary.rowCount), trial.runs)
            } else if !trial.answer(aggregate, summary) {
                trial.removeAll()
                return false
            }
        }
        try absorb(trial)
        trial.removeAll()
        context.counters.addAnsweredSlice()
        return true
    }

    private func removeAll() {
        for aggregate in aggregates { aggregate.states.removeAll() }
        bucketGroups.removeFirst(bucketGroups.count)
    }

    /// Takes rows of one series.
    func update(_ batch: RowBatch) throws(QueryError) {
        if plan.strategy == .byKeys { return try updateByKeys(batch) }
        try findRuns(batch)
        var isAnswered = runs.count == 1
        for aggregate in aggregates {
            if aggregate.needsNothing {
                aggregate.states.update(FoldArguments([], rowCount: batch.rowCount), runs)
            } else if !answer(aggregate, batch) {
                isAnswered = false
                let times = aggregate.needsTimes ? try batch.times() : nil
                let arguments = try aggregate.argumentVectors(batch)
                try update(aggregate, FoldArguments(arguments, times: times, rowCount: batch.rowCount))
            }
        }
        if isAnswered, batch.isWhole { context.counters.addAnsweredSlice() }
        try checkGroups()
    }

    private func update(_ aggregate: AggregateColumn, _ arguments: borrowing FoldArguments) throws(QueryError) {
        guard aggregate.holdsValues else { return aggregate.states.update(arguments, runs) }
        let groups = runs.lazy.map(\.group)
        let before = aggregate.states.heldBytes(groups)
        aggregate.states.update(arguments, runs)
        try hold(aggregate.states.heldBytes(groups) - before)
    }

    private func hold(_ bytes: Int) throws(QueryError) {
        heldBytes += bytes
        try context.hold(bytes: bytes)
    }

    /// Accounts for states that were added; refuses more groups than there may be.
    private func checkGroups() throws(QueryError) {
        guard movedCount + groupCount <= context.limits.groupsMax else { throw Self.tooManyGroups(context) }
        guard groupCount > accountedCount else { return }
        let added = groupCount - accountedCount
        accountedCount = groupCount
        try hold(added * groupBytes)
    }

    /// Takes a slice that lies in one group from its statistics, if they are exact for it.
    private func answer(_ aggregate: AggregateColumn, _ batch: RowBatch) -> Bool {
        guard let columns = aggregate.plainColumns, runs.count == 1, batch.isWhole,
            let bounds = batch.source.timeBounds
        else { return false }
        let statistics = SliceStatistics(
            arguments: columns.map { batch.source.statistics($0) },
            rowCount: batch.rowCount,
            firstTime: bounds.lowerBound,
            lastTime: bounds.upperBound
        )
        return aggregate.states.update(group: runs[0].group, statistics: statistics)
    }

    /// The rows of each bucket. Times are read only if the slice reaches over a boundary.
    private func findRuns(_ batch: RowBatch) throws(QueryError) {
        runs.removeAll(keepingCapacity: true)
        guard let buckets else {
            runs.append(FoldRun(group: group(of: 0), rows: 0..<batch.rowCount))
            return
        }
        if let bounds = batch.source.timeBounds {
            let bucket = buckets.index(bounds.lowerBound)
            if bucket == buckets.index(bounds.upperBound) {
                runs.append(FoldRun(group: group(of: bucket), rows: 0..<batch.rowCount))
                return
            }
        }
        let times = try batch.times()
        let added =
            if case .sequence(let first, let step, let count) = times.form, step > 0 {
                Self.find(&runs, from: first, by: step, count: count, buckets, &bucketGroups)
            } else {
                times.int64Values.withUnsafeBufferPointer { Self.find(&runs, in: $0, buckets, &bucketGroups) }
            }
        if added > 0 { addGroups(added) }
    }

    /// Appends the runs of all buckets of a sequence of times; how many of these were not met before.
    private static func find(
        _ runs: inout [FoldRun],
        from first: Int64,
        by step: Int64,
        count: Int,
        _ buckets: Buckets,
        _ groups: inout BucketGroups
    ) -> Int {
        var added = 0
        buckets.forEachRun(from: first, by: step, count: count) { bucket, rows in
            let (group, isNew) = groups.group(of: bucket)
            if isNew { added += 1 }
            runs.append(FoldRun(group: group, rows: rows))
        }
        return added
    }

    /// Appends the runs of all buckets; how many of these were not met before.
    private static func find(
        _ runs: inout [FoldRun],
        in times: UnsafeBufferPointer<Int64>,
        _ buckets: Buckets,
        _ groups: inout BucketGroups
    ) -> Int {
        var added = 0
        buckets.forEachRun(times) { bucket, rows in
            let (group, isNew) = groups.group(of: bucket)
            if isNew { added += 1 }
            runs.append(FoldRun(group: group, rows: rows))
        }
        return added
    }

    private func group(of bucket: Int64) -> Int {
        let (group, isNew) = bucketGroups.group(of: bucket)
        if isNew { addGroups(1) }
        return group
    }

    private func addGroups(_ count: Int) {
        for aggregate in aggregates { aggregate.states.addGroups(count) }
    }

    private func addGroup() { addGroups(1) }

    static func tooManyGroups(_ context: ExecutionContext) -> QueryError {
        QueryError(
            .limit,
            "the answer has more than \(context.limits.groupsMax) groups",
            hint: "take larger SAMPLE BY buckets or fewer keys, or narrow the time range"
        )
    }
}

extension GroupReduction {
    /// Takes over the groups of another reduction of the same plan, whose rows come after this one's.
    func absorb(_ other: GroupReduction) throws(QueryError) {
        var mapping: [Int] = []
        if plan.strategy == .byKeys {
            let (numbers, keys) = other.keyGroups.take()
            // The states of groups that are new here come with the others.
            mapping = keyGroups.groups(of: keys, buckets: .numbers(numbers), rowCount: numbers.count) {}
        } else {
            mapping = other.bucketGroups.bucketNumbers.map { bucketGroups.group(of: $0).group }
        }
        for (own, others) in zip(aggregates, other.aggregates) { own.states.merge(others.states, into: mapping) }
        // What the other held is held here now; equal groups were counted twice, which errs on the safe side.
        heldBytes += other.heldBytes
        other.heldBytes = 0
        try checkGroups()
    }

    /// Hands on the first groups (all of them if `count` is nil), as columns of the plan.
    ///
    /// - Parameters:
    ///   - series: the value of every key, if the keys are those of the series.
    ///   - builders: one a column of the plan.
    func move(_ count: Int? = nil, series: String?, to builders: [VectorBuilder]) throws(QueryError) {
        let moved = count ?? groupCount
        var first = plan.keyColumns
        for aggregate in aggregates {
            let end = first + aggregate.states.outputTypes.count
            try aggregate.states.moveFirst(moved, to: builders[first..<end])
            first = end
        }
        if plan.strategy == .byKeys {
            let (numbers, keys) = keyGroups.take()
            if let buckets {
                builders[0].append(.timestamps(numbers.map(buckets.start)), 0..<moved)
            }
            for (builder, values) in zip(builders[plan.bucketColumns...], keys) { builder.append(values, 0..<moved) }
        } else {
            if buckets != nil { bucketGroups.appendStarts(moved, to: builders[0]) }
            for index in plan.keys.indices {
                builders[plan.bucketColumns + index].append(.text(series ?? ""), count: moved)
            }
            bucketGroups.removeFirst(moved)
        }
        movedCount += moved
        accountedCount = groupCount
        if groupCount == 0 { try hold(-heldBytes) }
    }
}

extension GroupReduction {
    /// Rows of several groups lie mixed if runs are shorter than this on average; then they are put together first.
    private static let shortRunRows = 8

    private func updateByKeys(_ batch: RowBatch) throws(QueryError) {
        var keys: [Vector] = []
        for node in keyNodes { keys.append(try node.evaluate(batch)) }
        let groups = keyGroups.groups(
            of: keys,
            buckets: buckets == nil ? .none : .times(try batch.times()),
            rowCount: batch.rowCount,
            added: addGroup
        )
        try checkGroups()
        var order: Buffer<UInt32>?
        if Self.runCount(groups) * Self.shortRunRows > groups.count {
            order = gatherGroups(groups)
        } else {
            collectRuns(groups)
        }
        for aggregate in aggregates {
            var arguments = try aggregate.argumentVectors(batch)
            var times = aggregate.needsTimes ? try batch.times() : nil
            if let order {
                order.withUnsafeBufferPointer { rows in
                    arguments = arguments.map { $0.gather(rows) }
                    times = times.map { $0.gather(rows) }
                }
            }
            try update(aggregate, FoldArguments(arguments, times: times, rowCount: batch.rowCount))
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
}
