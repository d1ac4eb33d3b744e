import Columnar
import QueryLang

/// The first of rows that are equal in all columns, as they come. Null equals null, NaN equals NaN.
final class Distinct: PhysicalOperator {
    private let input: any PhysicalOperator
    private let context: ExecutionContext
    private let groups: KeyGroups

    init(_ input: any PhysicalOperator, types: [ColumnType], _ context: ExecutionContext) {
        self.input = input
        self.context = context
        self.groups = KeyGroups(types, buckets: nil)
    }

    /// Bytes of a row that was seen, beside its values: its key and its place in the table.
    private static let rowOverheadBytes = 24

    func next() throws(QueryError) -> RecordBatch? {
        while let batch = try input.next() {
            try context.checkpoint()
            let known = groups.count
            var next = known
            let numbers = groups.groups(of: batch.columns, buckets: .none, rowCount: batch.rowCount) {}
            guard groups.count > known else { continue }
            try context.hold(bytes: (groups.count - known) * (Self.rowOverheadBytes + batch.columns.count * 16))
            var rows: [UInt32] = []
            for (row, number) in numbers.enumerated() where number == next {
                rows.append(UInt32(truncatingIfNeeded: row))
                next += 1
            }
            if rows.count == batch.rowCount { return batch }
            return rows.withUnsafeBufferPointer { rows in
                RecordBatch(columns: batch.columns.map { $0.gather(rows) }, rowCount: rows.count)
            }
        }
        return nil
    }
}
