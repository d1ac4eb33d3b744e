import Columnar

/// Saves the row groups of a damaged segment that can be read.
struct SegmentSalvage {
    let directory: String
    let files: any FileSystem
    let table: TableEntry
    let entry: SegmentEntry

    /// Writes them to a segment of this number; nil if there is none, or not even the index can be read. Durable on return.
    func run(id: UInt64) throws(TableError) -> SegmentEntry? {
        let cache = SegmentCache(readMode: .buffered, openMax: 16)
        let path = table.segmentPath(entry, in: directory)
        let segment = Segment(entry: entry, path: path, files: files, cache: cache)
        guard let contexts = try readable({ () throws(TableError) in try self.contexts(of: segment) }) else {
            return nil
        }
        var segments = TableSegments()
        segments.insert(segment)
        let state = StoreState(memtables: [], tables: [table.id: segments])
        let finder = RunFinder(state: state, committed: .max, time: .all)
        let partition = table.partitionPath(entry.partition, in: directory)
        var writer = try SegmentWriter(
            table: table,
            partition: entry.partition,
            id: id,
            directory: partition,
            files: files,
            compression: .smallest
        )
        var builder = RowGroupBuilder(schema: table.schema)
        for context in contexts {
            guard let runs = try readable({ () throws(TableError) in try finder.runs(of: context) }) else { continue }
            for run in runs {
                let slice = RunSlice(run: run, context: context)
                guard try isReadable(slice) else { continue }
                try builder.add(slice, of: context, to: &writer)
            }
        }
        try builder.finish(to: &writer)
        guard writer.hasRows else {
            try files.remove("\(partition)/\(SegmentFormat.fileName(id)).tmp")
            return nil
        }
        let written = try writer.finish(
            firstLSN: entry.firstLSN,
            lastLSN: entry.lastLSN,
            filteredLSN: entry.filteredLSN
        )
        try files.syncDirectory(partition)
        return written
    }

    private func contexts(of segment: Segment) throws(TableError) -> [SeriesContext] {
        let reader = try segment.reader()
        var contexts: [SeriesContext] = []
        for index in 0..<reader.seriesCount {
            let id = reader.seriesID(at: index)
            guard let name = table.series.name(of: id) else { continue }
            contexts.append(SeriesContext(entry: table, id: id, name: name))
        }
        return contexts.sorted { $0.id < $1.id }
    }

    private func isReadable(_ slice: RunSlice) throws(TableError) -> Bool {
        for column in table.schema.columns.indices {
            let vector = try readable { () throws(TableError) in try slice.vector(column: column) }
            if vector == nil { return false }
        }
        return true
    }

    /// Nil for what is damaged; throws any other error.
    private func readable<Value>(_ body: () throws(TableError) -> Value) throws(TableError) -> Value? {
        do throws(TableError) {
            return try body()
        } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }
}
