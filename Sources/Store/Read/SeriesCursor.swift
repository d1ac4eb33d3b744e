import Columnar

/// Gives the slices of one series: runs that overlap no other as they lie, the others merged.
struct SeriesCursor: SliceCursor {
    private let context: SeriesContext
    private let isForward: Bool
    /// Groups of runs, the next one last; no run overlaps one of another group.
    private var clusters: [[SeriesRun]]
    private var merge: MergedRows?
    /// Parts of `merge`, the next one last.
    private var mergedSlices: [Range<Int>] = []

    /// Rows of a merged slice.
    private static let mergedRowsMax = 8192
    /// Rows that are merged at once, about: a bound on memory, however many runs overlap.
    private static let windowRows = 32_768

    init(runs: [SeriesRun], context: SeriesContext, isForward: Bool) {
        self.context = context
        self.isForward = isForward
        self.clusters = Self.clusters(of: runs, isStrict: context.entry.resolvesDuplicates)
        if isForward { self.clusters.reverse() }
    }

    mutating func next() throws(TableError) -> (any SeriesSlice)? {
        while true {
            if let merge, let rows = mergedSlices.popLast() { return MergedSlice(rows: merge, range: rows) }
            merge = nil
            guard let cluster = clusters.popLast() else { return nil }
            if cluster.count == 1, cluster[0].scattered == nil {
                return RunSlice(run: cluster[0], context: context)
            }
            try beginMerge(cluster)
        }
    }

    private mutating func beginMerge(_ cluster: [SeriesRun]) throws(TableError) {
        let (window, rest) = try window(of: cluster)
        if !rest.isEmpty { clusters.append(rest) }
        let merged = try MergedRows(window, context: context)
        let slices = stride(from: 0, to: merged.count, by: Self.mergedRowsMax).map { start in
            start..<min(start + Self.mergedRowsMax, merged.count)
        }
        merge = merged
        mergedSlices = isForward ? slices.reversed() : slices
    }

    /// Rows of the cluster that come next, cut between two times, and what is left of it.
    private func window(of cluster: [SeriesRun]) throws(TableError) -> (window: [SeriesRun], rest: [SeriesRun]) {
        guard cluster.reduce(0, { $0 + $1.count }) > Self.windowRows, let cut = cut(of: cluster) else {
            return (cluster, [])
        }
        var before: [SeriesRun] = []
        var after: [SeriesRun] = []
        for run in cluster {
            let parts = try run.split(at: cut, timeColumn: context.schema.timeColumn)
            if let part = parts.before { before.append(part) }
            if let part = parts.after { after.append(part) }
        }
        return isForward ? (before, after) : (after, before)
    }

    /// A time that separates about a window of rows, at least one run whole, from the rest; nil if none does.
    private func cut(of cluster: [SeriesRun]) -> Int64? {
        let ends =
            isForward ? cluster.sorted { $0.lastTime < $1.lastTime } : cluster.sorted { $0.firstTime > $1.firstTime }
        var rows = 0
        for run in ends {
            rows += run.count
            guard rows >= Self.windowRows / 2 else { continue }
            guard isForward else { return run.firstTime }
            return run.lastTime == .max ? nil : run.lastTime + 1
        }
        return nil
    }

    /// Runs that must be merged come together; the groups ascend by time.
    ///
    /// A run may follow another without a merge if it starts later, or at the same time and arrived later. Where a table
    /// resolves duplicates (`isStrict`), rows of the same time must meet, unless they come out of one segment.
    private static func clusters(of runs: [SeriesRun], isStrict: Bool) -> [[SeriesRun]] {
        let ordered = runs.sorted { ($0.firstTime, $0.arrival) < ($1.firstTime, $1.arrival) }
        var clusters: [[SeriesRun]] = []
        var lastTime = Int64.min
        var lastArrival = Int.min
        for run in ordered {
            guard let previous = clusters.last, !follows(run, previous, lastTime, lastArrival, isStrict) else {
                clusters.append([run])
                (lastTime, lastArrival) = (run.lastTime, run.arrival)
                continue
            }
            clusters[clusters.count - 1].append(run)
            if (run.lastTime, run.arrival) > (lastTime, lastArrival) {
                (lastTime, lastArrival) = (run.lastTime, run.arrival)
            }
        }
        return isStrict ? joiningSharedTimes(clusters) : clusters
    }

    /// Joins a group that has to be merged with those before it that end at the very time at which it begins: a row of theirs
    /// may be replaced by one of it.
    private static func joiningSharedTimes(_ clusters: [[SeriesRun]]) -> [[SeriesRun]] {
        var joined: [[SeriesRun]] = []
        for var cluster in clusters {
            while cluster.count > 1, let previous = joined.last,
                previous.contains(where: { $0.lastTime == cluster[0].firstTime })
            {
                cluster = previous + cluster
                joined.removeLast()
            }
            joined.append(cluster)
        }
        return joined
    }

    private static func follows(
        _ run: SeriesRun,
        _ previous: [SeriesRun],
        _ lastTime: Int64,
        _ lastArrival: Int,
        _ isStrict: Bool
    ) -> Bool {
        if lastTime < run.firstTime { return true }
        guard lastTime == run.firstTime, lastArrival < run.arrival else { return false }
        return !isStrict || (previous.count == 1 && previous[0].origin == run.origin)
    }
}

/// A run, or a part of it, where it lies.
struct RunSlice: SeriesSlice {
    let run: SeriesRun
    let context: SeriesContext

    var count: Int { run.rows.count }
    var firstTime: Int64 { run.firstTime }
    var lastTime: Int64 { run.lastTime }

    private var isWhole: Bool { run.rows.count == run.source.rowCount }

    func vector(column: Int) throws(TableError) -> Vector {
        let vector = try run.source.vector(column: column)
        return isWhole ? vector : vector.slice(run.rows)
    }

    func statistics(column: Int) -> ColumnStatistics? {
        if column == context.schema.timeColumn {
            return .ends(.timestamp(firstTime), .timestamp(lastTime))
        }
        if column == context.schema.seriesColumn { return .ends(.text(context.name), .text(context.name)) }
        return isWhole ? run.source.statistics(column: column) : nil
    }
}

extension ColumnStatistics {
    /// Of values that ascend and are never null.
    static func ends(_ first: Scalar, _ last: Scalar) -> ColumnStatistics {
        ColumnStatistics(nullCount: 0, min: first, max: last, first: first, last: last)
    }
}
