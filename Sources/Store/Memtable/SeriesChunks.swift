import Columnar
import Synchronization

/// The rows of one series in chunks of its own.
///
/// Rows in order go to the *main* chunks, whose times ascend from chunk to chunk (strictly in a table that resolves
/// duplicates, so that equal times always meet in a merge). A row that is late goes to the *late* chunks, in order of
/// arrival. So among rows of equal time the main ones came first: a late row's time is not after the main run's end, and
/// main rows after it are.
final class SeriesChunks: @unchecked Sendable {
    // Sendable: `lists` is behind its mutex; the rest belongs to the WAL thread.

    struct Lists {
        var main: [MemtableChunk] = []
        var late: [MemtableChunk] = []
    }

    private let lists = Mutex(Lists())
    private var main: MemtableChunk?
    private var late: MemtableChunk?
    private var lastMainTime: Int64?
    private var lastLateTime = Int64.min

    /// Rows of the first chunk of a kind at least.
    private static let rowsMin = 16
    /// One row group of a segment.
    static let rowsMax = 8192

    /// Goes on after rows that lie elsewhere, up to this time: what is not after them is late.
    init(after time: Int64?) { lastMainTime = time }

    /// The chunks now.
    var current: Lists { lists.withLock { $0 } }

    /// Appends rows; returns how many bytes of memory that took.
    func append(
        _ columns: [Vector?],
        times: UnsafeBufferPointer<Int64>,
        lsn: LSN,
        table: MemtableTable
    ) -> Int {
        var bytes = 0
        var row = 0
        while row < times.count {
            let run = nextRun(times, from: row, isStrict: table.resolvesDuplicates)
            bytes += append(columns, rows: row..<run.end, isLate: run.isLate, times: times, lsn: lsn, table: table)
            row = run.end
        }
        return bytes
    }

    /// The longest run of rows from `start` that are all in order, or all late.
    private func nextRun(
        _ times: UnsafeBufferPointer<Int64>,
        from start: Int,
        isStrict: Bool
    ) -> (end: Int, isLate: Bool) {
        func isLate(_ time: Int64, after last: Int64) -> Bool { isStrict ? time <= last : time < last }
        var row = start
        if let last = lastMainTime, isLate(times[row], after: last) {
            while row < times.count, isLate(times[row], after: last) { row += 1 }
            return (row, true)
        }
        row += 1
        while row < times.count, !isLate(times[row], after: times[row - 1]) { row += 1 }
        return (row, false)
    }

    private func append(
        _ columns: [Vector?],
        rows: Range<Int>,
        isLate: Bool,
        times: UnsafeBufferPointer<Int64>,
        lsn: LSN,
        table: MemtableTable
    ) -> Int {
        var bytes = 0
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (chunk, room, added) = chunk(isLate: isLate, columns: columns, row..<rows.upperBound, lsn, table)
            bytes += added
            let end = min(rows.upperBound, row + room)
            if isLate {
                markDescents(in: chunk, times: times, rows: row..<end, isStrict: table.resolvesDuplicates)
            } else {
                lastMainTime = times[end - 1]
            }
            chunk.append(columns, rows: row..<end, lsn: lsn, symbols: table.symbols)
            row = end
        }
        return bytes
    }

    private func markDescents(
        in chunk: MemtableChunk,
        times: UnsafeBufferPointer<Int64>,
        rows: Range<Int>,
        isStrict: Bool
    ) {
        var row = chunk.count.load(ordering: .relaxed)
        if row == 0 { lastLateTime = times[rows.lowerBound] }
        for index in rows {
            let isDescent = row > 0 && (isStrict ? times[index] <= lastLateTime : times[index] < lastLateTime)
            if isDescent, chunk.firstDescent.load(ordering: .relaxed) == Int.max {
                chunk.firstDescent.store(row, ordering: .relaxed)
            }
            lastLateTime = times[index]
            row += 1
        }
    }

    /// The chunk that the next rows go to, how many of them fit, and the bytes of memory that it cost if it is new.
    private func chunk(
        isLate: Bool,
        columns: [Vector?],
        _ rows: Range<Int>,
        _ lsn: LSN,
        _ table: MemtableTable
    ) -> (MemtableChunk, room: Int, added: Int) {
        let current = isLate ? late : main
        var wanted = Self.rowsMin
        if let current, current.accepts(columns) {
            let count = current.count.load(ordering: .relaxed)
            let room = min(current.capacity - count, rows.count)
            let text = table.hasText ? TextArena.byteCounts(columns, rows.prefix(room)) : []
            if room > 0, current.hasRoom(rows: room, textBytes: text, lsn: lsn) { return (current, room, 0) }
            // Forms that alternate start small again, so that they cannot eat a full chunk a row.
            wanted = count * 4
        }
        let capacity = min(Self.rowsMax, max(Self.rowsMin, rows.count, wanted))
        let room = min(capacity, rows.count)
        let text = TextArena.byteCounts(columns, rows.prefix(room))
        let created = MemtableChunk(
            layouts: columns.indices.map { ColumnLayout(columns[$0], after: current?.layouts[$0]) },
            capacity: capacity,
            textBytes: TextArena.capacities(needed: text, rows: capacity, after: current),
            baseLSN: lsn
        )
        lists.withLock { lists in
            if isLate { lists.late.append(created) } else { lists.main.append(created) }
        }
        if isLate { late = created } else { main = created }
        return (created, room, created.byteCount)
    }
}
