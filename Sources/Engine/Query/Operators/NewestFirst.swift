import Columnar
import QueryLang

/// The newest rows, newest first: ORDER BY time DESC with a LIMIT.
///
/// Reads each series backwards and stops as soon as what is left of it is older than the last row of the answer so far.
/// Rows of one time come by series, then arrival, as everywhere.
final class NewestFirst: PhysicalOperator {
    private let scan: Scan
    private let filter: FilterConditions?
    private let projection: Projection
    private let types: [ColumnType]
    private let limit: Int
    private let context: ExecutionContext
    private var result: Values?
    /// No row before this time can be in the answer.
    private var threshold = Int64.min

    init(
        _ scan: Scan,
        _ filter: FilterConditions?,
        _ projection: Projection,
        types: [ColumnType],
        limit: Int,
        _ context: ExecutionContext
    ) {
        self.scan = scan
        self.filter = filter
        self.projection = projection
        self.types = types
        self.limit = limit
        self.context = context
    }

    /// Rows that are read at once for a small limit.
    private static let windowRowsMin = 64
    /// Columns that stand before the answer's: time, series, place of arrival in the series.
    private static let orderColumns = 3
    private static let terms = [
        SortTerm(column: 0, isDescending: true), SortTerm(column: 1, isDescending: false),
        SortTerm(column: 2, isDescending: false),
    ]

    func next() throws(QueryError) -> RecordBatch? {
        if result == nil { result = Values(try read()) }
        return try result?.next()
    }

    private var windowRows: Int { min(max(limit, Self.windowRowsMin), ExecutionLimits.batchRowsMax) }

    private func read() throws(QueryError) -> RecordBatch {
        let buffer = RowBuffer([.timestamp, .int64, .int64] + types, context)
        if limit > 0 {
            for series in scan.series.indices { try read(series, into: buffer) }
        }
        try buffer.keepFirst(limit, by: Self.terms)
        let count = buffer.count
        return RecordBatch(columns: Array(buffer.take().dropFirst(Self.orderColumns)), rowCount: count)
    }

    private func read(_ series: Int, into buffer: RowBuffer) throws(QueryError) {
        let reader = scan.open(series, windowRows: windowRows)
        let rows: any RowSource = filter.map { Filter(reader, $0) } ?? reader
        var arrival: Int64 = 0
        while let batch = try rows.next() {
            try context.checkpoint()
            let count = batch.rowCount
            let times = try batch.vector(scan.plan.table.timeColumn)
            arrival -= Int64(count)
            let order: [Vector] = [
                times,
                Vector(type: .int64, form: .constant(.int64(Int64(series)), count: count)),
                Vector(type: .int64, form: .sequence(start: arrival, step: 1, count: count)),
            ]
            try buffer.append(RecordBatch(columns: order + projection.apply(batch).columns, rowCount: count))
            try Sort.check(buffer.count, context)
            try prune(buffer)
            if times.int64Values[0] < threshold { return }
        }
    }

    private func prune(_ buffer: RowBuffer) throws(QueryError) {
        guard buffer.count >= max(2 * limit, limit + windowRows) else { return }
        try buffer.keepFirst(limit, by: Self.terms)
        if case .timestamp(let time) = buffer.last(0) { threshold = time }
    }
}
