import Columnar

/// What the last bytes of a segment say, of any version.
struct SegmentFooter: Sendable {
    /// 1 to 3.
    let version: UInt32
    /// Where the metadata lies in the file.
    let metadata: Range<Int>
    /// Checksum of the metadata.
    let metadataChecksum: UInt32
    /// Columns of the schema.
    let columnCount: Int
    /// Row groups.
    let groupCount: Int
    /// Series.
    let seriesCount: Int
    /// Rows of all series.
    let rowCount: UInt64
    /// The first record whose rows the file may hold; the last one in version 1, which did not tell.
    let firstLSN: LSN
    /// The last record whose rows the file may hold.
    let lastLSN: LSN
    /// Deletions up to this record were applied.
    let filteredLSN: LSN
    /// The series key, which has no chunks; nil if there is none, or in version 1, where it has.
    let seriesColumn: Int?

    /// Offsets in errors count from the start of the file.
    static func read(_ bytes: SegmentBytes, path: String) throws(TableError) -> SegmentFooter {
        let end = bytes.byteCount
        guard end >= SegmentFormat.headerBytes + SegmentFormat.footerBytes else {
            throw .damagedSegment(path, 0, "a whole segment")
        }
        let part = try bytes.part(end - SegmentFormat.footerBytes..<end)
        do throws(MalformedBytes) {
            let tail = SegmentFormat.footerBytes - SegmentFormat.footerTailBytes
            let length: Int
            switch part.load(tail) as UInt32 {
            case SegmentFormat.versionsAlike: length = SegmentFormat.footerBytes
            case SegmentFormatVersion1.version: length = SegmentFormatVersion1.footerBytes
            default: throw MalformedBytes(offset: tail, expected: "format version 1 to \(SegmentFormat.version)")
            }
            return try SegmentFooter(part, start: SegmentFormat.footerBytes - length)
        } catch {
            throw .damagedSegment(path, part.offset + error.offset, error.expected)
        }
    }

    private init(_ part: SegmentPart, start: Int) throws(MalformedBytes) {
        let tail = part.bytes.count - SegmentFormat.footerTailBytes
        let covered = UnsafeRawBufferPointer(rebasing: part.bytes[start..<tail + 4])
        guard part.load(tail + 8) == SegmentFormat.magic, part.load(tail + 4) == Checksum.crc32c(covered) else {
            throw MalformedBytes(offset: start, expected: "the footer of a segment")
        }
        version = part.load(tail)
        let offset: UInt64 = part.load(start)
        let length: UInt64 = part.load(start + 8)
        metadataChecksum = part.load(start + 16)
        columnCount = Int(part.load(start + 20) as UInt32)
        groupCount = Int(part.load(start + 24) as UInt32)
        seriesCount = Int(part.load(start + 28) as UInt32)
        rowCount = part.load(start + 32)
        lastLSN = part.load(start + 40)
        if SegmentFormat.versionsAlike.contains(version) {
            filteredLSN = part.load(start + 48)
            firstLSN = part.load(start + 64)
            let column: UInt32 = part.load(start + 56)
            seriesColumn = column == SegmentFormat.none ? nil : Int(column)
        } else {
            // There were no deletions when version 1 was written.
            filteredLSN = lastLSN
            firstLSN = lastLSN
            seriesColumn = nil
        }
        let end = UInt64(part.offset + start)
        guard offset >= UInt64(SegmentFormat.headerBytes), offset <= end, length == end - offset,
            columnCount <= SchemaRules.columnsMax, seriesColumn ?? -1 < columnCount,
            groupCount <= Int(length) / SegmentFormat.groupEntryBytes,
            seriesCount <= Int(length) / SegmentFormatVersion1.seriesEntryBytes
        else { throw MalformedBytes(offset: start, expected: "metadata inside the file") }
        metadata = Int(offset)..<Int(end)
    }
}
