import Columnar

/// A series' rows in a packed row group.
struct PackedMember: Sendable, Hashable {
    /// The series' number.
    let series: SeriesID
    /// The series' name.
    let name: String
    /// The number of rows.
    let rowCount: Int
}

/// Writes one segment: row groups, then metadata and footer.
///
/// Series come in any order, but the groups of one series one after the other. The file has a temporary name until
/// ``finish(firstLSN:lastLSN:filteredLSN:)`` has made its bytes durable and renamed it. Memory: one buffer of bytes, and the
/// metadata.
struct SegmentWriter: ~Copyable {
    private let table: TableEntry
    private let partition: Int32
    private let id: UInt64
    private let directory: String
    private let files: any FileSystem
    private let compression: StoreOptions.Compression
    private let file: any WritableFile
    private var buffer = ByteWriter(capacity: 2 * Self.writeBytes)
    private var written = 0
    private var metadata = SegmentMetadata()
    private let dictionaries: [SymbolDictionary?]

    /// Bytes gathered for one write.
    private static let writeBytes = 1 << 20

    private var temporaryPath: String { path + ".tmp" }
    private var path: String { directory + "/" + SegmentFormat.fileName(id) }

    /// Bytes written so far, without the metadata.
    var byteCount: Int { written + buffer.count }

    /// Whether a row group was written.
    var hasRows: Bool { !metadata.groups.isEmpty }

    /// Creates the file in `directory`, which exists.
    init(
        table: TableEntry,
        partition: Int32,
        id: UInt64,
        directory: String,
        files: any FileSystem,
        compression: StoreOptions.Compression
    ) throws(TableError) {
        self.table = table
        self.partition = partition
        self.id = id
        self.directory = directory
        self.files = files
        self.compression = compression
        self.file = try files.open(directory + "/" + SegmentFormat.fileName(id) + ".tmp", .create)
        self.dictionaries = table.schema.columns.enumerated().map { index, column in
            column.type == .symbol && index != table.schema.seriesColumn ? SymbolDictionary() : nil
        }
        SegmentFormat.putHeader(table: table.id, partition: partition, id: id, to: &buffer)
    }

    /// Appends a row group of one series, sorted by time, after those of the series that were written before. `columns` has
    /// one a schema column: nil for the series key, and for one without values.
    mutating func append(series id: SeriesID, name: String, columns: [Vector?], rowCount: Int) throws(TableError) {
        let times = times(columns, rowCount: rowCount)
        metadata.add(series: id, name: name, rowCount: rowCount, firstTime: times[0], lastTime: times[rowCount - 1])
        try append(columns, rowCount: rowCount)
    }

    /// Appends a row group of several series that have no other: their rows one after the other in the order of
    /// `members`, each series' sorted by time.
    mutating func appendPacked(_ members: [PackedMember], columns: [Vector?]) throws(TableError) {
        let rowCount = members.reduce(0) { $0 + $1.rowCount }
        let times = times(columns, rowCount: rowCount)
        metadata.addPacked(members, times: times)
        try append(columns, rowCount: rowCount)
    }

    private func times(_ columns: [Vector?], rowCount: Int) -> Buffer<Int64> {
        let times = Plain.int64(columns[table.schema.timeColumn] ?? Vector.timestamps([]))
        precondition(
            times.count == rowCount && (1...SegmentFormat.groupRowsMax).contains(rowCount),
            "BUG: a row group without times, or with too many rows"
        )
        return times
    }

    private mutating func append(_ columns: [Vector?], rowCount: Int) throws(TableError) {
        for (column, vector) in columns.enumerated() where column != table.schema.seriesColumn {
            buffer.pad()
            let start = buffer.count
            let encoder = ColumnEncoder(rowCount: rowCount, symbols: dictionaries[column], compression: compression)
            let null = Vector(type: table.schema.columns[column].type, form: .constant(.null, count: rowCount))
            var entry = encoder.encode(vector ?? null, to: &buffer)
            precondition(buffer.count - start <= Int(UInt32.max), "BUG: a column chunk of more than 4 GiB")
            entry.offset = UInt64(written + start)
            entry.byteCount = UInt32(buffer.count - start)
            entry.checksum = buffer.checksum(start..<buffer.count)
            metadata.chunks.append(entry)
        }
        if buffer.count >= Self.writeBytes { try drain() }
    }

    private mutating func drain() throws(TableError) {
        buffer.pad()
        try file.writeAll(buffer.bytes, at: written)
        written += buffer.count
        buffer.removeAll()
    }

    /// Writes the rest, makes the file durable and gives it its name; the directory is the caller's to sync.
    mutating func finish(firstLSN: LSN, lastLSN: LSN, filteredLSN: LSN) throws(TableError) -> SegmentEntry {
        let places = dictionaries.map { putDictionary($0) }
        try drain()
        let start = written
        metadata.put(schema: table.schema, dictionaries: places, to: &buffer)
        let footer = buffer.count
        buffer.put(UInt64(start))
        buffer.put(UInt64(footer))
        buffer.put(buffer.checksum(0..<footer))
        buffer.put(UInt32(table.schema.columns.count))
        buffer.put(UInt32(metadata.groups.count))
        buffer.put(UInt32(metadata.series.count))
        buffer.put(metadata.rowCount)
        buffer.put(lastLSN)
        buffer.put(filteredLSN)
        buffer.put(table.schema.seriesColumn.map(UInt32.init) ?? SegmentFormat.none)
        buffer.put(UInt32(0))
        buffer.put(firstLSN)
        buffer.put(SegmentFormat.version)
        buffer.put(buffer.checksum(footer..<buffer.count))
        buffer.put(SegmentFormat.magic)
        try drain()
        try file.sync()
        try files.rename(temporaryPath, to: path)
        return SegmentEntry(
            table: table.id,
            partition: partition,
            id: id,
            byteCount: UInt64(written),
            rowCount: metadata.rowCount,
            firstTime: metadata.groups.reduce(Int64.max) { min($0, $1.firstTime) },
            lastTime: metadata.groups.reduce(Int64.min) { max($0, $1.lastTime) },
            firstLSN: firstLSN,
            lastLSN: lastLSN,
            filteredLSN: filteredLSN
        )
    }

    /// Puts a dictionary's texts among the chunks.
    private mutating func putDictionary(_ dictionary: SymbolDictionary?) -> SegmentMetadata.Dictionary {
        let texts = dictionary?.stable.values ?? []
        buffer.pad()
        let start = buffer.count
        for text in texts { buffer.put(text) }
        return SegmentMetadata.Dictionary(
            offset: UInt64(written + start),
            byteCount: UInt32(buffer.count - start),
            checksum: buffer.checksum(start..<buffer.count),
            textCount: UInt32(texts.count)
        )
    }
}
