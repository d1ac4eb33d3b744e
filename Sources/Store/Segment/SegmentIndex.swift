import Columnar

/// One series of a segment, and where its rows are.
struct SegmentSeries: Sendable, Hashable {
    /// The series' number.
    let id: SeriesID
    /// The series' name.
    let name: String
    /// The number of rows.
    let rowCount: Int
    /// The earliest time.
    let firstTime: Int64
    /// The latest time.
    let lastTime: Int64
    /// The first of its row groups.
    let firstGroup: Int
    /// 1 if the group is a packed one.
    let groupCount: Int
    /// The series' first row in a packed group, else 0.
    let firstRow: Int

    /// All its row groups.
    var groups: Range<Int> { firstGroup..<firstGroup + groupCount }
}

/// One row group of a segment.
struct SegmentGroup: Sendable, Hashable {
    /// The number of rows.
    let rowCount: Int
    /// The earliest time.
    let firstTime: Int64
    /// The latest time.
    let lastTime: Int64
    /// Whether it holds the rows of several series, one after the other.
    let isPacked: Bool
}

/// The metadata of a segment, searched where it lies.
///
/// Its checksum was verified, and the sizes of its tables against its length; what the tables say is checked on use.
struct SegmentIndex: Sendable {
    /// Counts and places.
    let footer: SegmentFooter
    private let part: SegmentPart
    private let dictionaryTable: Int
    private let seriesTable: Int
    private let seriesEntryBytes: Int
    private let groupTable: Int
    private let chunkTable: Int
    private let chunkEntryBytes: Int
    private let names: Int

    /// Chunks of a row group.
    private let chunksPerGroup: Int

    /// Reads and verifies the metadata. Offsets in errors count from its start, as they do below.
    init(_ footer: SegmentFooter, _ part: SegmentPart) throws(MalformedBytes) {
        self.footer = footer
        self.part = part
        try part.check(footer.metadataChecksum)
        let isVersion1 = footer.version == SegmentFormatVersion1.version
        seriesEntryBytes = isVersion1 ? SegmentFormatVersion1.seriesEntryBytes : SegmentFormat.seriesEntryBytes
        chunkEntryBytes = isVersion1 ? SegmentFormatVersion1.chunkEntryBytes : SegmentFormat.chunkEntryBytes
        chunksPerGroup = footer.seriesColumn == nil ? footer.columnCount : max(footer.columnCount - 1, 0)
        var reader = part.reader
        _ = try reader.raw(Int(try reader.get(UInt32.self)))
        try reader.align()
        dictionaryTable = reader.position
        seriesTable = dictionaryTable + footer.columnCount * SegmentFormat.dictionaryEntryBytes
        groupTable = seriesTable + footer.seriesCount * seriesEntryBytes
        chunkTable = groupTable + footer.groupCount * SegmentFormat.groupEntryBytes
        names = chunkTable + footer.groupCount * chunksPerGroup * chunkEntryBytes
        guard names <= part.bytes.count else { throw MalformedBytes(offset: 0, expected: "\(names) bytes") }
    }

    /// The schema of the table when the segment was written.
    func schema() throws(MalformedBytes) -> TableSchema {
        var reader = part.reader
        let length = Int(try reader.get(UInt32.self))
        var schema = ByteReader(part.bytes, owner: part.owner, range: reader.position..<reader.position + length)
        return try SchemaCoding.get(from: &schema, version: Int(footer.version))
    }

    // MARK: Series

    /// The number of the series at a place of the index, which ascends by it.
    func seriesID(at index: Int) -> SeriesID { part.load(seriesTable + index * seriesEntryBytes) }

    /// The place of a series in the index; nil if it has no rows here.
    func place(of series: SeriesID) -> Int? {
        var lower = 0
        var upper = footer.seriesCount
        while lower < upper {
            let middle = (lower + upper) / 2
            if seriesID(at: middle) < series { lower = middle + 1 } else { upper = middle }
        }
        return lower < footer.seriesCount && seriesID(at: lower) == series ? lower : nil
    }

    /// The series at a place of the index.
    func series(at index: Int) throws(MalformedBytes) -> SegmentSeries {
        let offset = seriesTable + index * seriesEntryBytes
        let firstGroup = Int(part.load(offset + 4) as UInt32)
        let groupCount = Int(part.load(offset + 8) as UInt32)
        let rowCount = Int(part.load(offset + 24) as UInt32)
        let firstRow = Int(part.load(offset + 28) as UInt32)
        guard groupCount >= 1, firstGroup + groupCount <= footer.groupCount, rowCount >= 1 else {
            throw MalformedBytes(offset: offset, expected: "rows in row groups of the segment")
        }
        let first = try group(firstGroup)
        var times = (first: first.firstTime, last: first.lastTime)
        if groupCount > 1 { times.last = try group(firstGroup + groupCount - 1).lastTime }
        if SegmentFormat.versionsAlike.contains(footer.version) {
            times = (part.load(offset + 32), part.load(offset + 40))
        }
        let isInside = first.isPacked ? groupCount == 1 && firstRow + rowCount <= first.rowCount : firstRow == 0
        guard isInside, times.first <= times.last else {
            throw MalformedBytes(offset: offset, expected: "rows of its row groups, and times that ascend")
        }
        return SegmentSeries(
            id: part.load(offset),
            name: try name(offset: part.load(offset + 16), byteCount: Int(part.load(offset + 12) as UInt32)),
            rowCount: rowCount,
            firstTime: times.first,
            lastTime: times.last,
            firstGroup: firstGroup,
            groupCount: groupCount,
            firstRow: firstRow
        )
    }

    private func name(offset: UInt64, byteCount: Int) throws(MalformedBytes) -> String {
        let length = part.bytes.count - names
        let start = Int(clamping: offset)
        guard start <= length, byteCount <= length - start else {
            throw MalformedBytes(offset: names, expected: "a name inside the metadata")
        }
        let range = names + start..<names + start + byteCount
        return String(decoding: UnsafeRawBufferPointer(rebasing: part.bytes[range]), as: UTF8.self)
    }

    // MARK: Row groups and chunks

    /// Rows and times of a row group.
    func group(_ index: Int) throws(MalformedBytes) -> SegmentGroup {
        let offset = groupTable + index * SegmentFormat.groupEntryBytes
        let group = SegmentGroup(
            rowCount: Int(part.load(offset + 4) as UInt32),
            firstTime: part.load(offset + 8),
            lastTime: part.load(offset + 16),
            isPacked: (part.load(offset + 24) as UInt32) & SegmentFormat.packedFlag != 0
        )
        guard (1...SegmentFormat.groupRowsMax).contains(group.rowCount), group.firstTime <= group.lastTime else {
            throw MalformedBytes(offset: offset, expected: "a row group of 1 to \(SegmentFormat.groupRowsMax) rows")
        }
        return group
    }

    /// The number of chunks.
    var chunkCount: Int { footer.groupCount * chunksPerGroup }

    /// The place of a chunk among all; nil for the series key, which has none.
    func chunkNumber(group: Int, column: Int) -> Int? {
        if column == footer.seriesColumn { return nil }
        return group * chunksPerGroup + column - (column > footer.seriesColumn ?? .max ? 1 : 0)
    }

    /// A reader of a chunk's entry; nil for the series key, which has none.
    func chunkEntry(group: Int, column: Int) -> ByteReader? {
        guard let number = chunkNumber(group: group, column: column) else { return nil }
        let offset = chunkTable + number * chunkEntryBytes
        return ByteReader(part.bytes, owner: part.owner, range: offset..<offset + chunkEntryBytes)
    }

    /// Length of a chunk; 0 for the series key. Both versions have it at the same place.
    func chunkByteCount(group: Int, column: Int) -> UInt32 {
        guard var entry = chunkEntry(group: group, column: column), (try? entry.get(UInt64.self)) != nil else {
            return 0
        }
        return (try? entry.get(UInt32.self)) ?? 0
    }

    /// Where a column's dictionary lies.
    func dictionary(column: Int) -> (offset: UInt64, byteCount: UInt32, checksum: UInt32, count: Int) {
        let offset = dictionaryTable + column * SegmentFormat.dictionaryEntryBytes
        return (
            part.load(offset), part.load(offset + 8), part.load(offset + 12), Int(part.load(offset + 16) as UInt32)
        )
    }
}
