import Columnar

/// A data directory that was locked and recovered, before its threads start.
struct OpenedStore: Sendable {
    let core: StoreCore
    let commits: CommitLoop
    let lock: any DirectoryLock
    let recovery: StoreRecovery

    init(
        directory: String,
        options: StoreOptions,
        files: any FileSystem,
        stepper: StoreStepper?
    ) throws(TableError) {
        try files.createDirectory(directory)
        lock = try files.lock(directory)
        let manifest = try Manifest.read(directory: directory, files: files)
        let catalog = Catalog(
            entries: manifest.tables.map(\.entry),
            nextTableID: TableID(rawValue: manifest.nextTableID)
        )
        var replay = WALReplay(directory: directory, files: files, catalog: catalog, manifest: manifest)
        try replay.run()
        recovery = replay.recovery
        // A rename that failed to become durable may be what we see; nothing may be removed on its word.
        if manifest.flushedLSN > 0 {
            try manifest.prepare(directory: directory, files: files)
            try manifest.commit(directory: directory, files: files)
        }
        let generation = replay.generation + 1
        let startLSN = replay.lastLSN + 1
        let wal = try Self.begin(directory, startLSN: startLSN, generation: generation, files: files)
        let cache = SegmentCache(readMode: options.readMode, openMax: options.openSegmentsMax)
        let segments = Self.segments(manifest, catalog.state, cache, directory: directory, files: files)
        try StrayFiles(directory: directory, files: files).remove(keeping: segments.flatMap(\.value.all).map(\.path))
        let tombstones = Dictionary(grouping: manifest.tombstones + replay.tombstones, by: \.table)
        core = StoreCore(
            StoreCore.Parts(
                directory: directory,
                files: files,
                options: options,
                catalog: catalog,
                manifest: manifest,
                segmentCache: cache,
                generation: generation,
                stepper: stepper
            ),
            state: StoreState(
                memtables: replay.sealed.map(\.memtable) + [replay.memtable],
                tables: segments,
                tombstones: tombstones.filter { catalog.state.entry($0.key) != nil }
            ),
            committed: startLSN
        )
        for sealed in replay.sealed { core.flushes.add(sealed) }
        commits = CommitLoop(core: core, wal: wal, memtable: replay.memtable, nextLSN: startLSN + 1)
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
        try wal.file.sync()
        return wal
    }

    /// The segments of the manifest, without those of tables that the WAL dropped since.
    private static func segments(
        _ manifest: Manifest,
        _ catalog: CatalogState,
        _ cache: SegmentCache,
        directory: String,
        files: any FileSystem
    ) -> [TableID: TableSegments] {
        var segments: [TableID: TableSegments] = [:]
        for entry in manifest.segments {
            guard let table = catalog.entry(entry.table) else { continue }
            let path = table.segmentPath(entry, in: directory)
            let segment = Segment(entry: entry, path: path, files: files, cache: cache)
            segments[entry.table, default: TableSegments()].insert(segment)
        }
        return segments
    }
}

/// What crashes and dropped tables leave in a data directory.
struct StrayFiles {
    let directory: String
    let files: any FileSystem

    /// Removes files that are not `kept`, and directories that are empty then.
    func remove(keeping kept: [String]) throws(TableError) {
        let kept = Set(kept)
        for name in try files.list(directory) where name.hasSuffix(".tmp") { try files.remove("\(directory)/\(name)") }
        let root = "\(directory)/tables"
        for table in try files.list(root) {
            for partition in try files.list("\(root)/\(table)") {
                let parent = "\(root)/\(table)/\(partition)"
                for name in try files.list(parent) where name.hasPrefix("seg-") {
                    if !kept.contains("\(parent)/\(name)") { try files.remove("\(parent)/\(name)") }
                }
                try files.removeDirectory(parent)
            }
            try files.removeDirectory("\(root)/\(table)")
        }
    }
}
