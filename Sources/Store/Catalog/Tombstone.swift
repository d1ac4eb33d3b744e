import Columnar

/// Rows that were deleted: of one table, of all or some series, in a time range, written up to a record.
struct Tombstone: Sendable, Hashable {
    let table: TableID
    /// Ascending; nil for all series.
    let series: [SeriesID]?
    let time: TimeRange
    /// The deletion's own place: rows of later records stay.
    let lsn: LSN

    func covers(_ id: SeriesID) -> Bool {
        guard let series else { return true }
        return series.binarySearch(id)
    }

    /// Whether rows of `segment` may be deleted by it and still lie in the file.
    func applies(to segment: SegmentEntry) -> Bool {
        segment.lastLSN <= lsn && segment.filteredLSN < lsn && segment.firstTime <= segment.lastTime
            && segment.lastTime >= time.start && (segment.firstTime < time.end || time.end == .max)
    }
}

extension Tombstone {
    private static let allSeries = UInt32.max

    func put(to writer: inout ByteWriter) {
        writer.put(table.rawValue)
        writer.put(time.start)
        writer.put(time.end)
        guard let series else { return writer.put(Self.allSeries) }
        writer.put(UInt32(series.count))
        for id in series { writer.put(id) }
    }

    // MARK: Several in one record

    /// Bytes that they take in a record.
    static func byteCount(of tombstones: [Tombstone]) -> Int {
        16 * tombstones.count + 8 + 4 * (tombstones.first?.series?.count ?? 0)
    }

    /// Writes tombstones of one table and the same series: the first one as it would lie alone, then the other ranges of
    /// time to the end of the record.
    static func put(_ tombstones: [Tombstone], to writer: inout ByteWriter) {
        guard let first = tombstones.first else { return }
        first.put(to: &writer)
        for tombstone in tombstones.dropFirst() {
            writer.put(tombstone.time.start)
            writer.put(tombstone.time.end)
        }
    }

    /// Reads what ``put(_:to:)`` wrote, to the end of the record.
    static func list(from reader: inout ByteReader, lsn: LSN) throws(MalformedBytes) -> [Tombstone] {
        let first = try get(from: &reader, lsn: lsn)
        var tombstones = [first]
        // What fills a record up to its length is shorter than a range.
        while reader.remaining >= 16 {
            let time = TimeRange(start: try reader.get(), end: try reader.get())
            tombstones.append(Tombstone(table: first.table, series: first.series, time: time, lsn: lsn))
        }
        return tombstones
    }

    static func get(from reader: inout ByteReader, lsn: LSN) throws(MalformedBytes) -> Tombstone {
        let table = TableID(rawValue: try reader.get())
        let time = TimeRange(start: try reader.get(), end: try reader.get())
        let start = reader.position
        let count = try reader.get(UInt32.self)
        guard count != allSeries else { return Tombstone(table: table, series: nil, time: time, lsn: lsn) }
        guard Int(count) <= reader.remaining / 4 else {
            throw MalformedBytes(offset: start, expected: "a count that fits")
        }
        var series: [SeriesID] = []
        for _ in 0..<count { series.append(try reader.get()) }
        return Tombstone(table: table, series: series.sorted(), time: time, lsn: lsn)
    }
}

extension [SeriesID] {
    /// Whether the ascending numbers hold `id`.
    func binarySearch(_ id: SeriesID) -> Bool {
        var lower = 0
        var upper = count
        while lower < upper {
            let middle = (lower + upper) / 2
            if self[middle] < id { lower = middle + 1 } else { upper = middle }
        }
        return lower < count && self[lower] == id
    }
}
