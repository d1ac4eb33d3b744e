import Columnar
import QueryLang

/// The last row of each series: reads each series backwards until it has one.
final class Latest: PhysicalOperator {
    /// Opened backwards.
    private let input: any Relation
    private let types: [ColumnType]
    private let worker: Worker
    private var result: Values?

    init(_ input: any Relation, types: [ColumnType], _ worker: Worker) {
        self.input = input
        self.types = types
        self.worker = worker
    }

    /// Rows in which to look for the last one that meets a condition.
    private static let windowRows = 512
    /// Series that one thread reads in one go: a step costs a few microseconds, a hand-over about as much.
    private static let seriesPerStep = 64

    func next() throws(QueryError) -> RecordBatch? {
        if result == nil { result = Values(try read(), rowsMax: worker.context.batchRows) }
        return try result?.next()
    }

    private func read() throws(QueryError) -> RecordBatch {
        let input = input
        let steps = (input.series.count + Self.seriesPerStep - 1) / Self.seriesPerStep
        let parts = try ParallelLoop.map(count: steps, worker) { [types] worker, step throws(QueryError) in
            // One row a series, then by (time, series): the order in which rows come without ORDER BY.
            let buffer = RowBuffer([.timestamp] + types, worker.context)
            let end = min((step + 1) * Self.seriesPerStep, input.series.count)
            for index in step * Self.seriesPerStep..<end {
                try worker.context.checkpoint()
                let rows = try input.open(index, worker, rowsMax: min(Self.windowRows, worker.context.batchRows))
                guard let batch = try rows.next() else { continue }
                let row = batch.row(batch.rowCount - 1)
                try buffer.append(RecordBatch(columns: [LastValue.time(row)] + LastValue.columns(row), rowCount: 1))
            }
            let count = buffer.count
            return RecordBatch(columns: buffer.take(), rowCount: count)
        }
        let buffer = RowBuffer([.timestamp] + types, worker.context)
        for part in parts where part.rowCount > 0 { try buffer.append(part) }
        let count = buffer.count
        let vectors = buffer.take()
        let order = try buffer.order(of: vectors, count: count, by: [SortTerm(column: 0, isDescending: false)])
        return order.withUnsafeBufferPointer { rows in
            RecordBatch(columns: vectors.dropFirst().map { $0.gather(rows) }, rowCount: count)
        }
    }
}

/// Values of the last row of a slice, from what is known of it if that suffices: a slice is decoded as a whole.
enum LastValue {
    static func time(_ row: RowBatch) throws(QueryError) -> Vector {
        if isLast(row), let bounds = row.source.timeBounds { return .timestamps([bounds.upperBound]) }
        return try row.times()
    }

    static func columns(_ row: RowBatch) throws(QueryError) -> [Vector] {
        var columns: [Vector] = []
        for index in 0..<row.source.columnCount { columns.append(try column(row, index)) }
        return columns
    }

    private static func column(_ row: RowBatch, _ index: Int) throws(QueryError) -> Vector {
        guard row.source.isNeeded(index) else { return .nulls(row.source.type(of: index), count: 1) }
        guard isLast(row), let last = row.source.statistics(index)?.last else { return try row.column(index) }
        return Vector(type: row.source.type(of: index), form: .constant(last, count: 1))
    }

    private static func isLast(_ row: RowBatch) -> Bool {
        guard case .range(let range) = row.selection else { return false }
        return range.upperBound == row.source.rowCount
    }
}
