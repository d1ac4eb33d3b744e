import Columnar
import Synchronization

/// The rows of one series in a memtable: up to ``smallRowsMax`` in its table's arena, later ones in chunks of its own.
final class MemtableSeries: @unchecked Sendable {
    // Sendable: `last` and `ownChunks` are atomic; the rest belongs to the WAL thread.

    /// The last row in the arena.
    private let last = Atomic<UInt32>(ArenaRow.none.rawValue)
    private let ownChunks = AtomicLazyReference<SeriesChunks>()
    private var smallRows = 0
    /// Latest time of the rows in the arena.
    private var latestTime = Int64.min
    private var form: ArenaForm?

    /// Rows of a series in the arena at most. Past it, to find and gather them costs more than chunks of its own, whose
    /// first then takes no more memory than its rows.
    static let smallRowsMax = 64

    /// The chunks that belong to this series alone, now. All their rows came after those in the arena.
    var chunks: SeriesChunks.Lists { ownChunks.load()?.current ?? SeriesChunks.Lists() }

    /// The last row in the arena, of whatever batch.
    var lastSmallRow: ArenaRow { ArenaRow(rawValue: last.load(ordering: .acquiring)) }

    /// Appends rows; returns how many bytes of memory that took.
    func append(_ columns: [Vector?], rowCount: Int, lsn: LSN, table: MemtableTable) -> Int {
        guard rowCount > 0, let vector = columns[table.entry.schema.timeColumn] else { return 0 }
        return Plain.int64(vector).withUnsafeBufferPointer { times in
            if let own = ownChunks.load() { return own.append(columns, times: times, lsn: lsn, table: table) }
            if smallRows + rowCount <= Self.smallRowsMax, !table.arena.isFull {
                return appendSmall(columns, times: times, lsn: lsn, table: table)
            }
            form = nil
            let own = ownChunks.storeIfNil(SeriesChunks(after: smallRows == 0 ? nil : latestTime))
            return Self.ownChunksBytes + own.append(columns, times: times, lsn: lsn, table: table)
        }
    }

    /// What the lists of own chunks cost.
    private static let ownChunksBytes = 192

    private func appendSmall(
        _ columns: [Vector?],
        times: UnsafeBufferPointer<Int64>,
        lsn: LSN,
        table: MemtableTable
    ) -> Int {
        let (row, bytes) = table.arena.append(
            columns,
            rowCount: times.count,
            lsn: lsn,
            after: ArenaRow(rawValue: last.load(ordering: .relaxed)),
            form: &form,
            table: table
        )
        smallRows += times.count
        for time in times { latestTime = max(latestTime, time) }
        last.store(row.rawValue, ordering: .releasing)
        return bytes
    }
}
