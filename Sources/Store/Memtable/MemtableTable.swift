import Columnar
import Synchronization

/// The rows of one table in a memtable.
///
/// Its schema is the one that the table had when its first row came; a memtable is sealed when a column is added.
final class MemtableTable: @unchecked Sendable {
    // Sendable: `seriesByID` is behind its mutex, `symbols` and `arena` guard themselves; the rest belongs to the WAL
    // thread.

    let entry: TableEntry
    /// Whether rows of equal time may replace each other, so that they must meet in a merge: a regular table, or one with a
    /// dedup key.
    let resolvesDuplicates: Bool
    let hasText: Bool
    /// One a symbol column of the schema, the series key aside.
    let symbols: [SymbolDictionary?]
    /// The rows of small series.
    let arena = RowArena()
    /// Rows appended.
    let rowCount = Atomic<Int>(0)
    /// The earliest and the latest time; the first is after the last while there is no row.
    let firstTime = Atomic<Int64>(.max)
    let lastTime = Atomic<Int64>(.min)
    private let seriesByID = Mutex<[SeriesID: MemtableSeries]>([:])
    private var symbolBytes = 0

    /// What a series costs beside its rows: the object and a slot of the list, which is half empty at worst.
    private static let seriesBytes = 112

    init(_ entry: TableEntry) {
        let schema = entry.schema
        self.entry = entry
        self.resolvesDuplicates = schema.kind != .event || schema.dedupColumns != nil
        self.hasText = schema.columns.contains { $0.type == .string }
        self.symbols = schema.columns.enumerated().map { index, column in
            column.type == .symbol && index != schema.seriesColumn ? SymbolDictionary() : nil
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
        count(columns[entry.schema.timeColumn], rowCount)
        var bytes = isNew ? Self.seriesBytes : 0
        bytes += series.append(columns, rowCount: rowCount, lsn: lsn, table: self)
        return bytes + addedSymbolBytes()
    }

    /// One thread counts: a load and a store are enough.
    private func count(_ times: Vector?, _ rows: Int) {
        rowCount.store(rowCount.load(ordering: .relaxed) + rows, ordering: .relaxed)
        guard let times, rows > 0 else { return }
        var first = firstTime.load(ordering: .relaxed)
        var last = lastTime.load(ordering: .relaxed)
        if case .int64(let values) = times.form {
            values.withUnsafeBufferPointer { values in
                for value in values {
                    first = min(first, value)
                    last = max(last, value)
                }
            }
        } else {
            // A constant or a sequence: its ends are its bounds.
            for row in [0, rows - 1] {
                guard case .timestamp(let value) = times.scalar(at: row) else { continue }
                first = min(first, value)
                last = max(last, value)
            }
        }
        firstTime.store(first, ordering: .relaxed)
        lastTime.store(last, ordering: .relaxed)
    }

    private func addedSymbolBytes() -> Int {
        var total = 0
        for dictionary in symbols { total += dictionary?.byteCount ?? 0 }
        defer { symbolBytes = total }
        return total - symbolBytes
    }

    func series(_ id: SeriesID) -> MemtableSeries? { seriesByID.withLock { $0[id] } }

    /// The dictionary of a symbol column; nil for other columns, and for one that was added to the table later.
    func symbols(ofColumn column: Int) -> SymbolDictionary? { column < symbols.count ? symbols[column] : nil }

    /// Series with rows, in no order.
    var seriesIDs: [SeriesID] { seriesByID.withLock { Array($0.keys) } }
}
