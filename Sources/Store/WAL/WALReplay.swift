import Columnar
import Synchronization

/// Reads the WAL of a directory back into a memtable when the store is opened.
///
/// A bad record at the end of the last file is a torn tail, never acknowledged as durable, and is cut off. Damage
/// anywhere else stops the start: a later record knows (`durableLSN`) that the bad one had been on disk.
struct WALReplay: ~Copyable {
    let directory: String
    let files: any FileSystem
    let catalog: Catalog
    /// Whether the tail is only looked at, not made whole.
    let isReadOnly: Bool
    /// Records up to this one are in segments.
    let flushedLSN: LSN

    /// The memtable that the next rows go to.
    private(set) var memtable = Memtable()
    /// Those before it, ended by a record that separates rows.
    private(set) var sealed: [SealedMemtable] = []
    /// Deletions, ascending.
    private(set) var tombstones: [Tombstone] = []

    /// The last record read; the next one written follows it.
    private(set) var lastLSN: LSN
    private(set) var generation: UInt64
    private(set) var recovery = StoreRecovery()

    init(
        directory: String,
        files: any FileSystem,
        catalog: Catalog,
        manifest: Manifest,
        isReadOnly: Bool = false
    ) {
        self.directory = directory
        self.files = files
        self.catalog = catalog
        self.isReadOnly = isReadOnly
        self.flushedLSN = manifest.flushedLSN
        self.lastLSN = manifest.flushedLSN
        self.generation = manifest.generation
    }

    /// Replays all files; the tail is whole and durable on return.
    mutating func run() throws(TableError) {
        let firsts = try files.list(directory).compactMap(WALFormat.firstLSN).sorted()
        let last = try lastIndex(firsts)
        for (index, first) in firsts.enumerated() {
            // A file whose successor starts within what was flushed has nothing to say.
            if index + 1 < firsts.count, firsts[index + 1] <= flushedLSN + 1 { continue }
            try replay(firstLSN: first, isLast: index >= last)
        }
    }

    /// The last file that holds a record. One after it was begun and given up for want of room, and came back with a power
    /// cut; the file before it was written on, so it may have a torn tail.
    private func lastIndex(_ firsts: [LSN]) throws(TableError) -> Int {
        for index in firsts.indices.reversed() {
            let path = directory + "/" + WALFormat.fileName(firstLSN: firsts[index])
            if let mapped = try files.map(path), Self.findRecord(in: mapped.bytes, from: 0) != nil { return index }
        }
        return 0
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
        recovery.bytes += bytes.count
        guard Self.hasHeader(bytes, firstLSN: firstLSN, owner: mapped) else {
            guard Self.findRecord(in: bytes, from: 0) == nil else {
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
            next = lastLSN + 1
        }
        if isLast { try makeWhole(path, bytes, length: offset) }
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
    static func findRecord(
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
    ///
    /// Writes it anew rather than syncing it: after an fdatasync that failed, the kernel may show bytes that it takes for
    /// clean and that are not on the disk.
    private mutating func makeWhole(
        _ path: String,
        _ bytes: UnsafeRawBufferPointer,
        length: Int
    ) throws(TableError) {
        recovery.truncatedBytes += bytes.count - length
        guard !isReadOnly else { return }
        let temporary = path + ".tmp"
        let file = try files.open(temporary, .create)
        try file.writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<length]), at: 0)
        try file.sync()
        try files.rename(temporary, to: path)
        try files.syncDirectory(directory)
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
        guard (1...WALRecordHeader.version).contains(header.version), let kind = WALRecordKind(rawValue: header.kind)
        else {
            throw Self.corrupt(path, offset, "a record of version 1 to \(WALRecordHeader.version); use a newer program")
        }
        var reader = ByteReader(
            bytes,
            owner: owner,
            range: offset + WALFormat.recordHeaderBytes..<offset + header.byteCount
        )
        do throws(MalformedBytes) {
            switch kind {
            case .rows: try applyRows(&reader, lsn: header.lsn)
            case .start: generation = max(generation, try reader.get())
            case .lost: lastLSN = max(header.lsn, try reader.get())
            case .createTable, .addColumn, .dropTable, .dropRows, .setTimeToLive:
                apply(
                    try CheckedChange.get(
                        kind,
                        lsn: header.lsn,
                        version: header.version,
                        catalog: catalog.state,
                        from: &reader
                    )
                )
            }
        } catch {
            throw Self.corrupt(path, error.offset, error.expected)
        }
        lastLSN = max(lastLSN, header.lsn)
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

    private mutating func apply(_ change: CheckedChange) {
        if change.separatesRows { sealMemtable() }
        switch change {
        case .none: break
        case .add(let entry): catalog.add(entry)
        case .grow(let entry, _), .keep(let entry): catalog.replace(entry)
        case .remove(let entry):
            catalog.remove(entry.id)
            tombstones.removeAll { $0.table == entry.id }
        case .delete(let deleted): tombstones += deleted
        }
    }

    private mutating func sealMemtable() {
        guard memtable.rowCount.load(ordering: .relaxed) > 0 else { return }
        memtable.sealedLSN.store(lastLSN, ordering: .relaxed)
        let state = catalog.state
        sealed.append(
            SealedMemtable(
                memtable: memtable,
                lastLSN: lastLSN,
                catalog: state,
                tables: state.entries.map { Manifest.TableImage($0) },
                completion: FlushCompletion { _ in }
            )
        )
        memtable = Memtable()
    }

    private static func corrupt(_ path: String, _ offset: Int, _ expected: String) -> TableError {
        TableError(corrupt: path, offset: offset, expected: expected)
    }
}
