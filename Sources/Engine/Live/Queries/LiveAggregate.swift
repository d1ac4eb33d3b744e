import Columnar
import QueryLang

/// Groups that are told whenever a batch changes them, and when their bucket closes.
///
/// Rows that come in order are folded into the state of their group, the same fold that answers queries over history along
/// the ordered path. A row that comes late, or in the place of another, makes its bucket be read anew from the store, as of its
/// batch, if the order of rows matters to an aggregate, be it to the last bit; otherwise it is folded like any other.
final class LiveAggregate: LiveSink {
    let shape: LiveShape
    let plan: AggregatePlan
    private let limits: LiveQueryLimits
    private let rows: LiveAggregateRows
    let buckets: Buckets?
    let folds: LiveFolds
    let keys: LiveKeys
    /// Buckets by series, or all of them under the name "".
    private var scopes: [String: LiveBuckets] = [:]
    /// The one that was asked for last: most plans have but one.
    private var lastScope: LiveBuckets?
    /// Groups that subscribers know.
    var shown = GroupFlags()
    /// Whether every series has buckets of its own.
    let isBySeries: Bool
    let needsOrder: Bool
    let replaces: Bool
    /// Whether the order of rows of different series matters.
    let isMerged: Bool
    /// The place of the newest row of all series, if their common order matters.
    private var newest: (time: Int64, series: String)?
    var touched = LiveTouched()
    var lateCount = 0
    private var isWhole = true

    init(_ shape: LiveShape, _ plan: AggregatePlan, _ limits: LiveQueryLimits, _ context: ExecutionContext) {
        self.shape = shape
        self.plan = plan
        self.limits = limits
        self.rows = LiveAggregateRows(shape, plan, context)
        self.buckets = plan.sampling.map { Buckets($0) }
        self.keys = LiveKeys(plan, limits)
        let needsOrder = Self.needsOrder(plan)
        self.isBySeries = plan.strategy == .bySeries
        self.needsOrder = needsOrder
        self.replaces = shape.rows.replaces
        self.isMerged = needsOrder && plan.strategy != .bySeries && !shape.rows.isOneSeries
        let isOfSeveral = plan.strategy != .bySeries && !shape.rows.isOneSeries
        self.folds = LiveFolds(
            plan.calls,
            hasParts: isOfSeveral && !needsOrder && plan.calls.contains(where: \.followsOrder),
            context
        )
    }

    private static func needsOrder(_ plan: AggregatePlan) -> Bool {
        plan.calls.contains { $0.function.needsTimes || $0.function.followsRows }
    }

    /// Refuses what cannot be kept in order.
    static func check(_ plan: AggregatePlan, _ rows: LiveShape.Branch) throws(LiveRefusal) {
        guard needsOrder(plan), plan.strategy != .bySeries, !rows.isOneSeries else { return }
        let ordered = plan.calls.map(\.function).filter { $0.needsTimes || $0.followsRows }
            .flatMap { [$0.rawValue] + $0.aliases }
        if rows.shape.time == nil {
            throw LiveRefusal(
                "an aggregate that looks at times",
                "select the time in the inner query",
                .call(ordered)
            )
        }
        if rows.firstWindow < rows.steps.count {
            throw LiveRefusal(
                "an aggregate by order over windows of several series",
                "group by symbol",
                .call(ordered)
            )
        }
    }

    var heldCount: Int { folds.count }

    // MARK: History

    func load(_ history: LiveHistory, _ feed: LiveFeed) throws(QueryError) {
        let rows = try bounded(history)
        try feed.load(history, rows, merged: isMerged) { batch, series throws(QueryError) in
            try self.take(batch, series: series, stale: [])
        }
        if plan.keys.isEmpty, buckets == nil { try group(of: 0, key: 0, in: scope("")) }
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

    func apply(_ input: LiveInput, _ history: @autoclosure () -> LiveHistory) throws(QueryError) -> [LiveRow] {
        touched.removeAll()
        let stale = try isMerged ? takeMerged(input) : takeBySeries(input)
        var rows: [LiveRow] = []
        if !stale.isEmpty {
            let (past, series) = (history(), input.series.map(\.name))
            for bucket in stale { rows += try readAnew(bucket, series, past) }
        }
        for (series, time) in input.clocks {
            guard let scope = knownScope(isBySeries ? series : "") else { continue }
            scope.advance(to: time, limits.lateness)
            close(scope)
        }
        if rows.isEmpty { return try told(touched.groups) }
        return rows + (try told(touched.groups))
    }

    private func takeBySeries(_ input: LiveInput) throws(QueryError) -> [Stale] {
        var stale: [Stale] = []
        for series in input.series {
            for bucket in try staleBuckets(series) {
                let changed = self.stale(bucket, series.name)
                if !stale.contains(changed) { stale.append(changed) }
            }
        }
        let known = Set(stale)
        for series in input.series {
            for batch in series.rows { try take(batch, series: series.name, stale: known) }
        }
        return stale
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
            let bucket = self.stale(buckets?.index(time) ?? 0, "")
            if !stale.contains(bucket) { stale.append(bucket) }
        }
        for place in places {
            let row = (time: place.time, series: batches[place.series].series)
            if let newest, Self.precedes(row, newest) { add(row.time) } else { newest = row }
        }
        if replaces {
            for series in input.series {
                for bucket in try staleBuckets(series) { stale.append(self.stale(bucket, "")) }
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

    func scope(_ name: String) -> LiveBuckets {
        if let scope = knownScope(name) { return scope }
        let scope = LiveBuckets(name, floor: floor)
        scopes[name] = scope
        return scope
    }

    private func knownScope(_ name: String) -> LiveBuckets? {
        if let lastScope, lastScope.name == name { return lastScope }
        guard let scope = scopes[name] else { return nil }
        lastScope = scope
        return scope
    }

    /// Folds rows into their groups, but for those of buckets that are read anew.
    func take(_ batch: RowBatch, series: String, stale: Set<Stale>) throws(QueryError) {
        let scope = scope(isBySeries ? series : "")
        let numbers = try keys.numbers(batch, series: series)
        var runs: [FoldRun] = []
        var failure: QueryError?
        func add(key: Int, _ bucket: Int64, _ rows: Range<Int>) throws(QueryError) {
            if let place = try place(of: bucket, key: key, series: series, in: scope) {
                runs.append(FoldRun(group: place, rows: rows))
            } else {
                lateCount += rows.count
            }
        }
        func add(_ bucket: Int64, _ rows: Range<Int>) throws(QueryError) {
            if !stale.isEmpty, stale.contains(self.stale(bucket, series)) { return }
            switch numbers {
            case .all(let key): try add(key: key, bucket, rows)
            case .each(let numbers):
                var start = rows.lowerBound
                for row in rows where row + 1 == rows.upperBound || numbers[row + 1] != numbers[start] {
                    try add(key: numbers[start], bucket, start..<row + 1)
                    start = row + 1
                }
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

    /// Where rows of a series go; nil if their bucket is not kept.
    private func place(
        of bucket: Int64,
        key: Int,
        series: String,
        in scope: LiveBuckets
    ) throws(QueryError) -> Int? {
        guard bucket >= scope.floor, let group = try group(of: bucket, key: key, in: scope) else { return nil }
        if let place = folds.place(of: group, series) { return place }
        guard try makeRoom(for: bucket, in: scope, isNew: false) else { return nil }
        return try folds.addPart(of: group, series)
    }

    /// The group of a key in a bucket; nil if there is room for newer buckets only.
    @discardableResult
    func group(of bucket: Int64, key: Int, in scope: LiveBuckets) throws(QueryError) -> Int? {
        let group: Int
        if let known = scope.group(of: bucket, key: key) {
            group = known
        } else {
            guard try makeRoom(for: bucket, in: scope, isNew: !scope.has(bucket)) else { return nil }
            group = try folds.allocate()
            scope.add(group, bucket: bucket, key: key, isPast: end(of: bucket).map { $0 <= scope.watermark } ?? false)
        }
        touched.add(group, bucket: bucket, key: key, scope)
        return group
    }

    /// Lets old buckets go if no further group fits. False if that of the group is one of them.
    private func makeRoom(for bucket: Int64, in scope: LiveBuckets, isNew: Bool) throws(QueryError) -> Bool {
        if isNew, scope.count >= limits.bucketsMax { dropOldest(scope) }
        while folds.count >= limits.groupsMax, dropOldest(scope) {}
        guard folds.count < limits.groupsMax else {
            throw QueryError(
                .limit,
                "the live query holds more than \(limits.groupsMax) groups",
                hint: "take larger SAMPLE BY buckets or fewer keys, or ask for fewer symbols"
            )
        }
        return bucket >= scope.floor
    }

    /// Lets the oldest bucket go, unless it is the newest, too.
    @discardableResult
    private func dropOldest(_ scope: LiveBuckets) -> Bool {
        guard buckets != nil, let (bucket, groups) = scope.dropOldest() else { return false }
        isWhole = false
        for group in groups {
            touched.remove(group)
            shown.remove(group)
            folds.releaseLater(group)
        }
        scope.floor = max(scope.floor, bucket + 1)
        return true
    }

    // MARK: Time

    /// Closes the buckets that no row in time can be of any more.
    private func close(_ scope: LiveBuckets) {
        guard buckets != nil else { return }
        scope.close(end: { end(of: $0) ?? .max }, closed: { touched.addClosed($0, bucket: $1, key: $2, scope) })
    }

    /// The time at which a bucket ends; nil if there are no buckets.
    func end(of bucket: Int64) -> Int64? {
        guard let buckets else { return nil }
        let (next, overflow) = bucket.addingReportingOverflow(1)
        return overflow ? .max : buckets.start(next)
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
    func told(_ groups: [LiveTouched.Group]) throws(QueryError) -> [LiveRow] {
        var told: [LiveRow] = []
        told.reserveCapacity(groups.count)
        try rows.forEach(groups, self) { group, key, values in
            if let values {
                shown.insert(group.group)
                let isClosed = group.scope.isClosed(group.bucket)
                told.append(LiveRow(key: key, values: values, isRevision: group.wasClosed, isClosed: isClosed))
            } else if shown.remove(group.group) {
                told.append(shape.removed(key, isRevision: group.wasClosed))
            }
        }
        return told
    }
}
