import Columnar
import QueryLang

/// Where the buckets of an aggregation begin.
struct SampleOrigin {
    /// Nil without SAMPLE BY.
    let buckets: Buckets?
    /// The rows, of which those that had to be looked at come first again.
    let input: any Relation

    init(of plan: AggregatePlan, _ input: any Relation, _ worker: Worker) throws(QueryError) {
        guard let sampling = plan.sampling else {
            (self.buckets, self.input) = (nil, input)
            return
        }
        switch sampling.alignment {
        case .calendar: (self.buckets, self.input) = (Buckets(sampling), input)
        case .firstObservation:
            let (time, rest) = try Self.firstTime(input, worker)
            (self.buckets, self.input) = (Buckets(sampling, firstTime: time ?? 0), rest)
        }
    }

    /// The least time of all rows; only the first batch of each series is looked at.
    private static func firstTime(
        _ input: any Relation,
        _ worker: Worker
    ) throws(QueryError) -> (time: Int64?, rest: any Relation) {
        // Rows of a stream come once.
        if input.series.count == 1 {
            let rows = try input.open(0, worker, rowsMax: worker.context.sliceRows)
            guard let first = try rows.next() else { return (nil, input) }
            let rest = OpenedRelation(name: input.series[0], PrependedRows(first, rows))
            return (try first.times().int64Values[0], rest)
        }
        var least: Int64?
        for index in input.series.indices {
            let rows = try input.open(index, worker, rowsMax: worker.context.batchRows)
            if let bound = try rows.peekTime(), let least, bound >= least { continue }
            guard let batch = try rows.next() else { continue }
            least = min(least ?? .max, try batch.times().int64Values[0])
        }
        return (least, input)
    }
}

/// A series that is open already.
private final class OpenedRelation: Relation, @unchecked Sendable {
    // Sendable: whoever opens the one series takes the rows with it, once.

    let series: [String]
    private let rows: any RowSource

    init(name: String, _ rows: any RowSource) {
        self.series = [name]
        self.rows = rows
    }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource { rows }
}

/// A batch that was read already, then the others.
private final class PrependedRows: RowSource {
    private var first: RowBatch?
    private let rest: any RowSource

    init(_ first: RowBatch, _ rest: any RowSource) {
        self.first = first
        self.rest = rest
    }

    func next() throws(QueryError) -> RowBatch? {
        guard let first else { return try rest.next() }
        self.first = nil
        return first
    }

    func peekTime() throws(QueryError) -> Int64? {
        guard let first else { return try rest.peekTime() }
        return try first.times().int64Values[0]
    }
}
