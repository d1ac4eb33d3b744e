import Columnar

/// A data directory that was locked and recovered, before its threads start.
struct OpenedStore: Sendable {
    let core: StoreCore
    let commits: CommitLoop
    let manifest: Manifest
    let lock: any DirectoryLock
    let generation: UInt64
    let recovery: StoreRecovery

    init(directory: String, options: StoreOptions, files: any FileSystem) throws(TableError) {
        try files.createDirectory(directory)
        lock = try files.lock(directory)
        manifest = try Manifest.read(directory: directory, files: files)
        let catalog = Catalog(
            entries: manifest.tables.map {
                TableEntry(id: $0.id, schema: $0.schema, series: SeriesRegistry(names: $0.series))
            }
        )
        let memtable = Memtable()
        var replay = WALReplay(
            directory: directory,
            files: files,
            catalog: catalog,
            memtable: memtable,
            manifest: manifest
        )
        try replay.run()
        generation = replay.generation + 1
        recovery = replay.recovery
        let startLSN = replay.lastLSN + 1
        let wal = try Self.begin(directory, startLSN: startLSN, generation: generation, files: files)
        core = StoreCore(
            directory: directory,
            files: files,
            options: options,
            catalog: catalog,
            state: try Self.state(manifest, catalog: catalog, memtable: memtable, directory: directory, files: files),
            committed: startLSN
        )
        commits = CommitLoop(
            core: core,
            generation: generation,
            wal: wal,
            memtable: memtable,
            nextLSN: startLSN + 1
        )
    }

    /// A new WAL file that begins with the start record; durable on return.
    private static func begin(
        _ directory: String,
        startLSN: LSN,
        generation: UInt64,
        files: any FileSystem
    ) throws(TableError) -> WALFile {
        var wal = try WALFile.create(directory: directory, firstLSN: startLSN, files: files)
        var record = ByteWriter()
        let start = WALRecordHeader.begin(.start, lsn: startLSN, durableLSN: startLSN - 1, in: &record)
        record.put(generation)
        WALRecordHeader.finish(recordAt: start, in: &record)
        if let failure = try wal.append(record.bytes, recordEnds: [record.count]).failure { throw failure }
        try wal.sync()
        return wal
    }

    /// The segments of the manifest; files that are not in it, left by a crash, are removed.
    private static func state(
        _ manifest: Manifest,
        catalog: Catalog,
        memtable: Memtable,
        directory: String,
        files: any FileSystem
    ) throws(TableError) -> StoreState {
        let tables = catalog.state
        var segments: [TableID: [Segment]] = [:]
        var live: Set<String> = []
        for entry in manifest.segments.sorted(by: { $0.id < $1.id }) {
            guard let table = tables.entry(entry.table) else {
                throw TableError(.corrupt, "\(directory)/\(Manifest.fileName) lists a segment of an unknown table")
            }
            let path = table.segmentPath(entry, in: directory)
            live.insert(path)
            segments[entry.table, default: []].append(Segment(entry: entry, path: path, files: files))
        }
        try removeStrays(directory: directory, tables: tables, live: live, files: files)
        return StoreState(memtables: [memtable], segmentsByTable: segments)
    }

    private static func removeStrays(
        directory: String,
        tables: CatalogState,
        live: Set<String>,
        files: any FileSystem
    ) throws(TableError) {
        try files.remove("\(directory)/\(Manifest.temporaryName)")
        for table in tables.entries {
            let parent = table.path(in: directory)
            for day in try files.list(parent) where day.contains("-") {
                for name in try files.list("\(parent)/\(day)") where name.hasPrefix("seg-") {
                    let path = "\(parent)/\(day)/\(name)"
                    if !live.contains(path) { try files.remove(path) }
                }
            }
        }
    }
}
