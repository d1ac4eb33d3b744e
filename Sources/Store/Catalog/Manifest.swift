import Columnar

/// What the manifest says of one segment; enough to pass it over without opening it.
struct SegmentEntry: Sendable, Hashable {
    /// The table.
    var table: TableID
    /// The partition, by its table's unit.
    var partition: Int32
    /// Unique in the store; ascends with writing.
    var id: UInt64
    /// Length of the file.
    var byteCount: UInt64
    /// Rows in the file.
    var rowCount: UInt64
    /// The earliest and latest time in the file.
    var firstTime: Int64
    var lastTime: Int64
    /// The records whose rows of this table and partition the file holds. Segments of a partition do not overlap in them, and
    /// so they order the segments by arrival.
    var firstLSN: LSN
    var lastLSN: LSN
    /// Deletions up to this record were applied when it was written.
    var filteredLSN: LSN
}

/// The durable list of all that is not in the WAL. Replaced as a whole, by rename.
struct Manifest: Sendable {
    static let fileName = "MANIFEST"
    static let temporaryName = "MANIFEST.tmp"
    static let magic: UInt64 = 0x314E_414D_4554_4754  // "TGTEMAN1" in the file
    static let version: UInt32 = 2

    /// How many times the store was opened, at the time of writing.
    var generation: UInt64 = 0
    /// Every batch up to this one is in segments; the WAL is replayed after it.
    var flushedLSN: LSN = 0
    /// The number that the next segment gets.
    var nextSegmentID: UInt64 = 1
    /// The number that the next table gets.
    var nextTableID: UInt32 = 1
    /// Tables with the names of their series, by number, as of `flushedLSN`.
    var tables: [TableImage] = []
    /// All live segments, of tables in `tables` only.
    var segments: [SegmentEntry] = []
    /// Deletions up to `flushedLSN` that a segment still needs.
    var tombstones: [Tombstone] = []

    struct TableImage: Sendable {
        var id: TableID
        var schema: TableSchema
        var schemaVersion: UInt32
        var timeToLive: Int64?
        var series: [String]

        init(_ entry: TableEntry) {
            id = entry.id
            schema = entry.schema
            schemaVersion = entry.schemaVersion
            timeToLive = entry.timeToLive
            series = entry.series.names
        }

        init(id: TableID, schema: TableSchema, schemaVersion: UInt32, timeToLive: Int64?, series: [String]) {
            self.id = id
            self.schema = schema
            self.schemaVersion = schemaVersion
            self.timeToLive = timeToLive
            self.series = series
        }

        var entry: TableEntry {
            TableEntry(
                id: id,
                schema: schema,
                schemaVersion: schemaVersion,
                timeToLive: timeToLive,
                series: SeriesRegistry(names: series)
            )
        }
    }

    /// Drops what belongs to no table, and deletions that no segment needs.
    mutating func tidy() {
        let known = Set(tables.map(\.id))
        segments.removeAll { !known.contains($0.table) }
        let byTable = Dictionary(grouping: segments, by: \.table)
        tombstones.removeAll { tombstone in
            tombstone.lsn <= flushedLSN
                && !(byTable[tombstone.table] ?? []).contains { tombstone.applies(to: $0) }
        }
    }

    /// Writes it beside the current one; durable on return, but not yet in its place.
    func prepare(directory: String, files: any FileSystem) throws(TableError) {
        var writer = ByteWriter(capacity: 1 << 16)
        put(to: &writer)
        let file = try files.open(directory + "/" + Self.temporaryName, .create)
        try file.writeAll(writer.bytes, at: 0)
        try file.sync()
    }

    /// Puts what ``prepare(directory:files:)`` wrote in the place of the current one; durable on return. If it fails, nobody
    /// knows which one the disk holds; both are right.
    func commit(directory: String, files: any FileSystem) throws(TableError) {
        try files.rename(directory + "/" + Self.temporaryName, to: directory + "/" + Self.fileName)
        try files.syncDirectory(directory)
    }

    /// Reads the manifest of a directory; a new one if there is none.
    static func read(directory: String, files: any FileSystem) throws(TableError) -> Manifest {
        let path = directory + "/" + fileName
        guard let mapped = try files.map(path) else { return Manifest() }
        var reader = ByteReader(mapped.bytes, owner: mapped)
        do throws(MalformedBytes) {
            return try ManifestCoding.get(from: &reader, bytes: mapped.bytes)
        } catch {
            throw TableError(corrupt: path, offset: error.offset, expected: error.expected)
        }
    }

    private func put(to writer: inout ByteWriter) { ManifestCoding.put(self, to: &writer) }
}
