import Columnar

/// Gives the slices of one series: runs that overlap no other as they lie, the others merged.
struct SeriesCursor: SliceCursor {
    private let context: SeriesContext
    private let isForward: Bool
    /// Groups of runs in the order of time; no run overlaps one of another group.
    private var clusters: [[SeriesRun]]
    private var position = 0
    private var merge: MergedRows?
    private var mergedSlices: [Range<Int>] = []

    /// Rows of a merged slice.
    private static let mergedRowsMax = 8192

    init(runs: [SeriesRun], context: SeriesContext, isForward: Bool) {
        self.context = context
        self.isForward = isForward
        self.clusters = Self.clusters(of: runs, isRegular: context.isRegular)
        if !isForward { self.clusters.reverse() }
    }

    mutating func next() throws(TableError) -> (any SeriesSlice)? {
        while true {
            if let merge, let rows = mergedSlices.popLast() {
                return MergedSlice(rows: merge, range: rows)
            }
            guard position < clusters.count else { return nil }
            let cluster = clusters[position]
            position += 1
            if cluster.count == 1, cluster[0].scattered == nil {
                return RunSlice(run: cluster[0], context: context)
            }
            let merged = try MergedRows(cluster, context: context)
            let slices = stride(from: 0, to: merged.count, by: Self.mergedRowsMax).map { start in
                start..<min(start + Self.mergedRowsMax, merged.count)
            }
            merge = merged
            mergedSlices = isForward ? slices.reversed() : slices
        }
    }

    /// Runs that must be merged come together; the groups ascend by time.
    ///
    /// A run may follow another without a merge if it starts later, or at the same time and arrived later. In a regular
    /// table the same time is the same slot, which must be merged.
    private static func clusters(of runs: [SeriesRun], isRegular: Bool) -> [[SeriesRun]] {
        let ordered = runs.sorted { ($0.firstTime, $0.arrival) < ($1.firstTime, $1.arrival) }
        var clusters: [[SeriesRun]] = []
        var lastTime = Int64.min
        var lastArrival = Int.min
        for run in ordered {
            let follows =
                lastTime < run.firstTime || (!isRegular && lastTime == run.firstTime && lastArrival < run.arrival)
            if clusters.isEmpty || follows {
                clusters.append([run])
                (lastTime, lastArrival) = (run.lastTime, run.arrival)
                continue
            }
            clusters[clusters.count - 1].append(run)
            if (run.lastTime, run.arrival) > (lastTime, lastArrival) {
                (lastTime, lastArrival) = (run.lastTime, run.arrival)
            }
        }
        return clusters
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
            return ColumnStatistics(nullCount: 0, min: .timestamp(firstTime), max: .timestamp(lastTime))
        }
        if column == context.schema.seriesColumn {
            return ColumnStatistics(nullCount: 0, min: .text(context.name), max: .text(context.name))
        }
        return isWhole ? run.source.statistics(column: column) : nil
    }
}
