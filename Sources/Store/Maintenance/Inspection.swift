import Columnar

/// Reads all of a data directory and tells what is damaged.
struct Inspection {
    let directory: String
    let files: any FileSystem

    func run() throws(TableError) -> StoreVerification {
        var result = StoreVerification()
        guard let manifest = try manifest(&result) else { return result }
        let catalog = try wal(manifest, &result)
        let cache = SegmentCache(readMode: .buffered, openMax: 16)
        for entry in manifest.segments {
            // A table that the WAL drops takes its segments along.
            guard let table = catalog.entry(entry.table) else { continue }
            let path = table.segmentPath(entry, in: directory)
            do throws(TableError) {
                try Segment(entry: entry, path: path, files: files, cache: cache).reader().verify()
                result.files += 1
                result.bytes += entry.byteCount
                result.segmentRows += entry.rowCount
            } catch {
                try Self.record(
                    error,
                    advice: "repair saves the row groups that can be read, out of \(entry.rowCount) rows",
                    in: &result
                )
            }
        }
        return result
    }

    private func manifest(_ result: inout StoreVerification) throws(TableError) -> Manifest? {
        do throws(TableError) {
            let manifest = try Manifest.read(directory: directory, files: files)
            if let bytes = try files.map("\(directory)/\(Manifest.fileName)") {
                result.files += 1
                result.bytes += UInt64(bytes.bytes.count)
            }
            return manifest
        } catch {
            try Self.record(error, advice: "repair makes a new manifest out of the segments", in: &result)
            return nil
        }
    }

    /// Replays the WAL without changing it. Returns the tables after it, as far as it can be read.
    private func wal(_ manifest: Manifest, _ result: inout StoreVerification) throws(TableError) -> CatalogState {
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
        } catch {
            try Self.record(error, advice: "repair keeps every other record", in: &result)
        }
        result.files += replay.recovery.files
        result.bytes += UInt64(replay.recovery.bytes)
        result.walRecords = replay.recovery.records
        result.walRows = replay.recovery.rows
        result.tornBytes = replay.recovery.truncatedBytes
        return catalog.state
    }

    /// Adds a damage; throws what is none.
    private static func record(
        _ error: TableError,
        advice: String,
        in result: inout StoreVerification
    ) throws(TableError) {
        guard let file = error.file, let offset = error.offset else { throw error }
        result.damages.append(
            StoreVerification.Damage(file: file, offset: offset, message: "\(error.message); \(advice)")
        )
    }
}
