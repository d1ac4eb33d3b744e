import Columnar
import QueryLang

/// Rows of all series, one series after the other: enough for a sort, and cheaper than a merge.
final class Concatenate: PhysicalOperator {
    private let input: any Relation
    private let worker: Worker
    /// Whether the times by which rows are ordered come as a last column.
    private let appendsTimes: Bool
    private var series = 0
    private var current: (any RowSource)?

    init(_ input: any Relation, _ worker: Worker, appendsTimes: Bool = false) {
        self.input = input
        self.worker = worker
        self.appendsTimes = appendsTimes
    }

    func next() throws(QueryError) -> RecordBatch? {
        while true {
            try worker.context.checkpoint()
            if let batch = try current?.next() {
                let record = try batch.record()
                guard appendsTimes else { return record }
                return RecordBatch(columns: record.columns + [try batch.times()], rowCount: record.rowCount)
            }
            guard series < input.series.count else { return nil }
            try openNext()
        }
    }

    /// Makes the operators of the first series, as far as there is one, before its rows are asked for.
    func begin() throws(QueryError) {
        if current == nil, series < input.series.count { try openNext() }
    }

    private func openNext() throws(QueryError) {
        current = try input.open(series, worker, rowsMax: worker.context.batchRows)
        series += 1
    }
}

/// The rows of a stream as a relation of one series.
final class StreamRelation: Relation, @unchecked Sendable {
    // Sendable: whoever opens the one series takes the stream with it, once.

    let series = [""]
    private let input: any PhysicalOperator
    /// The column by which the rows are ordered; nil if they come in no order of time: then their numbers stand for it.
    private let timeColumn: Int?

    init(_ input: any PhysicalOperator, timeColumn: Int?) {
        self.input = input
        self.timeColumn = timeColumn
    }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        RecordSource(input, timeColumn: timeColumn)
    }
}

/// The batches of a stream as rows of a series.
final class RecordSource: RowSource {
    private let input: any PhysicalOperator
    private let timeColumn: Int?
    /// Rows read so far.
    private var count: Int64 = 0
    /// A batch that was looked at and not yet handed on.
    private var pending: RowBatch?

    init(_ input: any PhysicalOperator, timeColumn: Int?) {
        self.input = input
        self.timeColumn = timeColumn
    }

    func next() throws(QueryError) -> RowBatch? {
        if let pending {
            self.pending = nil
            return pending
        }
        return try read()
    }

    func peekTime() throws(QueryError) -> Int64? {
        if pending == nil { pending = try read() }
        guard let pending else { return nil }
        return try pending.times().int64Values[0]
    }

    private func read() throws(QueryError) -> RowBatch? {
        guard let batch = try input.next() else { return nil }
        // Rows that come in no order of time come in that of their numbers, which is all that `first` and `last` ask for.
        let numbers = Vector(type: .timestamp, form: .sequence(start: count, step: 1, count: batch.rowCount))
        count += Int64(batch.rowCount)
        let columns = MaterializedColumns(
            batch.columns,
            times: timeColumn.map { batch.columns[$0] } ?? numbers,
            rowCount: batch.rowCount
        )
        return RowBatch(columns)
    }
}
