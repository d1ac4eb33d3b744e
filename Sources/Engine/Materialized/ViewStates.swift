import Columnar
import QueryLang

/// What is known of all materialized views: their plans, what is dirty, how far each is.
struct ViewStates {
    /// One view.
    struct View {
        var definition: MaterializedViewDefinition
        /// Nil, and `failure` says why, while its query cannot be run.
        var plan: ViewPlan?
        var failure: String?
        var dirty = DirtyBuckets()
        /// Times whose rows go before buckets are computed: from REFRESH FULL.
        var clears: TimeRange?
        /// Batches up to this one were looked at when the view was taken up.
        var covered: LSN = 0
        var through: LSN = 0
        /// The number of the last request that was met, and of the last that was taken up.
        var requestMet: Int64 = 0
        var request: Int64 = 0
        /// Whether what is dirty may be computed before its time.
        var isAsked = false
        /// When it is to be refreshed next; nil for as soon as something is dirty.
        var dueTime: Int64?
        var failures = 0
        var refreshes = 0
        var rows = 0
        var lastElapsed: Int64 = 0
    }

    /// What a refresh is to do.
    struct Work {
        let name: String
        let plan: ViewPlan
        let dirty: DirtyBuckets
        let clears: TimeRange?
        let through: LSN
        let request: Int64
    }

    var mustReload = false
    private var views: [String: View] = [:]
    /// Names of views by the table that they read, both in small letters.
    private var readers: [String: [String]] = [:]
    /// The last batch that this was told of.
    private var told: LSN = 0

    var isEmpty: Bool { views.isEmpty }

    mutating func takeMustReload() -> Bool {
        defer { mustReload = false }
        return mustReload
    }

    // MARK: What is told

    /// Whether there is something to do.
    mutating func note(_ batch: CommittedBatch) -> Bool {
        told = batch.lsn
        var hasWork = false
        var unread: String?
        for group in batch.groups {
            // Groups of a batch are mostly of one table, which mostly no view reads.
            if unread == group.table { continue }
            if VirtualTables.isReserved(group.table) {
                let isWish =
                    group.table == MaterializedViewTables.definitions.name
                    || group.table == MaterializedViewTables.requests.name
                mustReload = mustReload || isWish
                hasWork = hasWork || isWish
                continue
            }
            guard !readers.isEmpty, let names = readers[group.table.lowercased()] else {
                unread = group.table
                continue
            }
            for name in names {
                views[name]?.note(group)
                hasWork = true
            }
        }
        return hasWork
    }

    /// Gives the names of the views that read the table.
    mutating func note(_ change: CommittedChange) -> [String] {
        told = change.lsn
        guard let names = readers[change.table.lowercased()] else { return [] }
        if case .rowsRemoved = change.kind {} else { mustReload = true }
        if let times = change.removedTimes {
            for name in names { views[name]?.noteRemoval(times) }
        }
        return names
    }

    // MARK: Definitions

    /// Takes over definitions; gives the names of those that are new, or whose plan is another one.
    mutating func replace(
        _ definitions: [MaterializedViewDefinition],
        _ plans: [String: Result<ViewPlan, QueryError>]
    ) -> [String] {
        var next: [String: View] = [:]
        var added: [String] = []
        readers = [:]
        for definition in definitions {
            let known = views[definition.name].flatMap { $0.definition == definition ? $0 : nil }
            var view = known ?? View(definition: definition)
            let hadPlan = view.plan != nil
            switch plans[definition.name] {
            case .success(let plan): (view.plan, view.failure) = (plan, nil)
            case .failure(let error): (view.plan, view.failure) = (nil, error.message)
            case nil: break
            }
            next[definition.name] = view
            if view.plan != nil, known == nil || !hadPlan { added.append(definition.name) }
            readers[definition.base.lowercased(), default: []].append(definition.name)
        }
        views = next
        return added
    }

    /// Takes a view up where it was left: what changed since is dirty.
    mutating func begin(_ name: String, _ progress: MaterializedViewTables.Progress, _ snapshot: any TableSnapshot) {
        guard var view = views[name], let plan = view.plan else { return }
        view.covered = snapshot.committed
        view.through = progress.through
        view.requestMet = progress.request
        view.request = progress.request
        if progress.through == 0 {
            view.dirty.insert(Int64.min...Int64.max)
            view.isAsked = true
        } else {
            let changes = snapshot.changes(of: plan.base.name, since: progress.through)
            if let written = changes.written { view.insert(written, plan) }
            if let removed = changes.removed { view.noteRemoval(removed) }
        }
        views[name] = view
    }

    /// Takes a request up, unless that was done.
    mutating func ask(_ name: String, _ request: MaterializedViewTables.Request) {
        guard var view = views[name], view.plan != nil, request.number > view.request else { return }
        view.request = request.number
        view.isAsked = true
        if let time = request.time {
            view.noteRemoval(time)
            if request.isFromNothing { view.clears = .all }
        }
        views[name] = view
    }

    // MARK: Work

    /// A view that is due, those of which others read first; nil if none is that was not done.
    func nextDue(now: Int64, after done: Set<String>) -> String? {
        let due = views.values.filter { $0.isReady(now: now) && !done.contains($0.definition.name) }
        let names = Set(due.map { $0.definition.name.lowercased() })
        let first = due.filter { !names.contains($0.definition.base.lowercased()) }
        return (first.isEmpty ? due : first).map(\.definition.name).min()
    }

    /// Takes what is dirty out.
    mutating func take(_ name: String) -> Work? {
        guard var view = views[name], let plan = view.plan else { return nil }
        let work = Work(
            name: name,
            plan: plan,
            dirty: view.dirty,
            clears: view.clears,
            through: max(view.covered, told),
            request: view.request
        )
        view.dirty = DirtyBuckets()
        view.clears = nil
        view.isAsked = false
        views[name] = view
        return work
    }

    mutating func finish(_ work: Work, rows: Int, now: Int64, elapsed: Int64) {
        guard var view = views[work.name] else { return }
        view.through = work.through
        view.requestMet = work.request
        view.failure = nil
        view.failures = 0
        view.dueTime = nil
        if case .every(let nanoseconds) = view.definition.refresh { view.dueTime = now &+ nanoseconds }
        view.refreshes += 1
        view.rows += rows
        view.lastElapsed = elapsed
        views[work.name] = view
    }

    mutating func giveBack(_ work: Work, _ failure: String, now: Int64, retry: Int64, retryMax: Int64) {
        guard var view = views[work.name] else { return }
        view.dirty.formUnion(work.dirty)
        view.clears = view.clears ?? work.clears
        view.isAsked = view.isAsked || work.request > view.requestMet || work.dirty.mayShrink
        view.failure = failure
        view.dueTime = now &+ min(retry << min(view.failures, 6), retryMax)
        view.failures += 1
        views[work.name] = view
    }

    /// What failed may be tried at once.
    mutating func forgetFailures() {
        for (name, view) in views where view.failures > 0 {
            views[name]?.failures = 0
            views[name]?.dueTime = nil
        }
    }

    /// Nanoseconds to the next view that waits for its time; nil if none does.
    func nanosecondsToNext(now: Int64) -> Int64? {
        views.values.filter { $0.plan != nil && !$0.dirty.isEmpty }.compactMap(\.dueTime).min().map {
            max(0, $0 &- now)
        }
    }

    /// A row for each view, by name.
    var statuses: [ViewStatus] {
        views.values.sorted { $0.definition.name < $1.definition.name }.map { view in
            ViewStatus(
                definition: view.definition,
                failure: view.failure,
                isReady: view.plan != nil,
                through: view.through,
                dirty: view.dirty,
                refreshes: view.refreshes,
                rows: view.rows,
                elapsedNanoseconds: view.lastElapsed
            )
        }
    }
}

extension ViewStates.View {
    /// Whether there is something to do, and the time for it has come.
    func isReady(now: Int64) -> Bool {
        guard plan != nil, !dirty.isEmpty || isAsked else { return false }
        if let dueTime, now < dueTime, !isAsked || failures > 0 { return false }
        return definition.refresh != .manual || isAsked
    }

    /// Notes the buckets of rows.
    mutating func note(_ group: AppendGroup) {
        guard let plan, group.columns.indices.contains(plan.base.timeColumn),
            let times = group.columns[plan.base.timeColumn]
        else { return }
        var open: ClosedRange<Int64>?
        var bounds = Int64.max...Int64.max
        func insert(_ buckets: ClosedRange<Int64>) {
            if plan.isBySeries { dirty.insert(buckets, series: group.series) } else { dirty.insert(buckets) }
        }
        let values = times.int64Values
        for row in 0..<min(group.rowCount, values.count) {
            let time = values[row]
            if open != nil, bounds.contains(time) { continue }
            let bucket = plan.buckets.index(time)
            if let known = open {
                if bucket == known.upperBound &+ 1, bucket > known.upperBound {
                    open = known.lowerBound...bucket
                } else if !known.contains(bucket) {
                    insert(known)
                    open = bucket...bucket
                }
            } else {
                open = bucket...bucket
            }
            let start = plan.buckets.start(bucket)
            bounds = start...max(start, plan.buckets.start(bucket == .max ? bucket : bucket + 1) &- 1)
        }
        if let open { insert(open) }
    }

    /// Notes that rows of some times may have gone.
    mutating func noteRemoval(_ times: TimeRange) {
        guard let plan, !times.isEmpty else { return }
        dirty.mayShrink = true
        insert(times, plan)
    }

    mutating func insert(_ times: TimeRange, _ plan: ViewPlan) {
        let first = times.start == .min ? Int64.min : plan.buckets.index(times.start)
        let last = times.end == .max ? Int64.max : plan.buckets.index(times.end - 1)
        if first <= last { dirty.insert(first...last) }
    }
}
