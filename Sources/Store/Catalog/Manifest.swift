import Columnar

/// What the manifest says of one segment; enough to pass it over without opening it.
struct SegmentEntry: Sendable, Hashable {
    /// The table.
    var table: TableID
    /// Days since the Unix epoch.
    var day: Int32
    /// Ascends with the order of flushes, so with the order of arrival of a series' rows.
    var id: UInt64
    /// Length of the file.
    var byteCount: UInt64
    /// Rows in the file.
    var rowCount: UInt64
    /// The earliest and latest time in the file.
    var firstTime: Int64
    var lastTime: Int64
}

/// The durable list of all that is not in the WAL. Replaced as a whole, by rename.
struct Manifest: Sendable {
    static let fileName = "MANIFEST"
    static let temporaryName = "MANIFEST.tmp"
    static let magic: UInt64 = 0x314E_414D_4554_4754  // "TGTEMAN1" in the file
    static let version: UInt32 = 1

    /// How many times the store was opened, at the time of writing.
    var generation: UInt64 = 0
    /// Every batch up to this one is in segments; the WAL is replayed after it.
    var flushedLSN: LSN = 0
    /// The number that the next segment gets.
    var nextSegmentID: UInt64 = 1
    /// Tables with the names of their series, by number.
    var tables: [TableImage] = []
    /// All live segments.
    var segments: [SegmentEntry] = []

    struct TableImage: Sendable {
        var id: TableID
        var schema: TableSchema
        var series: [String]
    }

    /// Writes it beside the current one and takes its place; durable on return.
    func write(directory: String, files: any FileSystem) throws(TableError) {
        var writer = ByteWriter(capacity: 1 << 16)
        put(to: &writer)
        let temporary = directory + "/" + Self.temporaryName
        let file = try files.open(temporary, .create)
        try file.writeAll(writer.bytes, at: 0)
        try file.sync()
        try files.rename(temporary, to: directory + "/" + Self.fileName)
        try files.syncDirectory(directory)
    }

    /// Reads the manifest of a directory; a new one if there is none.
    static func read(directory: String, files: any FileSystem) throws(TableError) -> Manifest {
        let path = directory + "/" + fileName
        guard let mapped = try files.map(path) else { return Manifest() }
        var reader = ByteReader(mapped.bytes, owner: mapped)
        do throws(MalformedBytes) {
            return try get(from: &reader, bytes: mapped.bytes)
        } catch {
            throw TableError(
                .corrupt,
                "\(path) at offset \(error.offset): expected \(error.expected); restore it from a backup"
            )
        }
    }

    private func put(to writer: inout ByteWriter) {
        writer.put(Self.magic)
        writer.put(Self.version)
        writer.put(UInt32(0))
        writer.put(generation)
        writer.put(flushedLSN)
        writer.put(nextSegmentID)
        writer.put(UInt32(tables.count))
        for table in tables {
            writer.put(table.id.rawValue)
            SchemaCoding.put(table.schema, to: &writer)
            writer.put(UInt32(table.series.count))
            for name in table.series { writer.put(name) }
        }
        writer.put(UInt32(segments.count))
        for segment in segments {
            writer.put(segment.table.rawValue)
            writer.put(segment.day)
            writer.put(segment.id)
            writer.put(segment.byteCount)
            writer.put(segment.rowCount)
            writer.put(segment.firstTime)
            writer.put(segment.lastTime)
        }
        writer.patch(writer.checksum(16..<writer.count), at: 12)
    }

    private static func get(
        from reader: inout ByteReader,
        bytes: UnsafeRawBufferPointer
    ) throws(MalformedBytes) -> Manifest {
        guard try reader.get(UInt64.self) == magic else {
            throw MalformedBytes(offset: 0, expected: "the mark of a manifest")
        }
        guard try reader.get(UInt32.self) == version else {
            throw MalformedBytes(offset: 8, expected: "format version \(version)")
        }
        let expected = try reader.get(UInt32.self)
        let actual = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[16...]))
        guard expected == actual else {
            throw MalformedBytes(offset: 16, expected: "checksum \(expected), not \(actual)")
        }
        var manifest = Manifest()
        manifest.generation = try reader.get()
        manifest.flushedLSN = try reader.get()
        manifest.nextSegmentID = try reader.get()
        for _ in 0..<(try reader.count(ofAtLeast: 4)) {
            let id = TableID(rawValue: try reader.get())
            let schema = try SchemaCoding.get(from: &reader)
            var series: [String] = []
            for _ in 0..<(try reader.count(ofAtLeast: 4)) { series.append(try reader.text()) }
            manifest.tables.append(TableImage(id: id, schema: schema, series: series))
        }
        for _ in 0..<(try reader.count(ofAtLeast: 48)) {
            let table = TableID(rawValue: try reader.get())
            manifest.segments.append(
                SegmentEntry(
                    table: table,
                    day: try reader.get(),
                    id: try reader.get(),
                    byteCount: try reader.get(),
                    rowCount: try reader.get(),
                    firstTime: try reader.get(),
                    lastTime: try reader.get()
                )
            )
        }
        return manifest
    }
}
