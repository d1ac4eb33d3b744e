import Columnar
import Synchronization

/// Rows of one series out of one source, clipped to a time range. Never empty.
struct SeriesRun: Sendable {
    let source: any RowSource
    /// Place among the runs of the series in the order of arrival of their equal times.
    let arrival: Int
    /// The rows in the time range, if they ascend.
    let rows: Range<Int>
    /// The rows in the time range, if they do not: a late chunk.
    let scattered: [Int]?
    /// Earliest and latest time of the rows.
    let firstTime: Int64
    let lastTime: Int64
}

/// Finds the runs of a series in a state of the store.
struct RunFinder: Sendable {
    let state: StoreState
    let committed: LSN
    let time: TimeRange

    /// The runs in the order of arrival.
    func runs(of context: SeriesContext) throws(TableError) -> [SeriesRun] {
        var runs: [SeriesRun] = []
        for segment in state.segments(of: context.entry.id) where segment.overlaps(time) {
            let reader = try segment.reader()
            for group in try reader.groups(of: context.id) {
                if let run = try run(reader, group: group, context, arrival: runs.count) { runs.append(run) }
            }
        }
        for memtable in state.memtables {
            guard let table = memtable.table(context.entry.id), let series = table.series(context.id) else { continue }
            let chunks = series.chunks
            for chunk in chunks.main + chunks.late {
                if let run = run(chunk, table, context, arrival: runs.count) { runs.append(run) }
            }
        }
        return runs
    }

    private func run(
        _ reader: SegmentReader,
        group: Int,
        _ context: SeriesContext,
        arrival: Int
    ) throws(TableError) -> SeriesRun? {
        let (rowCount, first, last) = try reader.group(group)
        guard last >= time.start, first < time.end || time.end == .max, !time.isEmpty else { return nil }
        let source = RowGroupSource(reader: reader, group: group, rowCount: rowCount, context: context)
        if time.contains(first), time.contains(last) {
            return SeriesRun(
                source: source,
                arrival: arrival,
                rows: 0..<rowCount,
                scattered: nil,
                firstTime: first,
                lastTime: last
            )
        }
        let times = Plain.int64(try source.vector(column: context.schema.timeColumn))
        return sorted(source, times, arrival: arrival)
    }

    private func run(
        _ chunk: MemtableChunk,
        _ table: MemtableTable,
        _ context: SeriesContext,
        arrival: Int
    ) -> SeriesRun? {
        let visible = chunk.visibleCount(upTo: committed)
        guard visible > 0, !time.isEmpty else { return nil }
        let source = ChunkSource(chunk: chunk, rowCount: visible, table: table, context: context)
        if chunk.firstDescent.load(ordering: .relaxed) >= visible {
            return sorted(source, source.times, arrival: arrival)
        }
        return scattered(source, source.times, arrival: arrival)
    }

    /// Clips rows that ascend, by two binary searches.
    private func sorted(_ source: any RowSource, _ times: Buffer<Int64>, arrival: Int) -> SeriesRun? {
        let rows = times.withUnsafeBufferPointer { times in
            let lower = Search.lowerBound(times, time.start)
            return lower..<max(lower, time.end == .max ? times.count : Search.lowerBound(times, time.end))
        }
        guard !rows.isEmpty else { return nil }
        return SeriesRun(
            source: source,
            arrival: arrival,
            rows: rows,
            scattered: nil,
            firstTime: times[rows.lowerBound],
            lastTime: times[rows.upperBound - 1]
        )
    }

    private func scattered(_ source: any RowSource, _ times: Buffer<Int64>, arrival: Int) -> SeriesRun? {
        var rows: [Int] = []
        var first = Int64.max
        var last = Int64.min
        for row in 0..<times.count where time.contains(times[row]) {
            rows.append(row)
            first = min(first, times[row])
            last = max(last, times[row])
        }
        guard !rows.isEmpty else { return nil }
        return SeriesRun(
            source: source,
            arrival: arrival,
            rows: 0..<0,
            scattered: rows,
            firstTime: first,
            lastTime: last
        )
    }

    // MARK: Which series

    /// Numbers of all series that may have rows in the range.
    func candidates(of table: TableID) throws(TableError) -> Set<SeriesID> {
        var ids: Set<SeriesID> = []
        for segment in state.segments(of: table) where segment.overlaps(time) {
            let reader = try segment.reader()
            for index in 0..<reader.seriesCount { ids.insert(try reader.series(at: index).id) }
        }
        for memtable in state.memtables { ids.formUnion(memtable.table(table)?.seriesIDs ?? []) }
        return ids
    }

    /// Whether the series has a row in the range. Looks no further than the first.
    func hasRows(_ context: SeriesContext) throws(TableError) -> Bool {
        for memtable in state.memtables {
            guard let table = memtable.table(context.entry.id), let series = table.series(context.id) else { continue }
            let chunks = series.chunks
            for chunk in chunks.main + chunks.late where run(chunk, table, context, arrival: 0) != nil { return true }
        }
        for segment in state.segments(of: context.entry.id) where segment.overlaps(time) {
            let reader = try segment.reader()
            for group in try reader.groups(of: context.id)
            where try run(reader, group: group, context, arrival: 0) != nil { return true }
        }
        return false
    }
}

/// Searches in ascending values.
enum Search {
    /// The first index whose value is not below `value`.
    static func lowerBound(_ values: UnsafeBufferPointer<Int64>, _ value: Int64) -> Int {
        var lower = 0
        var upper = values.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if values[middle] < value { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
