import Columnar
import Synchronization

/// An open segment: its index in memory, its chunks mapped or read as they are asked for.
///
/// Nothing is trusted: the metadata's checksum is verified when it is opened, a dictionary's on its first read, a chunk's
/// on every read of all its values and on the first of some, and every offset and count before it is used. Damage is ``TableError/Code-swift.enum/corrupt`` with file
/// and offset.
final class SegmentReader: Sendable {
    /// The file, for errors.
    let path: String
    private let bytes: SegmentBytes
    let index: SegmentIndex
    private let checked: CheckedChunks
    private let dictionaries = Mutex<[Int: StringDictionary]>([:])
    /// What is known of a column in all rows of a series, once it was asked for.
    private let summaries = Mutex<[SummaryKey: ColumnStatistics?]>([:])

    private struct SummaryKey: Hashable {
        let firstGroup: Int
        let column: Int
    }

    /// Opens a segment that must be the one that `entry` describes.
    init(bytes: SegmentBytes, path: String, entry: SegmentEntry) throws(TableError) {
        guard bytes.byteCount == Int(clamping: entry.byteCount) else {
            throw .damagedSegment(path, bytes.byteCount, "\(entry.byteCount) bytes, the length in the manifest")
        }
        let (header, index) = try Self.open(bytes, path: path)
        guard header.table == entry.table, header.partition == entry.partition, header.id == entry.id else {
            throw .damagedSegment(path, 12, "table, partition and number as in the manifest")
        }
        self.bytes = bytes
        self.path = path
        self.index = index
        checked = CheckedChunks(count: index.chunkCount)
    }

    /// Opens a segment of which nothing is known.
    private init(bytes: SegmentBytes, path: String, index: SegmentIndex) {
        self.bytes = bytes
        self.path = path
        self.index = index
        checked = CheckedChunks(count: index.chunkCount)
    }

    /// What a segment says of itself: enough to list it in a manifest that was lost.
    static func entry(
        of bytes: SegmentBytes,
        path: String
    ) throws(TableError) -> (entry: SegmentEntry, schema: TableSchema, series: [(id: SeriesID, name: String)]) {
        let (header, index) = try open(bytes, path: path)
        let reader = SegmentReader(bytes: bytes, path: path, index: index)
        var entry = SegmentEntry(
            table: header.table,
            partition: header.partition,
            id: header.id,
            byteCount: UInt64(bytes.byteCount),
            rowCount: index.footer.rowCount,
            firstTime: .max,
            lastTime: .min,
            firstLSN: index.footer.firstLSN,
            lastLSN: index.footer.lastLSN,
            filteredLSN: index.footer.filteredLSN
        )
        for number in 0..<reader.groupCount {
            let group = try reader.group(number)
            entry.firstTime = min(entry.firstTime, group.firstTime)
            entry.lastTime = max(entry.lastTime, group.lastTime)
        }
        var series: [(id: SeriesID, name: String)] = []
        for place in 0..<reader.seriesCount {
            let found = try reader.series(at: place)
            series.append((found.id, found.name))
        }
        return (entry, try reader.schema(), series)
    }

    private typealias Header = (table: TableID, partition: Int32, id: UInt64)

    private static func open(_ bytes: SegmentBytes, path: String) throws(TableError) -> (Header, SegmentIndex) {
        let footer = try SegmentFooter.read(bytes, path: path)
        let head = try bytes.part(0..<SegmentFormat.headerBytes)
        guard head.load(0) == SegmentFormat.magic, head.load(8) == footer.version else {
            throw .damagedSegment(path, 0, "the mark and version of a segment")
        }
        let header = Header(TableID(rawValue: head.load(12)), head.load(16), head.load(24))
        let part = try bytes.part(footer.metadata)
        do throws(MalformedBytes) {
            return (header, try SegmentIndex(footer, part))
        } catch {
            throw .damagedSegment(path, part.offset + error.offset, error.expected)
        }
    }

    // MARK: Index

    /// The table's schema when the segment was written.
    func schema() throws(TableError) -> TableSchema {
        try located(index.footer.metadata.lowerBound) { () throws(MalformedBytes) in try index.schema() }
    }

    /// The number of row groups.
    var groupCount: Int { index.footer.groupCount }
    /// The number of series.
    var seriesCount: Int { index.footer.seriesCount }
    /// The number of rows.
    var rowCount: Int { Int(clamping: index.footer.rowCount) }
    /// Columns when it was written; later ones are null.
    var columnCount: Int { index.footer.columnCount }
    /// The last record whose rows it may hold.
    var lastLSN: LSN { index.footer.lastLSN }
    /// Deletions up to this record were applied.
    var filteredLSN: LSN { index.footer.filteredLSN }

    /// The number of the series at a place of the index, which ascends by it. Cheaper than ``series(at:)``.
    func seriesID(at place: Int) -> SeriesID {
        precondition(place >= 0 && place < seriesCount, "BUG: a place outside of a segment's index")
        return index.seriesID(at: place)
    }

    /// The series at a place of the index.
    func series(at place: Int) throws(TableError) -> SegmentSeries {
        precondition(place >= 0 && place < seriesCount, "BUG: a place outside of a segment's index")
        return try located(index.footer.metadata.lowerBound) { () throws(MalformedBytes) in
            try index.series(at: place)
        }
    }

    /// Whether a series has rows here.
    func has(_ id: SeriesID) -> Bool { index.place(of: id) != nil }

    /// The series of a number; nil if it has no rows here.
    func series(_ id: SeriesID) throws(TableError) -> SegmentSeries? {
        guard let place = index.place(of: id) else { return nil }
        return try series(at: place)
    }

    /// Rows and times of a row group.
    func group(_ number: Int) throws(TableError) -> SegmentGroup {
        precondition(number >= 0 && number < groupCount, "BUG: a row group outside of a segment")
        return try located(index.footer.metadata.lowerBound) { () throws(MalformedBytes) in try index.group(number) }
    }

    /// The row groups of a series that may have rows in a time range.
    func groups(of series: SegmentSeries, in time: TimeRange) throws(TableError) -> Range<Int> {
        let groups = series.groups
        let hasNone = series.lastTime < time.start || (series.firstTime >= time.end && time.end != .max)
        if time.isEmpty || hasNone { return groups.lowerBound..<groups.lowerBound }
        if groups.count == 1 || (time.contains(series.firstTime) && time.contains(series.lastTime)) { return groups }
        let first = try firstGroup(in: groups) { $0.lastTime >= time.start }
        let end = time.end == .max ? groups.upperBound : try firstGroup(in: groups) { $0.firstTime >= time.end }
        return first..<max(first, end)
    }

    /// The first group of a range for which something holds; it holds for all after it.
    private func firstGroup(in groups: Range<Int>, _ holds: (SegmentGroup) -> Bool) throws(TableError) -> Int {
        var lower = groups.lowerBound
        var upper = groups.upperBound
        while lower < upper {
            let middle = (lower + upper) / 2
            if holds(try group(middle)) { upper = middle } else { lower = middle + 1 }
        }
        return lower
    }

    // MARK: Columns

    /// The values of a column in all rows of a row group. A column that the segment does not know is null. `series` is
    /// what the series key shows.
    func vector(group: Int, column: Int, type: ColumnType, series: String) throws(TableError) -> Vector {
        let rows = try self.group(group).rowCount
        guard column < columnCount else { return Vector(type: type, form: .constant(.null, count: rows)) }
        let metadata = index.footer.metadata.lowerBound
        guard var reader = index.chunkEntry(group: group, column: column) else {
            return Vector(type: type, form: .constant(.text(series), count: rows))
        }
        if index.footer.version == SegmentFormatVersion1.version {
            let entry = try located(metadata) { () throws(MalformedBytes) in
                try ChunkEntryVersion1.get(from: &reader)
            }
            let dictionary = entry.kind == .code ? try dictionary(column: column) : Self.noTexts
            let part = try part(entry.offset, entry.byteCount, entry.checksum)
            return try located(part.offset) { () throws(MalformedBytes) in
                var bytes = part.reader
                let decoder = ColumnDecoderVersion1(entry: entry, type: type, rowCount: rows)
                return try decoder.decode(from: &bytes, series: series, dictionary: dictionary)
            }
        }
        let entry = try located(metadata) { () throws(MalformedBytes) in try ChunkEntry.get(from: &reader) }
        let dictionary = entry.kind == .code ? try dictionary(column: column) : Self.noTexts
        let part = try part(entry.offset, entry.byteCount, entry.checksum)
        return try located(part.offset) { () throws(MalformedBytes) in
            var bytes = part.reader
            return try ColumnDecoder(entry: entry, type: type, rowCount: rows).decode(from: &bytes, dictionary)
        }
    }

    /// What the metadata knows of all values of a column in a row group; nil for the rows of several series.
    func statistics(group: Int, column: Int, type: ColumnType, series: String) -> ColumnStatistics? {
        guard let rows = try? self.group(group) else { return nil }
        guard column < columnCount else {
            return rows.isPacked ? nil : ColumnStatistics(nullCount: rows.rowCount, min: nil, max: nil)
        }
        guard var reader = index.chunkEntry(group: group, column: column) else {
            return .constant(.text(series))
        }
        guard !rows.isPacked else { return nil }
        if index.footer.version == SegmentFormatVersion1.version {
            let entry = try? ChunkEntryVersion1.get(from: &reader)
            return entry?.statistics(type: type, rowCount: rows.rowCount, series: series)
        }
        let entry = try? ChunkEntry.get(from: &reader)
        return entry?.statistics(type: type, rowCount: rows.rowCount) { code in
            guard let texts = try? dictionary(column: column).values, code < texts.count else { return nil }
            return texts[Int(code)]
        }
    }

    /// What the metadata knows of all values of a column in all rows of a series; nil if that is nothing.
    func summary(of series: SegmentSeries, column: Int, type: ColumnType) -> ColumnStatistics? {
        let key = SummaryKey(firstGroup: series.firstGroup, column: column)
        if let known = summaries.withLock({ $0[key] }) { return known }
        var whole: ColumnStatistics?
        for group in series.groups {
            guard let part = statistics(group: group, column: column, type: type, series: series.name) else {
                whole = nil
                break
            }
            whole = whole.map { $0.followed(by: part) } ?? part
        }
        summaries.withLock { $0[key] = .some(whole) }
        return whole
    }

    static let noTexts = StringDictionary([])

    /// The bytes of a chunk or a dictionary, verified if there is a checksum.
    private func part(_ offset: UInt64, _ byteCount: UInt32, _ checksum: UInt32?) throws(TableError) -> SegmentPart {
        let start = Int(clamping: offset)
        let end = index.footer.metadata.lowerBound
        guard start <= end, Int(byteCount) <= end - start, start % 8 == 0 else {
            throw .damagedSegment(path, start, "a chunk inside the file")
        }
        let part = try bytes.part(start..<start + Int(byteCount))
        if let checksum { try located(start) { () throws(MalformedBytes) in try part.check(checksum) } }
        return part
    }

    /// The metadata of a chunk; nil for the series key, and for files of version 1, whose entries say less.
    func chunkEntry(group: Int, column: Int) throws(TableError) -> ChunkEntry? {
        guard index.footer.version != SegmentFormatVersion1.version,
            var reader = index.chunkEntry(group: group, column: column)
        else { return nil }
        return try located(index.footer.metadata.lowerBound) { () throws(MalformedBytes) in
            try ChunkEntry.get(from: &reader)
        }
    }

    /// The bytes of a chunk, verified now or, where they lie in a map, earlier.
    func checkedPart(_ entry: ChunkEntry, group: Int, column: Int) throws(TableError) -> SegmentPart {
        guard case .mapped = bytes, let number = index.chunkNumber(group: group, column: column) else {
            return try part(entry.offset, entry.byteCount, entry.checksum)
        }
        if checked.contains(number) { return try part(entry.offset, entry.byteCount, nil) }
        let part = try part(entry.offset, entry.byteCount, entry.checksum)
        checked.insert(number)
        return part
    }

    func dictionary(column: Int) throws(TableError) -> StringDictionary {
        if let known = dictionaries.withLock({ $0[column] }) { return known }
        let entry = index.dictionary(column: column)
        let part = try part(entry.offset, entry.byteCount, entry.checksum)
        let texts = try located(part.offset) { () throws(MalformedBytes) in
            guard entry.count * 4 <= part.bytes.count else {
                throw MalformedBytes(offset: 0, expected: "a count of texts that fits")
            }
            var reader = part.reader
            var texts: [String] = []
            texts.reserveCapacity(entry.count)
            for _ in 0..<entry.count { texts.append(try reader.text()) }
            return texts
        }
        let dictionary = StringDictionary(texts)
        return dictionaries.withLock { known in
            let first = known[column] ?? dictionary
            known[column] = first
            return first
        }
    }

    /// Adds file and offset to an error whose offsets count from `base`.
    func located<Result>(
        _ base: Int,
        _ body: () throws(MalformedBytes) -> Result
    ) throws(TableError) -> Result {
        do throws(MalformedBytes) {
            return try body()
        } catch {
            throw .damagedSegment(path, base + error.offset, error.expected)
        }
    }
}
