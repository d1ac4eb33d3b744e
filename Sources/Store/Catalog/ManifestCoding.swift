import Columnar

/// The bytes of a manifest (docs/storage.md, "Manifest").
enum ManifestCoding {
    static let headerBytes = 16
    private static let segmentBytes = 72

    static func put(_ manifest: Manifest, to writer: inout ByteWriter) {
        writer.put(Manifest.magic)
        writer.put(Manifest.version)
        writer.put(UInt32(0))
        writer.put(manifest.generation)
        writer.put(manifest.flushedLSN)
        writer.put(manifest.nextSegmentID)
        writer.put(manifest.nextTableID)
        writer.put(UInt32(manifest.tables.count))
        for table in manifest.tables { put(table, to: &writer) }
        writer.put(UInt32(manifest.segments.count))
        for segment in manifest.segments { put(segment, to: &writer) }
        writer.put(UInt32(manifest.tombstones.count))
        for tombstone in manifest.tombstones {
            writer.put(tombstone.lsn)
            tombstone.put(to: &writer)
        }
        writer.patch(writer.checksum(headerBytes..<writer.count), at: 12)
    }

    private static func put(_ table: Manifest.TableImage, to writer: inout ByteWriter) {
        writer.put(table.id.rawValue)
        writer.put(table.schemaVersion)
        writer.put(table.timeToLive ?? 0)
        SchemaCoding.put(table.schema, to: &writer)
        writer.put(UInt32(table.series.count))
        for name in table.series { writer.put(name) }
    }

    private static func put(_ segment: SegmentEntry, to writer: inout ByteWriter) {
        writer.put(segment.table.rawValue)
        writer.put(segment.partition)
        writer.put(segment.id)
        writer.put(segment.byteCount)
        writer.put(segment.rowCount)
        writer.put(segment.firstTime)
        writer.put(segment.lastTime)
        writer.put(segment.firstLSN)
        writer.put(segment.lastLSN)
        writer.put(segment.filteredLSN)
    }

    static func get(from reader: inout ByteReader, bytes: UnsafeRawBufferPointer) throws(MalformedBytes) -> Manifest {
        guard try reader.get(UInt64.self) == Manifest.magic else {
            throw MalformedBytes(offset: 0, expected: "the mark of a manifest")
        }
        let version = try reader.get(UInt32.self)
        guard (1...Manifest.version).contains(version) else {
            throw MalformedBytes(offset: 8, expected: "format version 1 to \(Manifest.version); use a newer program")
        }
        let expected = try reader.get(UInt32.self)
        let actual = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[headerBytes...]))
        guard expected == actual else {
            throw MalformedBytes(offset: headerBytes, expected: "checksum \(expected), not \(actual)")
        }
        var manifest = Manifest()
        manifest.generation = try reader.get()
        manifest.flushedLSN = try reader.get()
        manifest.nextSegmentID = try reader.get()
        if version > 1 { manifest.nextTableID = try reader.get() }
        for _ in 0..<(try reader.count(ofAtLeast: 4)) {
            let table = try table(from: &reader, version: version)
            manifest.nextTableID = max(manifest.nextTableID, table.id.rawValue &+ 1)
            manifest.tables.append(table)
        }
        for _ in 0..<(try reader.count(ofAtLeast: version > 1 ? segmentBytes : 48)) {
            manifest.segments.append(try segment(from: &reader, version: version))
        }
        guard version > 1 else {
            orderByRank(&manifest.segments)
            return manifest
        }
        for _ in 0..<(try reader.count(ofAtLeast: 32)) {
            let lsn = try reader.get(LSN.self)
            manifest.tombstones.append(try Tombstone.get(from: &reader, lsn: lsn))
        }
        return manifest
    }

    /// Version 1 told no records. A flush wrote at most one segment of a table and partition and held at least one record, so
    /// that the rank among them orders them, and is below every record that is not flushed.
    private static func orderByRank(_ segments: inout [SegmentEntry]) {
        struct Place: Hashable {
            let table: TableID
            let partition: Int32
        }
        var ranks: [Place: LSN] = [:]
        segments.sort { $0.id < $1.id }
        for index in segments.indices {
            let place = Place(table: segments[index].table, partition: segments[index].partition)
            ranks[place, default: 0] += 1
            segments[index].firstLSN = ranks[place, default: 0]
            segments[index].lastLSN = segments[index].firstLSN
        }
    }

    private static func table(
        from reader: inout ByteReader,
        version: UInt32
    ) throws(MalformedBytes) -> Manifest.TableImage {
        let id = TableID(rawValue: try reader.get())
        var schemaVersion: UInt32 = 1
        var timeToLive: Int64 = 0
        if version > 1 {
            schemaVersion = try reader.get()
            timeToLive = try reader.get()
        }
        let schema = try SchemaCoding.get(from: &reader, version: Int(version))
        var series: [String] = []
        for _ in 0..<(try reader.count(ofAtLeast: 4)) { series.append(try reader.text()) }
        return Manifest.TableImage(
            id: id,
            schema: schema,
            schemaVersion: schemaVersion,
            timeToLive: timeToLive > 0 ? timeToLive : nil,
            series: series
        )
    }

    private static func segment(from reader: inout ByteReader, version: UInt32) throws(MalformedBytes) -> SegmentEntry {
        var entry = SegmentEntry(
            table: TableID(rawValue: try reader.get()),
            partition: try reader.get(),
            id: try reader.get(),
            byteCount: try reader.get(),
            rowCount: try reader.get(),
            firstTime: try reader.get(),
            lastTime: try reader.get(),
            firstLSN: 0,
            lastLSN: 0,
            filteredLSN: 0
        )
        guard version > 1 else { return entry }
        entry.firstLSN = try reader.get()
        entry.lastLSN = try reader.get()
        entry.filteredLSN = try reader.get()
        return entry
    }
}
