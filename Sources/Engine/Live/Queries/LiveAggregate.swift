import Columnar
import QueryLang

/// Groups that are told whenever a batch changes them, and when their bucket closes.
///
/// Rows that come in order are folded into the state of their group, the same fold that answers queries over history. A row
/// that comes late, or in the place of another, makes its bucket be read anew from the store, as of its batch, if the order of
/// rows matters to an aggregate; otherwise it is folded like any other.
final class LiveAggregate: LiveSink {
    /// A bucket that a batch changed so that it is read anew.
    private struct Stale: Hashable {
        let scope: String
        let bucket: Int64
    }

    private let shape: LiveShape
    private let plan: AggregatePlan
    private let limits: LiveQueryLimits
    private let post: LiveChain
    private let buckets: Buckets?
    private let folds: LiveFolds
    private let keys: LiveKeys
    /// Buckets by series, or all of them under the name "".
    private var scopes: [String: LiveBuckets] = [:]
    /// Whether every series has buckets of its own.
    private let isBySeries: Bool
    private let needsOrder: Bool
    /// The place of the newest row of all series, if their common order matters.
    private var newest: (time: Int64, series: String)?
    private var touched = LiveTouched()
    private(set) var lateCount = 0
    private var isWhole = true

    init(_ shape: LiveShape, _ plan: AggregatePlan, _ limits: LiveQueryLimits, _ context: ExecutionContext) {
        self.shape = shape
        self.plan = plan
        self.limits = limits
        self.post = LiveChain(shape.post, context)
        self.buckets = plan.sampling.map { Buckets($0) }
        self.folds = LiveFolds(plan.calls, context)
        self.keys = LiveKeys(plan, limits)
        self.isBySeries = plan.strategy == .bySeries
        self.needsOrder = Self.needsOrder(plan)
    }

    private static func needsOrder(_ plan: AggregatePlan) -> Bool {
        plan.calls.contains { $0.function.needsTimes || $0.function.followsRows }
    }

    /// Refuses what cannot be kept in order.
    static func check(_ plan: AggregatePlan, _ rows: LiveShape.Branch) throws(QueryError) {
        guard needsOrder(plan), plan.strategy != .bySeries, !rows.isOneSeries else { return }
        if rows.shape.time == nil {
            throw LiveCompiler.refusal("an aggregate that looks at times", "select the time in the inner query")
        }
        if rows.firstWindow < rows.steps.count {
            throw LiveCompiler.refusal("an aggregate by order over windows of several series", "group by symbol")
        }
    }

    /// Whether the order of rows of different series matters.
    private var isMerged: Bool { needsOrder && !isBySeries && !shape.rows.isOneSeries }

    var heldCount: Int { folds.count }

    // MARK: History

    func load(_ history: LiveHistory, _ feed: LiveFeed) throws(QueryError) {
        let rows = try bounded(history)
        try feed.load(history, rows, merged: isMerged) { batch, series throws(QueryError) in
            try self.take(batch, series: series, stale: [])
        }
        if plan.keys.isEmpty, buckets == nil { _ = try group(of: 0, key: 0, in: scope("")) }
        let last = try history.lastTimes(shape.rows.scan)
        for (series, time) in last { scopes[isBySeries ? series : ""]?.advance(to: time, limits.lateness) }
        if isMerged { newest = last.map { (time: $0.value, series: $0.key) }.max { Self.precedes($0, $1) } }
        for scope in scopes.values { close(scope) }
        touched.removeAll()
    }

    private static func precedes(_ left: (time: Int64, series: String), _ right: (time: Int64, series: String)) -> Bool
    {
        left.time != right.time ? left.time < right.time : OrderedText(left.series) < OrderedText(right.series)
    }

    /// The rows of the buckets that are kept: without a first time, of the newest ones.
    private func bounded(_ history: LiveHistory) throws(QueryError) -> LiveShape.Branch {
        let scan = shape.rows.scan
        guard let buckets, let first = scan.times.first, first.start == .min,
            shape.rows.firstWindow == shape.rows.steps.count,
            let newest = try history.lastTimes(scan).values.max()
        else { return shape.rows }
        let (bucket, overflow) = buckets.index(newest).subtractingReportingOverflow(Int64(limits.bucketsMax - 1))
        guard !overflow, bucket > buckets.first else { return shape.rows }
        floor = bucket
        func part(_ range: TimeRange) -> [TimeRange] {
            scan.times.map { $0.intersection(range) }.filter { !$0.isEmpty }
        }
        var before = scan
        before.times = part(TimeRange(start: .min, end: buckets.start(bucket)))
        isWhole = try history.lastTimes(before).isEmpty
        let times = part(TimeRange(start: buckets.start(bucket), end: .max))
        return shape.rows.restricted(times: times, series: scan.series)
    }

    /// The first bucket that was read.
    private var floor = Int64.min

    // MARK: Live

    func apply(_ input: LiveInput, _ history: LiveHistory) throws(QueryError) -> [LiveRow] {
        touched.removeAll()
        let stale = try isMerged ? takeMerged(input) : takeBySeries(input)
        var rows: [LiveRow] = []
        for bucket in stale { rows += try readAnew(bucket, history) }
        for (series, time) in input.clocks {
            let name = isBySeries ? series : ""
            guard let scope = scopes[name] else { continue }
            scope.advance(to: time, limits.lateness)
            close(scope)
        }
        return rows + (try told(touched.groups))
    }

    private func takeBySeries(_ input: LiveInput) throws(QueryError) -> [Stale] {
        var stale: [Stale] = []
        for series in input.series {
            for bucket in try staleBuckets(series) {
                let changed = Stale(scope: isBySeries ? series.name : "", bucket: bucket)
                if !stale.contains(changed) { stale.append(changed) }
            }
        }
        let known = Set(stale)
        for series in input.series {
            for batch in series.rows { try take(batch, series: series.name, stale: known) }
        }
        return stale
    }

    /// Buckets of rows that cannot be folded as they come.
    private func staleBuckets(_ series: LiveInput.Series) throws(QueryError) -> [Int64] {
        var found: [Int64] = []
        func add(_ time: Int64) {
            let bucket = buckets?.index(time) ?? 0
            if found.last != bucket { found.append(bucket) }
        }
        if shape.rows.replaces {
            var before = series.lastTime
            for row in 0..<series.times.count {
                let time = series.times[row]
                if let before, time <= before { add(time) }
                before = max(before ?? .min, time)
            }
        } else if needsOrder, let last = series.lastTime {
            for batch in series.rows {
                let times = try batch.times().int64Values
                for row in 0..<times.count where times[row] < last { add(times[row]) }
            }
        }
        return found
    }

    /// Takes the rows of all series by their common order.
    private func takeMerged(_ input: LiveInput) throws(QueryError) -> [Stale] {
        var batches: [(batch: RowBatch, series: String)] = []
        for series in input.series { for batch in series.rows { batches.append((batch, series.name)) } }
        var places: [(time: Int64, series: Int, row: Int)] = []
        for (index, entry) in batches.enumerated() {
            let times = try entry.batch.times().int64Values
            for row in 0..<times.count { places.append((times[row], index, row)) }
        }
        let names = batches.map { OrderedText($0.series) }
        places.sort { left, right in
            if left.time != right.time { return left.time < right.time }
            if names[left.series] < names[right.series] { return true }
            if names[right.series] < names[left.series] { return false }
            return (left.series, left.row) < (right.series, right.row)
        }
        var stale: [Stale] = []
        func add(_ time: Int64) {
            let bucket = Stale(scope: "", bucket: buckets?.index(time) ?? 0)
            if !stale.contains(bucket) { stale.append(bucket) }
        }
        for place in places {
            let row = (time: place.time, series: batches[place.series].series)
            if let newest, Self.precedes(row, newest) { add(row.time) } else { newest = row }
        }
        if shape.rows.replaces {
            for series in input.series {
                for bucket in try staleBuckets(series) { stale.append(Stale(scope: "", bucket: bucket)) }
            }
        }
        let known = Set(stale)
        for place in places {
            let entry = batches[place.series]
            try take(entry.batch.row(place.row), series: entry.series, stale: known)
        }
        return Array(known)
    }

    // MARK: Groups

    private func scope(_ name: String) -> LiveBuckets {
        if let scope = scopes[name] { return scope }
        let scope = LiveBuckets(name, floor: floor)
        scopes[name] = scope
        return scope
    }

    /// Folds rows into their groups, but for those of buckets that are read anew.
    private func take(_ batch: RowBatch, series: String, stale: Set<Stale>) throws(QueryError) {
        let scope = scope(isBySeries ? series : "")
        let numbers = try keys.numbers(batch, series: series)
        var runs: [FoldRun] = []
        var failure: QueryError?
        func add(_ bucket: Int64, _ rows: Range<Int>) throws(QueryError) {
            if !stale.isEmpty, stale.contains(Stale(scope: scope.name, bucket: bucket)) { return }
            guard bucket >= scope.floor else {
                lateCount += rows.count
                return
            }
            guard case .each(let numbers) = numbers else {
                guard case .all(let key) = numbers else { return }
                runs.append(FoldRun(group: try group(of: bucket, key: key, in: scope), rows: rows))
                return
            }
            var start = rows.lowerBound
            for row in rows where row + 1 == rows.upperBound || numbers[row + 1] != numbers[start] {
                runs.append(
                    FoldRun(group: try group(of: bucket, key: numbers[start], in: scope), rows: start..<row + 1)
                )
                start = row + 1
            }
        }
        if let buckets {
            try batch.times().int64Values.withUnsafeBufferPointer { times in
                buckets.forEachRun(times) { bucket, rows in
                    do throws(QueryError) { try add(bucket, rows) } catch { failure = failure ?? error }
                }
            }
        } else {
            try add(0, 0..<batch.rowCount)
        }
        if let failure { throw failure }
        try folds.update(batch, runs)
    }

    private func group(of bucket: Int64, key: Int, in scope: LiveBuckets) throws(QueryError) -> Int {
        let group: Int
        if let known = scope.group(of: bucket, key: key) {
            group = known
        } else {
            if folds.count >= limits.groupsMax || scope.count >= limits.bucketsMax, !scope.has(bucket) {
                try dropOldest(scope)
            }
            guard folds.count < limits.groupsMax else {
                throw QueryError(
                    .limit,
                    "the live query holds more than \(limits.groupsMax) groups",
                    hint: "take larger SAMPLE BY buckets or fewer keys, or ask for fewer symbols"
                )
            }
            group = try folds.allocate()
            scope.add(group, bucket: bucket, key: key, isPast: end(of: bucket).map { $0 <= scope.watermark } ?? false)
        }
        touched.add(group, bucket: bucket, key: key, scope)
        return group
    }

    /// Lets the oldest bucket go, unless it is the newest, too.
    private func dropOldest(_ scope: LiveBuckets) throws(QueryError) {
        guard buckets != nil, let (bucket, groups) = scope.dropOldest() else { return }
        isWhole = false
        for group in groups {
            touched.remove(group)
            try folds.release(group)
        }
        scope.floor = max(scope.floor, bucket + 1)
    }

    // MARK: Time

    /// Closes the buckets that no row in time can be of any more.
    private func close(_ scope: LiveBuckets) {
        guard buckets != nil else { return }
        scope.close(end: { end(of: $0) ?? .max }, closed: { touched.addClosed($0, bucket: $1, key: $2, scope) })
    }

    /// The time at which a bucket ends; nil if there are no buckets.
    private func end(of bucket: Int64) -> Int64? {
        guard let buckets else { return nil }
        let (next, overflow) = bucket.addingReportingOverflow(1)
        return overflow ? .max : buckets.start(next)
    }

    // MARK: Revisions

    /// Reads a bucket from the store; tells what is different then.
    private func readAnew(_ stale: Stale, _ history: LiveHistory) throws(QueryError) -> [LiveRow] {
        let scope = scope(stale.scope)
        guard stale.bucket >= scope.floor else {
            lateCount += 1
            return []
        }
        let before = LiveTouched.all(scope.groups(of: stale.bucket), bucket: stale.bucket, scope)
        var old: [[Scalar]: LiveRow] = [:]
        for row in try told(before) { old[row.key] = row }
        for group in scope.removeGroups(of: stale.bucket) {
            touched.remove(group)
            try folds.release(group)
        }
        let scan = shape.rows.scan
        let times = range(of: stale.bucket).map { range in
            scan.times.map { $0.intersection(range) }.filter { !$0.isEmpty }
        }
        let rows = shape.rows.restricted(
            times: times ?? scan.times,
            series: isBySeries ? .named([stale.scope]) : scan.series
        )
        try history.read(rows, merged: isMerged) { batch, series throws(QueryError) in
            try self.take(batch, series: series, stale: [])
        }
        if plan.keys.isEmpty, buckets == nil { _ = try group(of: 0, key: 0, in: scope) }
        let after = LiveTouched.all(scope.groups(of: stale.bucket), bucket: stale.bucket, scope)
        var changed: [LiveRow] = []
        for group in after { touched.remove(group.group) }
        for row in try told(after) {
            let known = old.removeValue(forKey: row.key)
            if let known, known.values.isSame(as: row.values) { continue }
            if known == nil, row.isRemoved { continue }
            changed.append(row)
        }
        for (key, row) in old where !row.isRemoved {
            changed.append(shape.removed(key, isRevision: row.isClosed))
        }
        return changed
    }

    /// The times of a bucket; nil if there are no buckets.
    private func range(of bucket: Int64) -> TimeRange? {
        guard let buckets, let end = end(of: bucket) else { return nil }
        return TimeRange(start: bucket <= buckets.first ? .min : buckets.start(bucket), end: end)
    }

    // MARK: Telling

    func answer() throws(QueryError) -> (rows: [LiveRow], isWhole: Bool) {
        var all: [LiveTouched.Group] = []
        for scope in scopes.values { all += LiveTouched.all(scope) }
        all.sort { ($0.bucket, $0.key) < ($1.bucket, $1.key) }
        let isCut = all.count > limits.snapshotRowsMax
        if isCut { all.removeFirst(all.count - limits.snapshotRowsMax) }
        let rows = try told(all).filter { !$0.isRemoved }.map { row in
            var row = row
            row.isRevision = false
            return row
        }
        return (rows, isWhole && !isCut)
    }

    /// The rows of groups as they are now; those that do not pass HAVING as removed.
    private func told(_ groups: [LiveTouched.Group]) throws(QueryError) -> [LiveRow] {
        if groups.isEmpty { return [] }
        let builders = plan.types.map { VectorBuilder($0) }
        for group in groups {
            if let buckets { builders[0].append(.timestamp(buckets.start(group.bucket))) }
            for (index, value) in keys.values(group.key).enumerated() {
                builders[plan.bucketColumns + index].append(value)
            }
        }
        try folds.append(groups.map(\.group), to: builders[plan.keyColumns...])
        let record = RecordBatch(columns: builders.map { $0.take() }, rowCount: groups.count)
        let values = try post.values(record, columns: shape.columns.count)
        var rows: [LiveRow] = []
        for (index, group) in groups.enumerated() {
            var key: [Scalar] = []
            if let buckets { key.append(.timestamp(buckets.start(group.bucket))) }
            key += keys.values(group.key)
            let isClosed = group.scope.isClosed(group.bucket)
            if let values = values[index] {
                group.scope.shown.insert(group.group)
                rows.append(LiveRow(key: key, values: values, isRevision: group.wasClosed, isClosed: isClosed))
            } else if group.scope.shown.remove(group.group) != nil {
                rows.append(shape.removed(key, isRevision: group.wasClosed))
            }
        }
        return rows
    }
}
