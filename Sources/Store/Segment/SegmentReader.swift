import Columnar
import Synchronization

/// An open segment: its bytes mapped, its index searched where it lies.
///
/// Nothing is trusted: the metadata's checksum is verified when it is opened, a chunk's on its first read, and every
/// offset and count before it is used. Damage is ``TableError/Code-swift.enum/corrupt`` with file and offset.
final class SegmentReader: @unchecked Sendable {
    // Sendable: the bytes are immutable; `verified` is atomic, `dictionaries` behind their mutex.

    let path: String
    let groupCount: Int
    let seriesCount: Int
    private let columnCount: Int
    private let mapped: MappedBytes
    private let meta: Range<Int>
    private let dictionaryTable: Int
    private let seriesTable: Int
    private let groupTable: Int
    private let chunkTable: Int
    private let verified: UnsafeMutablePointer<Atomic<UInt8>>
    private let dictionaries = Mutex<[Int: StringDictionary]>([:])

    init(mapped: MappedBytes, path: String, entry: SegmentEntry) throws(TableError) {
        let bytes = mapped.bytes
        self.mapped = mapped
        self.path = path
        guard bytes.count == Int(clamping: entry.byteCount) else {
            throw Self.corrupt(path, bytes.count, "\(entry.byteCount) bytes, the length in the manifest")
        }
        do throws(MalformedBytes) {
            try Self.checkHeader(mapped, entry)
            let footer = try SegmentFooter(mapped)
            meta = footer.meta
            columnCount = footer.columnCount
            groupCount = footer.groupCount
            seriesCount = footer.seriesCount
            var reader = ByteReader(bytes, owner: mapped, range: meta)
            _ = try reader.raw(Int(try reader.get(UInt32.self)))
            try reader.align()
            dictionaryTable = reader.position
            seriesTable = dictionaryTable + columnCount * SegmentFormat.dictionaryEntryBytes
            groupTable = seriesTable + seriesCount * SegmentFormat.seriesEntryBytes
            chunkTable = groupTable + groupCount * SegmentFormat.groupEntryBytes
            let end = chunkTable + groupCount * columnCount * SegmentFormat.chunkEntryBytes
            guard end <= meta.upperBound else {
                throw MalformedBytes(offset: meta.lowerBound, expected: "\(end) bytes")
            }
        } catch {
            throw Self.corrupt(path, error.offset, error.expected)
        }
        verified = .allocate(capacity: max(groupCount * columnCount, 1))
        for index in 0..<groupCount * columnCount { (verified + index).initialize(to: Atomic(0)) }
    }

    deinit {
        verified.deinitialize(count: groupCount * columnCount)
        verified.deallocate()
    }

    private static func checkHeader(_ mapped: MappedBytes, _ entry: SegmentEntry) throws(MalformedBytes) {
        var reader = ByteReader(mapped.bytes, owner: mapped)
        guard try reader.get(UInt64.self) == SegmentFormat.magic else {
            throw MalformedBytes(offset: 0, expected: "the mark of a segment")
        }
        guard try reader.get(UInt32.self) == SegmentFormat.version else {
            throw MalformedBytes(offset: 8, expected: "format version \(SegmentFormat.version)")
        }
        let table = try reader.get(UInt32.self)
        let day = try reader.get(Int32.self)
        _ = try reader.get(UInt32.self)
        guard table == entry.table.rawValue, day == entry.day, try reader.get(UInt64.self) == entry.id else {
            throw MalformedBytes(offset: 12, expected: "table, day and number as in the manifest")
        }
    }

    private static func corrupt(_ path: String, _ offset: Int, _ expected: String) -> TableError {
        TableError(
            .corrupt,
            "segment \(path) is damaged at offset \(offset): expected \(expected); restore this file from a backup"
        )
    }

    // MARK: Index

    /// The series at a place of the index, which ascends by number, and its row groups.
    func series(at index: Int) throws(TableError) -> (id: SeriesID, groups: Range<Int>) {
        let offset = seriesTable + index * SegmentFormat.seriesEntryBytes
        let id: UInt32 = load(offset)
        let first = Int(load(offset + 4) as UInt32)
        let count = Int(load(offset + 8) as UInt32)
        guard first + count <= groupCount else { throw Self.corrupt(path, offset, "row groups of the segment") }
        return (id, first..<first + count)
    }

    /// The row groups of a series; empty if it has no rows here.
    func groups(of series: SeriesID) throws(TableError) -> Range<Int> {
        var lower = 0
        var upper = seriesCount
        while lower < upper {
            let middle = (lower + upper) / 2
            let id: UInt32 = load(seriesTable + middle * SegmentFormat.seriesEntryBytes)
            if id < series { lower = middle + 1 } else { upper = middle }
        }
        guard lower < seriesCount else { return 0..<0 }
        let found = try self.series(at: lower)
        return found.id == series ? found.groups : 0..<0
    }

    /// Rows and times of a row group.
    func group(_ index: Int) throws(TableError) -> (rowCount: Int, firstTime: Int64, lastTime: Int64) {
        let offset = groupTable + index * SegmentFormat.groupEntryBytes
        let rows = Int(load(offset + 4) as UInt32)
        let first: Int64 = load(offset + 8)
        let last: Int64 = load(offset + 16)
        guard rows >= 1, rows <= SegmentFormat.groupRowsMax, first <= last else {
            throw Self.corrupt(path, offset, "a row group of 1 to \(SegmentFormat.groupRowsMax) rows")
        }
        return (rows, first, last)
    }

    /// `offset` is inside the metadata, as the sizes of its tables were checked against it.
    private func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Value {
        Value(littleEndian: mapped.bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    // MARK: Columns

    /// The values of a column of a row group. A column that the segment does not know is null.
    func vector(group: Int, column: Int, type: ColumnType, series: String) throws(TableError) -> Vector {
        let rows = try self.group(group).rowCount
        guard column < columnCount else { return Vector(type: type, form: .constant(.null, count: rows)) }
        do throws(MalformedBytes) {
            let entry = try chunkEntry(group: group, column: column)
            let range = try verifiedRange(entry, at: group * columnCount + column)
            let dictionary = entry.kind == .code ? try dictionary(column: column) : Self.noTexts
            var reader = ByteReader(mapped.bytes, owner: mapped, range: range)
            let decoder = ColumnDecoder(entry: entry, type: type, rowCount: rows)
            return try decoder.decode(from: &reader, series: series, dictionary: dictionary)
        } catch {
            throw Self.corrupt(path, error.offset, error.expected)
        }
    }

    /// What the metadata knows of all values of a column in a row group.
    func statistics(group: Int, column: Int, type: ColumnType, series: String) -> ColumnStatistics? {
        guard let rows = try? self.group(group).rowCount else { return nil }
        guard column < columnCount else { return ColumnStatistics(nullCount: rows, min: nil, max: nil) }
        guard let entry = try? chunkEntry(group: group, column: column) else { return nil }
        func scalar(_ bits: UInt64) -> Scalar? {
            switch entry.kind {
            case .boolean: .boolean(bits != 0)
            case .int64: type == .timestamp ? .timestamp(Int64(bitPattern: bits)) : .int64(Int64(bitPattern: bits))
            case .float64: .float64(Double(bitPattern: bits))
            case .scaledInteger: .float64(ScaledInteger.double(Int64(bitPattern: bits), scale: Int(entry.scale)))
            case .none, .code, .text, .seriesKey: nil
            }
        }
        switch entry.kind {
        case .none: return ColumnStatistics(nullCount: rows, min: nil, max: nil)
        case .seriesKey: return ColumnStatistics(nullCount: 0, min: .text(series), max: .text(series))
        case .code, .text: return nil
        case .boolean, .int64, .float64, .scaledInteger:
            return ColumnStatistics(
                nullCount: Int(entry.nullCount),
                min: entry.hasBounds ? scalar(entry.minimum) : nil,
                max: entry.hasBounds ? scalar(entry.maximum) : nil
            )
        }
    }

    private static let noTexts = StringDictionary([])

    private func chunkEntry(group: Int, column: Int) throws(MalformedBytes) -> ChunkEntry {
        let offset = chunkTable + (group * columnCount + column) * SegmentFormat.chunkEntryBytes
        var reader = ByteReader(mapped.bytes, owner: mapped, range: offset..<offset + SegmentFormat.chunkEntryBytes)
        return try ChunkEntry.get(from: &reader)
    }

    /// The chunk's bytes, whose checksum is verified once.
    private func verifiedRange(_ entry: ChunkEntry, at index: Int) throws(MalformedBytes) -> Range<Int> {
        let range = try dataRange(offset: entry.offset, byteCount: Int(entry.byteCount))
        if verified[index].load(ordering: .relaxed) == 0 {
            try check(range, entry.checksum)
            verified[index].store(1, ordering: .relaxed)
        }
        return range
    }

    private func dataRange(offset: UInt64, byteCount: Int) throws(MalformedBytes) -> Range<Int> {
        let start = Int(clamping: offset)
        guard start <= meta.lowerBound, byteCount <= meta.lowerBound - start else {
            throw MalformedBytes(offset: start, expected: "a chunk inside the file")
        }
        return start..<start + byteCount
    }

    private func check(_ range: Range<Int>, _ expected: UInt32) throws(MalformedBytes) {
        let actual = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: mapped.bytes[range]))
        guard actual == expected else {
            throw MalformedBytes(offset: range.lowerBound, expected: "checksum \(expected), found \(actual)")
        }
    }

    private func dictionary(column: Int) throws(MalformedBytes) -> StringDictionary {
        if let known = dictionaries.withLock({ $0[column] }) { return known }
        let offset = dictionaryTable + column * SegmentFormat.dictionaryEntryBytes
        let range = try dataRange(offset: load(offset), byteCount: Int(load(offset + 8) as UInt32))
        try check(range, load(offset + 12))
        let count = Int(load(offset + 16) as UInt32)
        var reader = ByteReader(mapped.bytes, owner: mapped, range: range)
        guard count * 4 <= range.count else { throw MalformedBytes(offset: offset, expected: "a count that fits") }
        var texts: [String] = []
        texts.reserveCapacity(count)
        for _ in 0..<count { texts.append(try reader.text()) }
        let dictionary = StringDictionary(texts)
        return dictionaries.withLock { known in
            let first = known[column] ?? dictionary
            known[column] = first
            return first
        }
    }
}

/// The last 64 bytes of a segment.
private struct SegmentFooter {
    let meta: Range<Int>
    let columnCount: Int
    let groupCount: Int
    let seriesCount: Int

    init(_ mapped: MappedBytes) throws(MalformedBytes) {
        let bytes = mapped.bytes
        let start = bytes.count - SegmentFormat.footerBytes
        guard start >= SegmentFormat.headerBytes else { throw MalformedBytes(offset: 0, expected: "a whole segment") }
        var reader = ByteReader(bytes, owner: mapped, range: start..<bytes.count)
        let offset = try reader.get(UInt64.self)
        let length = try reader.get(UInt64.self)
        let checksum = try reader.get(UInt32.self)
        columnCount = Int(try reader.get(UInt32.self))
        groupCount = Int(try reader.get(UInt32.self))
        seriesCount = Int(try reader.get(UInt32.self))
        _ = try reader.raw(16)
        let version = try reader.get(UInt32.self)
        let own = try reader.get(UInt32.self)
        let magic = try reader.get(UInt64.self)
        let covered = UnsafeRawBufferPointer(rebasing: bytes[start..<start + 52])
        guard magic == SegmentFormat.magic, version == SegmentFormat.version, Checksum.crc32c(covered) == own else {
            throw MalformedBytes(offset: start, expected: "the footer of a segment")
        }
        guard offset <= UInt64(start), length == UInt64(start) - offset,
            columnCount <= SchemaRules.columnsMax, groupCount <= Int(length), seriesCount <= groupCount
        else { throw MalformedBytes(offset: start, expected: "metadata inside the file") }
        meta = Int(offset)..<start
        let actual = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[meta]))
        guard actual == checksum else {
            throw MalformedBytes(offset: meta.lowerBound, expected: "metadata of checksum \(checksum), found \(actual)")
        }
    }
}
