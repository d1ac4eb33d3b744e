import Columnar

/// Writes one segment: row groups in the order of series, then metadata and footer.
///
/// The file has a temporary name until ``finish(flushedLSN:)`` has made its bytes durable and renamed it. Memory: one
/// buffer of bytes, and the metadata.
struct SegmentWriter: ~Copyable {
    private let table: TableEntry
    private let day: Int32
    private let id: UInt64
    private let directory: String
    private let files: any FileSystem
    private let file: any WritableFile
    private var buffer = ByteWriter(capacity: 2 * Self.writeBytes)
    private var written = 0
    private var chunks: [ChunkEntry] = []
    private var groups: [Group] = []
    private var series: [Series] = []
    private let dictionaries: [SymbolDictionary?]

    /// Bytes gathered for one write.
    private static let writeBytes = 1 << 20

    private struct Group {
        let series: SeriesID
        let rowCount: Int
        let firstTime: Int64
        let lastTime: Int64
    }

    private struct Series {
        let id: SeriesID
        let name: String
        let firstGroup: Int
        var rowCount: Int
    }

    private var temporaryPath: String { path + ".tmp" }
    private var path: String { directory + "/" + SegmentFormat.fileName(id) }

    /// Creates the file in `directory`, which exists.
    init(
        table: TableEntry,
        day: Int32,
        id: UInt64,
        directory: String,
        files: any FileSystem
    ) throws(TableError) {
        self.table = table
        self.day = day
        self.id = id
        self.directory = directory
        self.files = files
        self.file = try files.open(directory + "/" + SegmentFormat.fileName(id) + ".tmp", .create)
        self.dictionaries = table.schema.columns.enumerated().map { index, column in
            column.type == .symbol && index != table.schema.seriesColumn ? SymbolDictionary() : nil
        }
        SegmentFormat.putHeader(table: table.id, day: day, id: id, to: &buffer)
    }

    /// Appends rows of one series, sorted by time, after those written before. `columns` has no nil but for the key.
    mutating func append(series id: SeriesID, name: String, columns: [Vector?], rowCount: Int) throws(TableError) {
        let times = Plain.int64(columns[table.schema.timeColumn] ?? Vector.timestamps([]))
        precondition(times.count == rowCount && rowCount > 0, "BUG: a row group without times")
        if series.last?.id == id {
            series[series.count - 1].rowCount += rowCount
        } else {
            precondition(series.last.map { $0.id < id } ?? true, "BUG: series are written out of order")
            series.append(Series(id: id, name: name, firstGroup: groups.count, rowCount: rowCount))
        }
        groups.append(
            Group(series: id, rowCount: rowCount, firstTime: times[0], lastTime: times[rowCount - 1])
        )
        for (index, vector) in columns.enumerated() { append(vector, column: index, rowCount: rowCount) }
        if buffer.count >= Self.writeBytes { try drain() }
    }

    private mutating func append(_ vector: Vector?, column: Int, rowCount: Int) {
        guard column != table.schema.seriesColumn else {
            var key = ChunkEntry()
            key.kind = .seriesKey
            chunks.append(key)
            return
        }
        buffer.pad()
        let start = buffer.count
        let encoder = ColumnEncoder(rowCount: rowCount, symbols: dictionaries[column])
        let null = Vector(type: table.schema.columns[column].type, form: .constant(.null, count: rowCount))
        var entry = encoder.encode(vector ?? null, to: &buffer)
        entry.offset = UInt64(written + start)
        entry.byteCount = UInt32(buffer.count - start)
        entry.checksum = buffer.checksum(start..<buffer.count)
        chunks.append(entry)
    }

    private mutating func drain() throws(TableError) {
        buffer.pad()
        try file.writeAll(buffer.bytes, at: written)
        written += buffer.count
        buffer.removeAll()
    }

    /// Writes the rest, makes the file durable and gives it its name; the directory is the caller's to sync.
    mutating func finish(flushedLSN: LSN) throws(TableError) -> SegmentEntry {
        var meta = ByteWriter(capacity: 1 << 16)
        putMetadata(to: &meta)
        try drain()
        let metaOffset = written
        buffer.put(meta.bytes)
        let footer = buffer.count
        buffer.put(UInt64(metaOffset))
        buffer.put(UInt64(meta.count))
        buffer.put(meta.checksum(0..<meta.count))
        buffer.put(UInt32(table.schema.columns.count))
        buffer.put(UInt32(groups.count))
        buffer.put(UInt32(series.count))
        buffer.put(UInt64(rowCount))
        buffer.put(flushedLSN)
        buffer.put(SegmentFormat.version)
        buffer.put(buffer.checksum(footer..<buffer.count))
        buffer.put(SegmentFormat.magic)
        try drain()
        try file.sync()
        try files.rename(temporaryPath, to: path)
        return SegmentEntry(
            table: table.id,
            day: day,
            id: id,
            byteCount: UInt64(written),
            rowCount: UInt64(rowCount),
            firstTime: groups.reduce(Int64.max) { min($0, $1.firstTime) },
            lastTime: groups.reduce(Int64.min) { max($0, $1.lastTime) }
        )
    }

    private var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }

    /// Schema, dictionaries, series, row groups, column chunks, names: in the order of the format.
    private mutating func putMetadata(to meta: inout ByteWriter) {
        let start = meta.count
        meta.put(UInt32(0))
        SchemaCoding.put(table.schema, to: &meta)
        meta.patch(UInt32(meta.count - start - 4), at: start)
        meta.pad()
        for dictionary in dictionaries { putDictionary(dictionary, to: &meta) }
        var names = ByteWriter()
        for (index, entry) in series.enumerated() {
            let end = index + 1 < series.count ? series[index + 1].firstGroup : groups.count
            let nameOffset = names.count
            names.put(Buffer(Array(entry.name.utf8)))
            meta.put(entry.id)
            meta.put(UInt32(entry.firstGroup))
            meta.put(UInt32(end - entry.firstGroup))
            meta.put(UInt32(names.count - nameOffset))
            meta.put(UInt64(nameOffset))
            meta.put(UInt64(entry.rowCount))
        }
        for group in groups {
            meta.put(group.series)
            meta.put(UInt32(group.rowCount))
            meta.put(group.firstTime)
            meta.put(group.lastTime)
            meta.put(UInt64(0))
        }
        for chunk in chunks { chunk.put(to: &meta) }
        meta.put(names.bytes)
        meta.pad()
    }

    /// Puts a dictionary's texts among the chunks and where they are into the metadata.
    private mutating func putDictionary(_ dictionary: SymbolDictionary?, to meta: inout ByteWriter) {
        let texts = dictionary?.stable.values ?? []
        buffer.pad()
        let start = buffer.count
        for text in texts { buffer.put(text) }
        meta.put(UInt64(written + start))
        meta.put(UInt32(buffer.count - start))
        meta.put(buffer.checksum(start..<buffer.count))
        meta.put(UInt32(texts.count))
        meta.put(UInt32(0))
    }
}
