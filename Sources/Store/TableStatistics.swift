import Columnar
import Synchronization

/// How full one table is.
public struct TableStatistics: Sendable {
    /// The table's name.
    public var name: String
    /// Rows in its segments; one that a later row replaces counts until they are merged.
    public var rows: UInt64 = 0
    /// Bytes of its segments.
    public var bytes: UInt64 = 0
    /// Its segments.
    public var segments = 0
    /// Its series.
    public var series = 0
    /// The earliest time of a row; nil if there is none.
    public var firstTime: Int64?
    /// The latest time of a row; nil if there is none.
    public var lastTime: Int64?
    /// Rows that are in no segment yet.
    public var memtableRows: UInt64 = 0
    /// Bytes of each column in the segments, in the order of the schema, then of index and statistics; empty unless they were
    /// asked for.
    public var columns: [(name: String, bytes: UInt64)] = []
}

extension StoreState {
    /// How full each table is. Costs time for tables, memtables and segments, not for rows.
    func tableStatistics(_ catalog: CatalogState) -> [TableStatistics] {
        catalog.entries.map { entry in
            var table = TableStatistics(name: entry.schema.name, series: entry.series.count)
            for segment in segments(of: entry.id).all {
                table.rows += segment.entry.rowCount
                table.bytes += segment.entry.byteCount
                table.segments += 1
                table.cover(segment.entry.firstTime, segment.entry.lastTime)
            }
            for memtable in memtables {
                guard let rows = memtable.table(entry.id) else { continue }
                table.memtableRows += UInt64(rows.rowCount.load(ordering: .relaxed))
                table.cover(rows.firstTime.load(ordering: .relaxed), rows.lastTime.load(ordering: .relaxed))
            }
            return table
        }
    }

    /// Bytes of each column's chunks in the segments of a table, and of what is no column's: index and statistics.
    func columnBytes(of entry: TableEntry) throws(TableError) -> [(name: String, bytes: UInt64)] {
        var columns = [UInt64](repeating: 0, count: entry.schema.columns.count)
        var rest: UInt64 = 0
        for segment in segments(of: entry.id).all {
            let reader = try segment.reader()
            var data: UInt64 = 0
            for column in columns.indices {
                let bytes = try reader.byteCount(ofColumn: column)
                columns[column] += bytes
                data += bytes
            }
            rest += segment.entry.byteCount - min(data, segment.entry.byteCount)
        }
        return zip(entry.schema.columns, columns).map { ($0.name, $1) } + [("(index and statistics)", rest)]
    }
}

extension TableStatistics {
    fileprivate mutating func cover(_ first: Int64, _ last: Int64) {
        guard first <= last else { return }
        firstTime = min(firstTime ?? first, first)
        lastTime = max(lastTime ?? last, last)
    }
}
