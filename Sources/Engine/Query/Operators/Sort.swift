import Columnar
import QueryLang

/// One term of an order over a batch's columns.
struct SortTerm: Sendable, Hashable {
    var column: Int
    var isDescending: Bool
}

/// ORDER BY: holds all rows, or with a limit about twice as many as that, and gives them in order.
///
/// Rows that compare equal stay in the order in which they came.
final class Sort: PhysicalOperator {
    private let input: any PhysicalOperator
    private let terms: [SortTerm]
    private let limit: Int?
    private let context: ExecutionContext
    private let buffer: RowBuffer
    private var order: [UInt32]?
    private var sorted: [Vector] = []
    private var position = 0
    /// With a limit: the first key of the last row that would be in the answer so far.
    private var bound: UInt64?

    init(
        _ input: any PhysicalOperator,
        _ terms: [SortTerm],
        types: [ColumnType],
        limit: Int?,
        _ context: ExecutionContext
    ) {
        self.input = input
        self.terms = terms
        self.limit = limit
        self.context = context
        self.buffer = RowBuffer(types, context)
    }

    func next() throws(QueryError) -> RecordBatch? {
        if order == nil { order = try read() }
        guard let order else { return nil }
        guard position < order.count else { return nil }
        let end = min(position + context.batchRows, order.count)
        defer { position = end }
        return order[position..<end].withUnsafeBufferPointer { rows in
            RecordBatch(columns: sorted.map { $0.gather(rows) }, rowCount: rows.count)
        }
    }

    private func read() throws(QueryError) -> [UInt32] {
        while let batch = try input.next() {
            try context.checkpoint()
            guard let rows = withoutHopeless(batch) else { continue }
            try buffer.append(rows)
            if let limit, buffer.count >= max(2 * limit, limit + Self.prunedRowsMin) {
                try buffer.keepFirst(limit, by: terms)
                if limit > 0 { bound = buffer.largestKey(terms[0]) }
            }
            try Self.check(buffer.count, context)
        }
        let count = buffer.count
        sorted = buffer.take()
        var order = try buffer.order(of: sorted, count: count, by: terms)
        if let limit { order = Array(order.prefix(limit)) }
        return order
    }

    /// Rows over the limit that are held before they are sorted and dropped: few, so that a bound is known early, and
    /// enough that sorting is rare.
    private static let prunedRowsMin = 1024

    /// The rows whose first key is not beyond that of the last row that would be kept; nil if there are none.
    private func withoutHopeless(_ batch: RecordBatch) -> RecordBatch? {
        guard let bound, let first = terms.first,
            let keys = SortKeys.comparableKeys(batch.columns[first.column], isDescending: first.isDescending)
        else { return batch }
        let isHopeful = BinaryKernel.map(.values(keys), .constant(bound), count: keys.count) {
            $0 <= $1 ? 1 : 0 as UInt8
        }
        let all = Selection.range(0..<batch.rowCount)
        let selection = all.narrowed(by: Vector(type: .boolean, form: .boolean(isHopeful)))
        if selection.count == 0 { return nil }
        return RecordBatch(columns: batch.columns.map(selection.apply), rowCount: selection.count)
    }

    static func check(_ count: Int, _ context: ExecutionContext) throws(QueryError) {
        guard count <= context.limits.sortedRowsMax else {
            throw QueryError(
                .limit,
                "ORDER BY would hold more than \(context.limits.sortedRowsMax) rows",
                hint: "add LIMIT, narrow the time range, or leave ORDER BY out: rows come by time"
            )
        }
    }
}

/// Rows that an operator holds, by column.
final class RowBuffer {
    private let builders: [VectorBuilder]
    private let context: ExecutionContext
    private var heldBytes = 0
    private(set) var count = 0

    init(_ types: [ColumnType], _ context: ExecutionContext) {
        self.builders = types.map { VectorBuilder($0) }
        self.context = context
    }

    func append(_ batch: RecordBatch) throws(QueryError) {
        for (builder, column) in zip(builders, batch.columns) { builder.append(column, 0..<batch.rowCount) }
        count += batch.rowCount
        let bytes = builders.reduce(0) { $0 + $1.byteCount }
        try context.hold(bytes: bytes - heldBytes)
        heldBytes = bytes
    }

    /// Drops all but the first rows of an order.
    func keepFirst(_ limit: Int, by terms: [SortTerm]) throws(QueryError) {
        let total = count
        let vectors = take()
        let rows = Array(try order(of: vectors, count: total, by: terms).prefix(limit))
        let kept = rows.withUnsafeBufferPointer { rows in vectors.map { $0.gather(rows) } }
        try append(RecordBatch(columns: kept, rowCount: rows.count))
    }

    func order(of vectors: [Vector], count: Int, by terms: [SortTerm]) throws(QueryError) -> [UInt32] {
        let keys = SortKeys(terms.map { (vectors[$0.column], $0.isDescending) }, rowCount: count)
        return try keys.sortedRows { [context] () throws(QueryError) in try context.checkpoint() }
    }

    /// The key of the last row by a term; nil if it cannot be compared with other batches.
    func largestKey(_ term: SortTerm) -> UInt64? {
        let last = builders[term.column].lastRow
        return SortKeys.comparableKeys(last, isDescending: term.isDescending)?.first
    }

    /// A column's value in the last row.
    func last(_ column: Int) -> Scalar { builders[column].last }

    /// Gives the rows away.
    func take() -> [Vector] {
        count = 0
        return builders.map { $0.take() }
    }
}
