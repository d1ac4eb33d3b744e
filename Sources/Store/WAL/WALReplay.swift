import Columnar

/// Reads the WAL of a directory back into a memtable when the store is opened.
///
/// A bad record at the end of the last file is a torn tail, never acknowledged as durable, and is cut off. Damage
/// anywhere else stops the start: a later record knows (`durableLSN`) that the bad one had been on disk.
struct WALReplay: ~Copyable {
    let directory: String
    let files: any FileSystem
    let catalog: Catalog
    let memtable: Memtable
    /// Records up to this one are in segments.
    let flushedLSN: LSN

    /// The last record read; the next one written follows it.
    private(set) var lastLSN: LSN
    private(set) var generation: UInt64
    private(set) var recovery = StoreRecovery()

    init(directory: String, files: any FileSystem, catalog: Catalog, memtable: Memtable, manifest: Manifest) {
        self.directory = directory
        self.files = files
        self.catalog = catalog
        self.memtable = memtable
        self.flushedLSN = manifest.flushedLSN
        self.lastLSN = manifest.flushedLSN
        self.generation = manifest.generation
    }

    /// Replays all files; the tail is whole and durable on return.
    mutating func run() throws(TableError) {
        let firsts = try files.list(directory).compactMap(WALFormat.firstLSN).sorted()
        for (index, first) in firsts.enumerated() {
            let isLast = index == firsts.count - 1
            // A file whose successor starts within what was flushed has nothing to say.
            if !isLast, firsts[index + 1] <= flushedLSN + 1 { continue }
            try replay(firstLSN: first, isLast: isLast)
        }
    }

    private mutating func replay(firstLSN: LSN, isLast: Bool) throws(TableError) {
        let path = directory + "/" + WALFormat.fileName(firstLSN: firstLSN)
        guard firstLSN <= lastLSN + 1 else {
            throw Self.corrupt(
                path,
                0,
                "records from \(lastLSN + 1) on, but it starts at \(firstLSN): a file is missing"
            )
        }
        guard let mapped = try files.map(path) else { return }
        recovery.files += 1
        let bytes = mapped.bytes
        guard Self.hasHeader(bytes, firstLSN: firstLSN, owner: mapped) else {
            guard isLast, Self.findRecord(in: bytes, from: 0) == nil else {
                throw Self.corrupt(path, 0, "the header of a WAL file")
            }
            recovery.truncatedBytes += bytes.count
            return
        }
        var offset = WALFormat.fileHeaderBytes
        var next = firstLSN
        while offset < bytes.count {
            guard let header = WALRecordHeader.read(bytes, at: offset) else {
                try checkTornTail(bytes, from: offset, of: next, path: path, isLast: isLast)
                break
            }
            try apply(header, bytes, at: offset, path: path, owner: mapped)
            offset += header.byteCount
            next = header.lsn + 1
        }
        if isLast { try makeWhole(path, length: offset, actual: bytes.count) }
    }

    private static func hasHeader(_ bytes: UnsafeRawBufferPointer, firstLSN: LSN, owner: MappedBytes) -> Bool {
        guard bytes.count >= WALFormat.fileHeaderBytes else { return false }
        var expected = ByteWriter()
        WALFormat.putFileHeader(firstLSN: firstLSN, to: &expected)
        return expected.bytes.elementsEqual(bytes.prefix(WALFormat.fileHeaderBytes))
    }

    /// Throws unless nothing from record `lsn`, which should be at `offset`, was ever durable.
    private func checkTornTail(
        _ bytes: UnsafeRawBufferPointer,
        from offset: Int,
        of lsn: LSN,
        path: String,
        isLast: Bool
    ) throws(TableError) {
        guard isLast else { throw Self.corrupt(path, offset, "a whole record") }
        var next = offset + 8
        while let found = Self.findRecord(in: bytes, from: next) {
            if found.header.durableLSN >= lsn {
                throw Self.corrupt(path, offset, "record \(lsn), which was durable: a later one says so")
            }
            next = found.offset + found.header.byteCount
        }
    }

    /// The next whole record at or after an offset. Records start at multiples of 8.
    private static func findRecord(
        in bytes: UnsafeRawBufferPointer,
        from start: Int
    ) -> (offset: Int, header: WALRecordHeader)? {
        var offset = (start + 7) & ~7
        while offset + WALFormat.recordHeaderBytes <= bytes.count {
            if let header = WALRecordHeader.read(bytes, at: offset) { return (offset, header) }
            offset += 8
        }
        return nil
    }

    /// Cuts a torn tail off and makes the file durable: what is replayed must not vanish later.
    private mutating func makeWhole(_ path: String, length: Int, actual: Int) throws(TableError) {
        let file = try files.open(path, .existing)
        if length < actual {
            recovery.truncatedBytes += actual - length
            try file.truncate(to: length)
        }
        try file.sync()
    }

    // MARK: Records

    private mutating func apply(
        _ header: WALRecordHeader,
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        path: String,
        owner: MappedBytes
    ) throws(TableError) {
        if header.lsn <= flushedLSN { return }
        guard header.lsn == lastLSN + 1 else {
            throw Self.corrupt(path, offset, "record \(lastLSN + 1), not \(header.lsn)")
        }
        guard header.version == WALRecordHeader.version, let kind = WALRecordKind(rawValue: header.kind) else {
            throw Self.corrupt(path, offset, "a record of version \(WALRecordHeader.version); use a newer program")
        }
        var reader = ByteReader(
            bytes,
            owner: owner,
            range: offset + WALFormat.recordHeaderBytes..<offset + header.byteCount
        )
        do throws(MalformedBytes) {
            switch kind {
            case .rows: try applyRows(&reader, lsn: header.lsn)
            case .createTable: try applyCreateTable(&reader)
            case .start: generation = max(generation, try reader.get())
            }
        } catch {
            throw Self.corrupt(path, error.offset, error.expected)
        }
        lastLSN = header.lsn
        recovery.records += 1
    }

    private mutating func applyRows(_ reader: inout ByteReader, lsn: LSN) throws(MalformedBytes) {
        let state = catalog.state
        var rows = 0
        try RowsRecord.get(
            from: &reader,
            define: { definition in
                guard let entry = state.entry(definition.table) else { return false }
                return entry.series.intern(definition.name).id == definition.id
            },
            table: { state.entry($0) },
            apply: { group in
                rows += group.rowCount
                memtable.append(group.table, group.columns, rowCount: group.rowCount, series: group.series, lsn: lsn)
            }
        )
        recovery.rows += rows
    }

    private func applyCreateTable(_ reader: inout ByteReader) throws(MalformedBytes) {
        let start = reader.position
        let id = TableID(rawValue: try reader.get())
        let schema = try SchemaCoding.get(from: &reader)
        guard catalog.state.entry(id) == nil, catalog.state.entry(named: schema.name) == nil else {
            throw MalformedBytes(offset: start, expected: "a new table")
        }
        catalog.add(TableEntry(id: id, schema: schema))
    }

    private static func corrupt(_ path: String, _ offset: Int, _ expected: String) -> TableError {
        TableError(
            .corrupt,
            "\(path) is damaged at offset \(offset): expected \(expected); restore this file from a backup"
        )
    }
}
