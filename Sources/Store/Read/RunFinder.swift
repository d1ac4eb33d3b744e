import Columnar
import Synchronization

/// Finds the runs of a series in a state of the store.
struct RunFinder: Sendable {
    let state: StoreState
    let committed: LSN
    let time: TimeRange
    private let packed: PackedGroups
    /// The partitions that may have rows in the range, if that is known.
    private let known: ArraySlice<TableSegments.Partition>?

    init(
        state: StoreState,
        committed: LSN,
        time: TimeRange,
        packed: PackedGroups = PackedGroups(),
        partitions: ArraySlice<TableSegments.Partition>? = nil
    ) {
        self.state = state
        self.committed = committed
        self.time = time
        self.packed = packed
        known = partitions
    }

    /// The same for a part of its range, in which only some partitions may have rows.
    func narrowed(to time: TimeRange, _ partitions: ArraySlice<TableSegments.Partition>) -> RunFinder {
        RunFinder(state: state, committed: committed, time: time, packed: packed, partitions: partitions)
    }

    /// The partitions of a table that may have rows in the range.
    func partitions(of entry: TableEntry) -> ArraySlice<TableSegments.Partition> {
        known ?? state.segments(of: entry.id).partitions(in: time, unit: entry.schema.partition)
    }

    /// The runs in the order of arrival, without deleted rows.
    func runs(of context: SeriesContext) throws(TableError) -> [SeriesRun] {
        var runs: [SeriesRun] = []
        guard !time.isEmpty else { return runs }
        _ = try find(context) { run in
            runs.append(run)
            return false
        }
        return runs
    }

    /// Whether the series has a row in the range. Looks no further than the first.
    func hasRows(_ context: SeriesContext) throws(TableError) -> Bool {
        guard !time.isEmpty else { return false }
        if state.tombstones[context.entry.id] == nil, hasSmallRows(context) { return true }
        return try find(context) { _ in true }
    }

    /// Whether a memtable's arena has a row of the series in the range; brings nothing together.
    private func hasSmallRows(_ context: SeriesContext) -> Bool {
        state.memtables.contains { memtable in
            guard let table = memtable.table(context.entry.id), let series = table.series(context.id) else {
                return false
            }
            return table.hasSmallRows(of: series, in: time, upTo: committed)
        }
    }

    /// Gives each run to `isEnough` until it says so; whether it did.
    private func find(_ context: SeriesContext, _ isEnough: (SeriesRun) -> Bool) throws(TableError) -> Bool {
        let deletions = Deletions(state.tombstones[context.entry.id] ?? [], of: context.id)
        let timeColumn = context.schema.timeColumn
        var place = Place()
        for partition in partitions(of: context.entry) {
            for segment in partition.segments where segment.overlaps(time) {
                place.origin += 1
                let deleted = deletions.ranges { $0.applies(to: segment.entry) }
                for run in try segmentRuns(segment, context, &place) {
                    if try pass(run, without: deleted, timeColumn, isEnough) { return true }
                }
            }
        }
        for memtable in state.memtables {
            guard let table = memtable.table(context.entry.id) else { continue }
            let deleted = deletions.ranges { memtable.sealedLSN.load(ordering: .acquiring) <= $0.lsn }
            for run in memtableRuns(table, context, &place) {
                if try pass(run, without: deleted, timeColumn, isEnough) { return true }
            }
        }
        return false
    }

    private func pass(
        _ run: SeriesRun,
        without deleted: [TimeRange],
        _ timeColumn: Int,
        _ isEnough: (SeriesRun) -> Bool
    ) throws(TableError) -> Bool {
        guard !deleted.isEmpty else { return isEnough(run) }
        for part in try run.without(deleted, timeColumn: timeColumn) where isEnough(part) { return true }
        return false
    }

    /// Numbers that runs get as they are found.
    private struct Place {
        var arrival = 0
        var origin = 0

        mutating func next() -> Int {
            arrival += 1
            return arrival
        }
    }

    // MARK: Segments

    private func segmentRuns(
        _ segment: Segment,
        _ context: SeriesContext,
        _ place: inout Place
    ) throws(TableError) -> [SeriesRun] {
        let reader = try segment.reader()
        guard let series = try reader.series(context.id) else { return [] }
        var runs: [SeriesRun] = []
        for group in try reader.groups(of: series, in: time) {
            if let run = try run(reader, series, group: group, context, &place) { runs.append(run) }
        }
        return runs
    }

    private func run(
        _ reader: SegmentReader,
        _ series: SegmentSeries,
        group number: Int,
        _ context: SeriesContext,
        _ place: inout Place
    ) throws(TableError) -> SeriesRun? {
        let group = try reader.group(number)
        let first = group.isPacked ? series.firstTime : group.firstTime
        let last = group.isPacked ? series.lastTime : group.lastTime
        guard last >= time.start, first < time.end || time.end == .max else { return nil }
        let source = RowGroupSource(
            reader: reader,
            group: number,
            rows: group.isPacked ? series.firstRow..<series.firstRow + series.rowCount : 0..<group.rowCount,
            packed: group.isPacked ? packed : nil,
            context: context
        )
        guard !time.contains(first) || !time.contains(last) else {
            return SeriesRun(
                source: source,
                arrival: place.next(),
                origin: place.origin,
                rows: 0..<source.rowCount,
                scattered: nil,
                firstTime: first,
                lastTime: last
            )
        }
        if let found = try reader.rows(of: number, in: time, timeColumn: context.schema.timeColumn) {
            guard !found.rows.isEmpty else { return nil }
            return SeriesRun(
                source: source,
                arrival: place.next(),
                origin: place.origin,
                rows: found.rows,
                scattered: nil,
                firstTime: found.firstTime,
                lastTime: found.lastTime
            )
        }
        let times = Plain.int64(try source.vector(column: context.schema.timeColumn))
        return SeriesRun(sorted: source, times, in: time, arrival: place.next(), origin: place.origin)
    }

    // MARK: Memtables

    private func memtableRuns(_ table: MemtableTable, _ context: SeriesContext, _ place: inout Place) -> [SeriesRun] {
        guard let series = table.series(context.id) else { return [] }
        var runs: [SeriesRun] = []
        place.origin += 1
        // Rows in the arena arrived before those in the series' own chunks.
        if let run = smallRun(table, context, &place) { runs.append(run) }
        let chunks = series.chunks
        for chunk in chunks.main + chunks.late {
            place.origin += 1
            if let run = run(chunk, table, context, &place) { runs.append(run) }
        }
        return runs
    }

    /// The rows in the table's arena, if the series has any there.
    private func smallRun(_ table: MemtableTable, _ context: SeriesContext, _ place: inout Place) -> SeriesRun? {
        guard let series = table.series(context.id),
            let small = table.smallRows(of: series, context, upTo: committed)
        else { return nil }
        let arrival = place.next()
        guard small.hasDuplicates else {
            return SeriesRun(sorted: small, small.times, in: time, arrival: arrival, origin: place.origin)
        }
        let rows = 0..<small.times.count
        return SeriesRun(scattered: small, small.times, rows: rows, arrival: arrival, origin: place.origin) {
            time.contains($0)
        }
    }

    private func run(
        _ chunk: MemtableChunk,
        _ table: MemtableTable,
        _ context: SeriesContext,
        _ place: inout Place
    ) -> SeriesRun? {
        let visible = chunk.visibleCount(upTo: committed)
        guard visible > 0 else { return nil }
        let source = ChunkSource(chunk: chunk, rowCount: visible, table: table, context: context)
        let times = source.times
        if chunk.firstDescent.load(ordering: .relaxed) >= visible {
            return SeriesRun(sorted: source, times, in: time, arrival: place.next(), origin: place.origin)
        }
        let arrival = place.next()
        return SeriesRun(
            scattered: source,
            times,
            rows: 0..<times.count,
            arrival: arrival,
            origin: place.origin
        ) { time.contains($0) }
    }

    // MARK: Which series

    /// Numbers of the series that have rows in the range, and of those that may have.
    func candidates(of entry: TableEntry) throws(TableError) -> (certain: Set<SeriesID>, possible: Set<SeriesID>) {
        var certain: Set<SeriesID> = []
        var possible: Set<SeriesID> = []
        let hasDeletions = state.tombstones[entry.id] != nil
        for partition in partitions(of: entry) {
            for segment in partition.segments where segment.overlaps(time) {
                let reader = try segment.reader()
                let ids = (0..<reader.seriesCount).lazy.map { reader.seriesID(at: $0) }
                let isInside = time.contains(segment.entry.firstTime) && time.contains(segment.entry.lastTime)
                if isInside, !hasDeletions { certain.formUnion(ids) } else { possible.formUnion(ids) }
            }
        }
        for memtable in state.memtables { possible.formUnion(memtable.table(entry.id)?.seriesIDs ?? []) }
        return (certain, possible.subtracting(certain))
    }

    // MARK: Summaries

    /// All rows of a series in the range as one slice, if they are those of one segment, which knows their statistics.
    func summary(of context: SeriesContext) throws(TableError) -> SegmentSummary? {
        guard !time.isEmpty, state.tombstones[context.entry.id] == nil else { return nil }
        var only: Segment?
        for partition in partitions(of: context.entry) {
            for segment in partition.segments where segment.overlaps(time) {
                guard only == nil else { return nil }
                only = segment
            }
        }
        guard let reader = try only?.reader(), let series = try reader.series(context.id), series.groupCount > 1,
            time.contains(series.firstTime), time.contains(series.lastTime)
        else { return nil }
        return SegmentSummary(reader: reader, series: series, context: context)
    }
}

/// The deletions that concern one series.
private struct Deletions {
    private let tombstones: [Tombstone]

    init(_ tombstones: [Tombstone], of series: SeriesID) {
        self.tombstones = tombstones.filter { $0.covers(series) }
    }

    func ranges(_ applies: (Tombstone) -> Bool) -> [TimeRange] {
        tombstones.isEmpty ? [] : tombstones.filter(applies).map(\.time)
    }
}
