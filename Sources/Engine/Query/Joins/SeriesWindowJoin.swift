import Columnar
import QueryLang

/// WINDOW JOIN of two relations by their series: with each left row aggregates of the right rows of its series in a window
/// around its time.
///
/// Windows move forward with the left rows. Of the right side no slice is decoded that no window reaches into, and only
/// those are held that windows of rows to come may reach into.
final class SeriesWindowJoin: Relation {
    private let left: any Relation
    private let right: any Relation
    fileprivate let window: WindowJoin
    /// For each series of the left side the right side's of that name.
    private let partners: [Int?]

    init(_ left: any Relation, _ right: any Relation, _ window: WindowJoin) {
        self.left = left
        self.right = right
        self.window = window
        self.partners = SeriesPartners.find(left.series, right.series)
    }

    var series: [String] { left.series }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        let rows = try left.open(index, worker, rowsMax: rowsMax)
        let others = try partners[index].map { partner throws(QueryError) in
            try right.open(partner, worker, rowsMax: worker.context.sliceRows)
        }
        return WindowJoinRows(rows, others, self, worker)
    }

    /// Compiled once a thread. The left side's columns are known when its first rows are there.
    fileprivate func aggregates(_ left: any ColumnSource, _ worker: Worker) -> WindowAggregates {
        worker.state(of: self) {
            let types = (0..<left.columnCount).map(left.type)
            return WindowAggregates(window.aggregates, leftTypes: types, worker.context)
        }
    }
}

/// Joins the rows of one series.
private final class WindowJoinRows: RowSource {
    private let left: any RowSource
    private let right: RightWindow
    private let join: SeriesWindowJoin
    private let worker: Worker

    init(_ left: any RowSource, _ right: (any RowSource)?, _ join: SeriesWindowJoin, _ worker: Worker) {
        self.left = left
        self.right = RightWindow(right, hasPrevailing: join.window.includesPrevailing, worker.context)
        self.join = join
        self.worker = worker
    }

    func peekTime() throws(QueryError) -> Int64? { try left.peekTime() }

    func next() throws(QueryError) -> RowBatch? {
        try worker.context.checkpoint()
        guard let batch = try left.next() else {
            try right.close()
            return nil
        }
        let aggregates = join.aggregates(batch.source, worker)
        let bounds = WindowBounds(join.window, try batch.times().int64Values)
        let spans = try right.spans(bounds, bytesPerRow: aggregates.bytesPerRow)
        let columns = try aggregates.columns(LeftWindows(left: batch, spans: spans))
        return RowBatch(JoinedColumns(batch, WindowJoinColumns(columns)))
    }
}

/// Aggregates, computed.
private struct WindowJoinColumns: AddedColumns {
    private let columns: [Vector]

    init(_ columns: [Vector]) { self.columns = columns }

    var types: [ColumnType] { columns.map(\.type) }
    func isNeeded(_ column: Int) -> Bool { true }
    func vector(_ column: Int) throws(QueryError) -> Vector { columns[column] }
}
