import Columnar

/// Makes a manifest out of the segments in a data directory, for one that lost its own.
struct ManifestRebuild {
    let directory: String
    let files: any FileSystem
    private(set) var actions: [String] = []
    /// Segments that must not be read beside others: their rows are in the WAL, or in a segment that was merged from them.
    private(set) var superseded: [String] = []

    private struct Found {
        let path: String
        let entry: SegmentEntry
        let schema: TableSchema
        let series: [(id: SeriesID, name: String)]
    }

    init(directory: String, files: any FileSystem) {
        self.directory = directory
        self.files = files
    }

    mutating func run() throws(TableError) -> Manifest {
        let found = try find()
        let firstWAL = try files.list(directory).compactMap(WALFormat.firstLSN).min()
        let kept = drop(found, firstWAL: firstWAL)
        var manifest = Manifest()
        manifest.segments = kept.map(\.entry)
        manifest.flushedLSN = max(
            kept.map(\.entry.lastLSN).max() ?? 0,
            firstWAL.map { $0 - 1 } ?? 0
        )
        manifest.nextSegmentID = (found.map(\.entry.id).max() ?? 0) + 1
        manifest.tables = tables(of: kept)
        manifest.nextTableID = (manifest.tables.map(\.id.rawValue).max() ?? 0) + 1
        actions.append(
            """
            a new manifest names \(kept.count) segments of \(manifest.tables.count) tables; times to live have to be set \
            again, deletions that were not yet merged are undone, and tables without a segment are gone
            """
        )
        return manifest
    }

    private mutating func find() throws(TableError) -> [Found] {
        var found: [Found] = []
        let root = "\(directory)/tables"
        for table in try files.list(root).sorted() {
            for partition in try files.list("\(root)/\(table)").sorted() {
                for name in try files.list("\(root)/\(table)/\(partition)").sorted()
                where name.hasPrefix("seg-") && name.hasSuffix(".seg") {
                    let path = "\(root)/\(table)/\(partition)/\(name)"
                    do throws(TableError) {
                        guard let file = try files.openForReading(path) else { continue }
                        let read = try SegmentReader.entry(of: .file(file), path: path)
                        found.append(Found(path: path, entry: read.entry, schema: read.schema, series: read.series))
                    } catch {
                        guard error.code == .corrupt else { throw error }
                        superseded.append(path)
                        actions.append("\(path) cannot be read at all: its rows are lost")
                    }
                }
            }
        }
        return found
    }

    /// Leaves out what another segment or the WAL holds too.
    private mutating func drop(_ found: [Found], firstWAL: LSN?) -> [Found] {
        found.filter { candidate in
            let entry = candidate.entry
            if let firstWAL, entry.firstLSN >= firstWAL {
                superseded.append(candidate.path)
                actions.append("\(candidate.path): its rows are in the WAL too, and come from there")
                return false
            }
            let isMerged = found.contains { other in
                other.entry.table == entry.table && other.entry.partition == entry.partition
                    && other.entry.id > entry.id && other.entry.firstLSN <= entry.firstLSN
                    && other.entry.lastLSN >= entry.lastLSN
            }
            if isMerged {
                superseded.append(candidate.path)
                actions.append("\(candidate.path) was merged into another segment")
            }
            return !isMerged
        }
    }

    private func tables(of segments: [Found]) -> [Manifest.TableImage] {
        Dictionary(grouping: segments, by: \.entry.table).map { id, segments in
            let schema = segments.map(\.schema).max { $0.columns.count < $1.columns.count }
            var names: [SeriesID: String] = [:]
            for segment in segments { for series in segment.series { names[series.id] = series.name } }
            // A number whose name no segment tells belongs to rows that only the WAL or nobody has.
            let count = names.keys.max().map { Int($0) + 1 } ?? 0
            let series = (0..<count).map { names[SeriesID($0)] ?? "lost-series-\($0)" }
            let columns = schema?.columns.count ?? 0
            return schema.map { schema in
                Manifest.TableImage(
                    id: id,
                    schema: schema,
                    schemaVersion: UInt32(columns),
                    timeToLive: nil,
                    series: series
                )
            }
        }
        .compactMap { $0 }
        .sorted { $0.id.rawValue < $1.id.rawValue }
    }
}
