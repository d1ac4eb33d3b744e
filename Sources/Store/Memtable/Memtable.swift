import Columnar
import Synchronization

/// Rows that are in the WAL but in no segment yet. Written by the WAL thread, read by anyone.
final class Memtable: @unchecked Sendable {
    // Sendable: `tables` is behind its mutex, the counts are atomic; `latest` belongs to the WAL thread.

    /// The last record whose rows it holds, once it takes no more; `LSN.max` before.
    let sealedLSN = Atomic<LSN>(.max)
    private let tables = Mutex<[TableID: MemtableTable]>([:])
    /// The table that was written last: a batch's groups are mostly of one.
    private var latest: MemtableTable?
    /// Memory held, about.
    let byteCount = Atomic<Int>(0)
    /// Rows appended.
    let rowCount = Atomic<Int>(0)

    /// Appends a group of a batch.
    func append(_ group: PreparedGroup, series: SeriesID, lsn: LSN) {
        append(group.table, group.columns, rowCount: group.rowCount, series: series, lsn: lsn)
    }

    /// Appends rows of one series, checked against the table's schema.
    func append(_ entry: TableEntry, _ columns: [Vector?], rowCount rows: Int, series: SeriesID, lsn: LSN) {
        let bytes = table(for: entry).append(columns, rowCount: rows, series: series, lsn: lsn)
        // One thread adds: a load and a store are enough.
        if bytes != 0 { byteCount.store(byteCount.load(ordering: .relaxed) + bytes, ordering: .relaxed) }
        rowCount.store(rowCount.load(ordering: .relaxed) + rows, ordering: .relaxed)
    }

    private func table(for entry: TableEntry) -> MemtableTable {
        if let latest, latest.entry.id == entry.id { return latest }
        let table = tables.withLock { tables in
            if let table = tables[entry.id] { return table }
            let table = MemtableTable(entry)
            tables[entry.id] = table
            return table
        }
        latest = table
        return table
    }

    func table(_ id: TableID) -> MemtableTable? { tables.withLock { $0[id] } }

    /// Tables with rows, by number.
    var allTables: [MemtableTable] {
        tables.withLock { Array($0.values) }.sorted { $0.entry.id.rawValue < $1.entry.id.rawValue }
    }
}
