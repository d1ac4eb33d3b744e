import Columnar
import QueryLang

/// WINDOW JOIN over held rows: with each left row aggregates of the right rows of its key in a window around its time.
///
/// Left rows may come in any order; looking near the window of the row before makes it cheap if they come by time.
final class WindowProbe: JoinProbe {
    private let held: HeldRows
    private let timeColumn: Int
    private let window: WindowJoin
    private let aggregates: WindowAggregates
    private let chunk: WindowChunk
    private let heldBytes: HeldBytes
    /// For each key the window of its last left row.
    private var hints: [Range<Int>]
    private var joined: RecordBatch?

    init(
        _ held: HeldRows,
        _ timeColumn: Int,
        _ window: WindowJoin,
        leftTypes: [ColumnType],
        _ context: ExecutionContext
    ) throws(QueryError) {
        self.held = held
        self.timeColumn = timeColumn
        self.window = window
        aggregates = WindowAggregates(window.aggregates, leftTypes: leftTypes, context)
        let times = Vector(type: .timestamp, form: .int64(held.times))
        chunk = WindowChunk(held, types: held.columns.map(\.type)) { times }
        hints = (0..<held.groupCount).map { group in
            let start = held.rows(of: UInt32(group)).lowerBound
            return start..<start
        }
        heldBytes = HeldBytes(context)
        try heldBytes.set(held.rowCount * aggregates.bytesPerRow)
    }

    func begin(_ rows: LeftRows) throws(QueryError) {
        let bounds = WindowBounds(window, rows.batch.columns[timeColumn].int64Values)
        let starts = OwnedMemory<UInt32>(capacity: rows.rowCount)
        let ends = OwnedMemory<UInt32>(capacity: rows.rowCount)
        for row in 0..<rows.rowCount {
            let window = find(rows.groups[row], bounds, row)
            starts.base[row] = UInt32(truncatingIfNeeded: window.lowerBound)
            ends.base[row] = UInt32(truncatingIfNeeded: window.upperBound)
        }
        let span = WindowSpan(
            chunk: chunk,
            leftRows: 0..<rows.rowCount,
            starts: Buffer(base: UnsafePointer(starts.base), count: rows.rowCount, owner: starts),
            ends: Buffer(base: UnsafePointer(ends.base), count: rows.rowCount, owner: ends)
        )
        let columns = try aggregates.columns(LeftWindows(left: rows, spans: [span]))
        joined = RecordBatch(columns: rows.batch.columns + columns, rowCount: rows.rowCount)
    }

    func next() -> RecordBatch? {
        defer { joined = nil }
        return joined
    }

    /// The rows of a key in the window of a row.
    private func find(_ group: UInt32, _ bounds: WindowBounds, _ row: Int) -> Range<Int> {
        if group == JoinKeys.none { return 0..<0 }
        let range = held.rows(of: group)
        if bounds.endsBeforeTime(row) { return range.lowerBound..<range.lowerBound }
        let times = held.times.base
        let hint = hints[Int(group)]
        var (start, end) = (range.upperBound, range.upperBound)
        if !bounds.beginsAfterTime(row) {
            let (lower, upper) = (bounds.lower[row], bounds.upper[row])
            start = Gallop.end(in: times, range, near: hint.lowerBound) { $0 < lower }
            end = Gallop.end(in: times, range, near: max(hint.upperBound, start)) { $0 <= upper }
        }
        hints[Int(group)] = start..<end
        return window.includesPrevailing && start > range.lowerBound ? start - 1..<end : start..<end
    }
}
