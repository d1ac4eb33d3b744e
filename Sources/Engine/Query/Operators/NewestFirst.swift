import Columnar
import QueryLang

/// The newest rows: ORDER BY time DESC with a LIMIT, or the last rows by time, which is LIMIT -n without ORDER BY.
///
/// Reads each series backwards and stops as soon as what is left of it is older than the last row of the answer so far.
final class NewestFirst: PhysicalOperator {
    /// Which rows, and in which order.
    enum Order: Sendable, Hashable {
        /// The newest first; rows of one time come by series, then arrival, as everywhere.
        case descending
        /// The last rows of the order (time, series, arrival), in that order.
        case tail
    }

    /// Opened backwards.
    private let input: any Relation
    private let types: [ColumnType]
    private let limit: Int
    private let order: Order
    private let worker: Worker
    private var result: Values?
    /// No row before this time can be in the answer.
    private var threshold = Int64.min

    init(_ input: any Relation, types: [ColumnType], limit: Int, _ order: Order, _ worker: Worker) {
        self.input = input
        self.types = types
        self.limit = limit
        self.order = order
        self.worker = worker
    }

    /// Rows that are read at once for a small limit.
    private static let windowRowsMin = 64
    /// Columns that stand before the answer's: time, series, place of arrival in the series.
    private static let orderColumns = 3

    private var terms: [SortTerm] {
        [
            SortTerm(column: 0, isDescending: true), SortTerm(column: 1, isDescending: order == .tail),
            SortTerm(column: 2, isDescending: order == .tail),
        ]
    }

    func next() throws(QueryError) -> RecordBatch? {
        if result == nil { result = Values(try read(), rowsMax: worker.context.batchRows) }
        return try result?.next()
    }

    private var windowRows: Int { min(max(limit, Self.windowRowsMin), worker.context.batchRows) }

    private func read() throws(QueryError) -> RecordBatch {
        let buffer = RowBuffer([.timestamp, .int64, .int64] + types, worker.context)
        if limit > 0 {
            for series in input.series.indices { try read(series, into: buffer) }
        }
        try buffer.keepFirst(limit, by: terms)
        let count = buffer.count
        var columns = Array(buffer.take().dropFirst(Self.orderColumns))
        if order == .tail {
            let reversed = (0..<UInt32(truncatingIfNeeded: count)).reversed().map { $0 }
            columns = reversed.withUnsafeBufferPointer { rows in columns.map { $0.gather(rows) } }
        }
        return RecordBatch(columns: columns, rowCount: count)
    }

    private func read(_ series: Int, into buffer: RowBuffer) throws(QueryError) {
        let rows = try input.open(series, worker, rowsMax: windowRows)
        var arrival: Int64 = 0
        // The first time of what is to come is a bound from below only, so it does not tell that all of it is too old.
        while let batch = try rows.next() {
            try worker.context.checkpoint()
            let count = batch.rowCount
            let times = try batch.times()
            arrival -= Int64(count)
            let order: [Vector] = [
                times,
                Vector(type: .int64, form: .constant(.int64(Int64(series)), count: count)),
                Vector(type: .int64, form: .sequence(start: arrival, step: 1, count: count)),
            ]
            try buffer.append(RecordBatch(columns: order + batch.record().columns, rowCount: count))
            try Sort.check(buffer.count, worker.context)
            try prune(buffer)
            if times.int64Values[0] < threshold { return }
        }
    }

    private func prune(_ buffer: RowBuffer) throws(QueryError) {
        guard buffer.count >= max(2 * limit, limit + windowRows) else { return }
        try buffer.keepFirst(limit, by: terms)
        if case .timestamp(let time) = buffer.last(0) { threshold = time }
    }
}
