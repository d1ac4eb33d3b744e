import Columnar

/// Writes the rows of one table of a sealed memtable: a segment a day, series by series.
struct TableFlush {
    let core: StoreCore
    let memtable: Memtable
    let table: MemtableTable
    let lastLSN: LSN

    private var entry: TableEntry { table.entry }
    private var directory: String { entry.path(in: core.directory) }

    /// Files and their directories are durable on return. A file that was begun and not finished is removed.
    func run(nextID: inout UInt64) throws(TableError) -> [SegmentEntry] {
        let series = table.seriesIDs.sorted().compactMap { id in
            entry.series.name(of: id).map { SeriesContext(entry: entry, id: id, name: $0) }
        }
        var entries: [SegmentEntry] = []
        for day in try days(of: series).sorted() {
            let id = nextID
            nextID += 1
            do throws(TableError) {
                entries.append(try write(day: day, id: id, series: series))
            } catch {
                try? core.files.remove("\(partition(day))/\(SegmentFormat.fileName(id)).tmp")
                throw error
            }
        }
        return entries
    }

    private func partition(_ day: Int64) -> String { "\(directory)/\(SegmentFormat.dayName(Int32(clamping: day)))" }

    private func finder(_ time: TimeRange) -> RunFinder {
        RunFinder(state: StoreState(memtables: [memtable], segmentsByTable: [:]), committed: .max, time: time)
    }

    /// The days that have rows.
    private func days(of series: [SeriesContext]) throws(TableError) -> Set<Int64> {
        var days: Set<Int64> = []
        for context in series {
            for run in try finder(.all).runs(of: context) {
                let times = Plain.int64(try run.source.vector(column: entry.schema.timeColumn))
                if let rows = run.scattered {
                    for row in rows { days.insert(SegmentFormat.day(of: times[row])) }
                } else {
                    times.withUnsafeBufferPointer { Self.addDays(of: $0, to: &days) }
                }
            }
        }
        return days
    }

    /// One search a day, not a division a row.
    private static func addDays(of ascending: UnsafeBufferPointer<Int64>, to days: inout Set<Int64>) {
        var row = 0
        while row < ascending.count {
            let day = SegmentFormat.day(of: ascending[row])
            days.insert(day)
            let end = SegmentFormat.range(ofDay: day).end
            if end == .max { return }
            row = Search.lowerBound(ascending, end)
        }
    }

    private func write(day: Int64, id: UInt64, series: [SeriesContext]) throws(TableError) -> SegmentEntry {
        let partition = partition(day)
        try core.files.createDirectory(partition)
        var writer = try SegmentWriter(
            table: entry,
            day: Int32(clamping: day),
            id: id,
            directory: partition,
            files: core.files
        )
        let finder = finder(SegmentFormat.range(ofDay: day))
        for context in series {
            var cursor = SeriesCursor(runs: try finder.runs(of: context), context: context, isForward: true)
            var group = RowGroupBuilder(context: context)
            while let slice = try cursor.next() { try group.add(slice, to: &writer) }
            try group.flush(to: &writer)
        }
        let written = try writer.finish(flushedLSN: lastLSN)
        try core.files.syncDirectory(partition)
        return written
    }
}

/// Joins small slices of a series into row groups.
struct RowGroupBuilder {
    private let context: SeriesContext
    private var slices: [(slice: any SeriesSlice, rows: Range<Int>)] = []
    private var rowCount = 0

    /// A change between decimals and doubles ends a row group only if it has this many rows already; a smaller one
    /// takes both, as doubles.
    private static let mixedRowsMin = 256

    init(context: SeriesContext) { self.context = context }

    mutating func add(_ slice: any SeriesSlice, to writer: inout SegmentWriter) throws(TableError) {
        if rowCount >= Self.mixedRowsMin, let last = slices.last, try !hasSameForms(last.slice, slice) {
            try flush(to: &writer)
        }
        var start = 0
        while start < slice.count {
            let end = min(slice.count, start + SegmentFormat.groupRowsMax - rowCount)
            slices.append((slice, start..<end))
            rowCount += end - start
            start = end
            if rowCount == SegmentFormat.groupRowsMax { try flush(to: &writer) }
        }
    }

    /// Writes what was added as one row group.
    mutating func flush(to writer: inout SegmentWriter) throws(TableError) {
        guard rowCount > 0 else { return }
        var columns: [Vector?] = []
        for (index, column) in context.schema.columns.enumerated() {
            guard index != context.schema.seriesColumn else {
                columns.append(nil)
                continue
            }
            var parts: [Vector] = []
            for (slice, rows) in slices {
                let vector = try slice.vector(column: index)
                parts.append(rows.count == slice.count ? vector : vector.slice(rows))
            }
            columns.append(VectorConcatenation.concatenate(parts, type: column.type))
        }
        try writer.append(series: context.id, name: context.name, columns: columns, rowCount: rowCount)
        slices.removeAll()
        rowCount = 0
    }

    /// Whether no column changes between decimals and doubles.
    private func hasSameForms(_ first: any SeriesSlice, _ second: any SeriesSlice) throws(TableError) -> Bool {
        for (index, column) in context.schema.columns.enumerated() where column.type == .float64 {
            switch (try first.vector(column: index).form, try second.vector(column: index).form) {
            case (.scaledInteger, .float64), (.float64, .scaledInteger): return false
            default: continue
            }
        }
        return true
    }
}
