import Columnar

/// Makes a damaged data directory usable with the least loss, and tells what it did.
///
/// In this order, since each step needs the one before it: the manifest, the segments that it names, the WAL. Every file is
/// kept in `quarantine` as it was before it is changed.
struct Repair {
    let directory: String
    let files: any FileSystem
    private(set) var report = StoreRepair()

    /// Damages of the WAL that are mended one by one; a directory with more is not worth it.
    private static let walDamagesMax = 10_000

    init(directory: String, files: any FileSystem) {
        self.directory = directory
        self.files = files
    }

    mutating func run() throws(TableError) {
        let (manifest, isNew) = try readManifest()
        let repaired = try repairSegments(of: manifest)
        if isNew || repaired.segments != manifest.segments {
            try repaired.prepare(directory: directory, files: files)
            try repaired.commit(directory: directory, files: files)
        }
        try repairWAL(repaired)
    }

    // MARK: Manifest

    private mutating func readManifest() throws(TableError) -> (Manifest, isNew: Bool) {
        let path = "\(directory)/\(Manifest.fileName)"
        do throws(TableError) {
            let isThere = try files.list(directory).contains(Manifest.fileName)
            let hasSegments = try !files.list("\(directory)/tables").isEmpty
            if isThere || !hasSegments { return (try Manifest.read(directory: directory, files: files), false) }
            report.actions.append("\(path) is missing")
        } catch {
            guard error.code == .corrupt else { throw error }
            try quarantine(path)
        }
        var rebuild = ManifestRebuild(directory: directory, files: files)
        let manifest = try rebuild.run()
        report.actions += rebuild.actions
        for path in rebuild.superseded { try quarantine(path) }
        return (manifest, true)
    }

    // MARK: Segments

    private mutating func repairSegments(of manifest: Manifest) throws(TableError) -> Manifest {
        var repaired = manifest
        let tables = Dictionary(manifest.tables.map { ($0.id, $0.entry) }) { first, _ in first }
        let cache = SegmentCache(readMode: .buffered, openMax: 16)
        for entry in manifest.segments {
            guard let table = tables[entry.table] else { continue }
            let path = table.segmentPath(entry, in: directory)
            do throws(TableError) {
                try Segment(entry: entry, path: path, files: files, cache: cache).reader().verify()
            } catch {
                guard error.code == .corrupt else { throw error }
                repaired.segments.removeAll { $0.id == entry.id }
                if let saved = try salvage(entry, table, path, error, nextID: &repaired.nextSegmentID) {
                    repaired.segments.append(saved)
                }
            }
        }
        return repaired
    }

    /// Writes the row groups that can be read to a new segment; nil if there is none.
    private mutating func salvage(
        _ entry: SegmentEntry,
        _ table: TableEntry,
        _ path: String,
        _ error: TableError,
        nextID: inout UInt64
    ) throws(TableError) -> SegmentEntry? {
        let salvage = SegmentSalvage(directory: directory, files: files, table: table, entry: entry)
        let saved = try salvage.run(id: nextID)
        nextID += 1
        let lost = entry.rowCount - (saved?.rowCount ?? 0)
        if try files.openForReading(path) != nil { try quarantine(path) }
        report.actions.append(
            """
            \(path) was damaged (offset \(error.offset ?? 0)): \(saved?.rowCount ?? 0) of its \(entry.rowCount) rows of table \
            '\(table.schema.name)', \(CivilTime.text(entry.firstTime)) to \(CivilTime.text(entry.lastTime)), were saved, \
            \(lost) are lost
            """
        )
        return saved
    }

    // MARK: WAL

    private mutating func repairWAL(_ manifest: Manifest) throws(TableError) {
        for _ in 0..<Self.walDamagesMax {
            let catalog = Catalog(
                entries: manifest.tables.map(\.entry),
                nextTableID: TableID(rawValue: manifest.nextTableID)
            )
            var replay = WALReplay(
                directory: directory,
                files: files,
                catalog: catalog,
                manifest: manifest,
                isReadOnly: true
            )
            do throws(TableError) {
                try replay.run()
                return
            } catch {
                guard error.code == .corrupt, let file = error.file, let offset = error.offset else { throw error }
                let mend = WALMend(directory: directory, files: files, path: file)
                if try files.openForReading(file) != nil { try keep(file) }
                report.actions.append(try mend.run(at: offset, lastLSN: replay.lastLSN))
            }
        }
        throw TableError(.io, "the WAL in \(directory) has more than \(Self.walDamagesMax) damages; restore a backup")
    }

    // MARK: Quarantine

    /// Moves a file out of the way.
    private mutating func quarantine(_ path: String) throws(TableError) {
        try keep(path)
        try files.remove(path)
    }

    /// Gives a file a second name in `quarantine`, so that what happens to the first one can be undone.
    private mutating func keep(_ path: String) throws(TableError) {
        let folder = "\(directory)/quarantine"
        try files.createDirectory(folder)
        let taken = Set(try files.list(folder))
        let plain = path.dropFirst(directory.count + 1).split(separator: "/").joined(separator: "_")
        var name = plain
        var number = 1
        while taken.contains(name) {
            number += 1
            name = "\(plain).\(number)"
        }
        try files.link(path, to: "\(folder)/\(name)")
        try files.syncDirectory(folder)
        report.quarantined.append("\(folder)/\(name)")
    }
}
