import Columnar

/// Gives the slices of one series: runs that overlap no other as they lie, the others merged.
struct SeriesCursor: SliceCursor {
    private let context: SeriesContext
    private let isForward: Bool
    /// Rows that are merged at once, about.
    private let windowRows: Int
    /// Groups of runs, the next one last; no run overlaps one of another group.
    private var clusters: [[SeriesRun]]
    private var merge: MergedRows?
    /// Parts of `merge`, the next one last.
    private var mergedSlices: [Range<Int>] = []

    /// Rows of a merged slice.
    private static let mergedRowsMax = 8192
    /// Rows that are merged at once, about: a bound on memory, however many runs overlap.
    private static let windowRowsMax = 32_768
    /// The same where few rows are asked for: some may be replaced by others, and a window more takes longer than its rows.
    private static let windowRowsMin = 64

    /// `rowsMax` are the rows that will be asked for, nil for all.
    init(runs: [SeriesRun], context: SeriesContext, isForward: Bool, rowsMax: Int? = nil) {
        self.context = context
        self.isForward = isForward
        windowRows = min(max(min(rowsMax ?? .max, Self.windowRowsMax) * 2, Self.windowRowsMin), Self.windowRowsMax)
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
        guard cluster.reduce(0, { $0 + $1.count }) > windowRows else { return (cluster, []) }
        // The nearer one: the longest run may begin after many others, whose rows would all be in the window.
        let cuts = [try narrowCut(of: cluster), self.cut(of: cluster)].compactMap { $0 }
        guard let cut = isForward ? cuts.min() : cuts.max() else { return (cluster, []) }
        var before: [SeriesRun] = []
        var after: [SeriesRun] = []
        for run in cluster {
            let parts = try run.split(at: cut, timeColumn: context.schema.timeColumn)
            if let part = parts.before { before.append(part) }
            if let part = parts.after { after.append(part) }
        }
        return isForward ? (before, after) : (after, before)
    }

    /// A time inside the longest run that separates a window of its rows from the rest, where few rows are asked for.
    private func narrowCut(of cluster: [SeriesRun]) throws(TableError) -> Int64? {
        guard windowRows < Self.windowRowsMax,
            let run = cluster.filter({ $0.scattered == nil }).max(by: { $0.count < $1.count }), run.count > windowRows
        else { return nil }
        let row = isForward ? run.rows.lowerBound + windowRows : run.rows.upperBound - windowRows
        let time = try run.source.vector(column: context.schema.timeColumn, rows: row..<row + 1)
        guard case .timestamp(let cut) = time.scalar(at: 0), cut > run.firstTime else { return nil }
        return cut
    }

    /// A time that separates about a window of rows, at least one run whole, from the rest; nil if none does.
    private func cut(of cluster: [SeriesRun]) -> Int64? {
        let ends =
            isForward ? cluster.sorted { $0.lastTime < $1.lastTime } : cluster.sorted { $0.firstTime > $1.firstTime }
        var rows = 0
        for run in ends {
            rows += run.count
            guard rows >= windowRows / 2 else { continue }
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

    func vector(column: Int, rows: Range<Int>) throws(TableError) -> Vector {
        let (lower, upper) = (run.rows.lowerBound + rows.lowerBound, run.rows.lowerBound + rows.upperBound)
        precondition(!rows.isEmpty && upper <= run.rows.upperBound, "BUG: rows outside of a slice")
        if column == context.schema.timeColumn, rows.count == 1, rows.lowerBound == 0 || rows.upperBound == count {
            let time = rows.lowerBound == 0 ? firstTime : lastTime
            return Vector(type: .timestamp, form: .constant(.timestamp(time), count: 1))
        }
        return try run.source.vector(column: column, rows: lower..<upper)
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
