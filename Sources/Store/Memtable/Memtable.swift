import Columnar
import Synchronization

/// Rows that are in the WAL but in no segment yet. Written by the WAL thread, read by anyone.
final class Memtable: Sendable {
    private let tables = Mutex<[TableID: MemtableTable]>([:])
    /// Memory held, about.
    let byteCount = Atomic<Int>(0)
    /// Rows appended.
    let rowCount = Atomic<Int>(0)

    /// Appends rows of one series, checked against the table's schema.
    func append(_ entry: TableEntry, _ columns: [Vector?], rowCount rows: Int, series: SeriesID, lsn: LSN) {
        let table = tables.withLock { tables in
            if let table = tables[entry.id] { return table }
            let table = MemtableTable(entry)
            tables[entry.id] = table
            return table
        }
        let bytes = table.append(columns, rowCount: rows, series: series, lsn: lsn)
        byteCount.add(bytes, ordering: .relaxed)
        rowCount.add(rows, ordering: .relaxed)
    }

    func table(_ id: TableID) -> MemtableTable? { tables.withLock { $0[id] } }

    /// Tables with rows, by number.
    var allTables: [MemtableTable] {
        tables.withLock { Array($0.values) }.sorted { $0.entry.id.rawValue < $1.entry.id.rawValue }
    }
}

/// The rows of one table in a memtable.
final class MemtableTable: @unchecked Sendable {
    // Sendable: `seriesByID` is behind its mutex, `symbols` guard themselves.

    let entry: TableEntry
    let isRegular: Bool
    let hasText: Bool
    /// One a symbol column of the schema, the series key aside.
    let symbols: [SymbolDictionary?]
    private let seriesByID = Mutex<[SeriesID: MemtableSeries]>([:])

    /// What a series costs beside its chunks.
    private static let seriesBytes = 256

    init(_ entry: TableEntry) {
        self.entry = entry
        self.isRegular = entry.schema.kind != .event
        self.hasText = entry.schema.columns.contains { $0.type == .string }
        self.symbols = entry.schema.columns.enumerated().map { index, column in
            column.type == .symbol && index != entry.schema.seriesColumn ? SymbolDictionary() : nil
        }
    }

    /// Appends rows; returns how many bytes of memory that took.
    func append(_ columns: [Vector?], rowCount: Int, series id: SeriesID, lsn: LSN) -> Int {
        let (series, isNew) = seriesByID.withLock { known in
            if let series = known[id] { return (series, false) }
            let series = MemtableSeries()
            known[id] = series
            return (series, true)
        }
        let symbolBytes = symbols.reduce(0) { $0 + ($1?.byteCount ?? 0) }
        var bytes = isNew ? Self.seriesBytes : 0
        bytes += series.append(columns, rowCount: rowCount, lsn: lsn, table: self)
        return bytes + symbols.reduce(0) { $0 + ($1?.byteCount ?? 0) } - symbolBytes
    }

    func series(_ id: SeriesID) -> MemtableSeries? { seriesByID.withLock { $0[id] } }

    /// Series with rows, in no order.
    var seriesIDs: [SeriesID] { seriesByID.withLock { Array($0.keys) } }
}
