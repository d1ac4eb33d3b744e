import Columnar
import Market
import QueryLang

/// The books of a live plan: replayed from their last whole state, then moved on by the events that arrive.
///
/// It is the same machine that replays stored books. Events are taken in the order of `seq`, in which they are stored.
final class LiveBook {
    private let scan: ScanPlan
    private let columns: BookTable?
    private let context: ExecutionContext
    private var machines: [String: BookReplayMachine] = [:]

    /// Bytes of a book's state, about: some thousand levels.
    private static let bookBytes = 256 << 10

    init(_ scan: ScanPlan, _ context: ExecutionContext) {
        self.scan = scan
        self.columns = BookTable(scan.table)
        self.context = context
    }

    /// Replays the books of all series, and gives the rows of some times.
    func load(
        _ history: LiveHistory,
        _ restricted: ScanPlan,
        _ body: (RowBatch, String) throws(QueryError) -> Void
    ) throws(QueryError) {
        let replay = try BookReplay(restricted, history.snapshot, history.context)
        for name in try history.lastTimes(scan).keys.sorted() {
            for range in restricted.times {
                let machine = try replay.machine(name, range)
                try keep(machine, name)
                try drain(machine, name, history.context, body)
            }
        }
    }

    /// The rows of events that were committed.
    func apply(_ group: AppendGroup) throws(QueryError) -> [RowBatch] {
        guard let columns, let range = scan.times.last else { return [] }
        let known = machines[group.series]
        let machine = known ?? BookReplayMachine(nil, nil, range, scan.table, scan.book)
        if known == nil { try keep(machine, group.series) }
        machine.resume(try BookEventReader(GroupScan(group, scan.table), 0, scan.table, columns, context))
        var rows: [RowBatch] = []
        try drain(machine, group.series, context) { batch, _ in rows.append(batch) }
        return rows
    }

    private func keep(_ machine: BookReplayMachine, _ name: String) throws(QueryError) {
        if machines[name] == nil { try context.hold(bytes: Self.bookBytes) }
        machines[name] = machine
    }

    private func drain(
        _ machine: BookReplayMachine,
        _ name: String,
        _ context: ExecutionContext,
        _ body: (RowBatch, String) throws(QueryError) -> Void
    ) throws(QueryError) {
        guard let columns else { return }
        var builder = BookColumns(scan.table, columns, scan.book, series: name)
        while true {
            try context.checkpoint()
            let isMore = try machine.fill(&builder, rowsMax: context.batchRows)
            if builder.count > 0 { try body(RowBatch(builder.take(sizeScale: machine.sizeScale)), name) }
            if !isMore { return }
        }
    }
}

/// Rows of a batch as the one slice of a scan, in the order in which they were committed.
private struct GroupScan: TableScan {
    private let group: AppendGroup
    private let table: TableSchema

    init(_ group: AppendGroup, _ table: TableSchema) {
        self.group = group
        self.table = table
    }

    var series: [String] { [group.series] }

    func open(series index: Int) throws(TableError) -> any SliceCursor {
        Cursor(slice: Slice(group: group, table: table))
    }

    private struct Cursor: SliceCursor {
        var slice: Slice?

        mutating func next() throws(TableError) -> (any SeriesSlice)? {
            defer { slice = nil }
            return slice
        }
    }

    private struct Slice: SeriesSlice {
        let group: AppendGroup
        let table: TableSchema

        var count: Int { group.rowCount }
        /// Of no meaning here: whoever reads events looks at their own times.
        var firstTime: Int64 { 0 }
        var lastTime: Int64 { 0 }
        func statistics(column: Int) -> ColumnStatistics? { nil }

        func vector(column: Int) throws(TableError) -> Vector {
            if column < group.columns.count, let vector = group.columns[column] { return vector }
            return .nulls(table.columns[column].type, count: group.rowCount)
        }
    }
}
