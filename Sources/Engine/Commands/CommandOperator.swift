import Columnar
import QueryLang

/// A statement that changes something: done when the answer is pulled, which is one row.
final class CommandOperator: PhysicalOperator {
    private var run: (() throws(QueryError) -> Scalar)?

    init(_ run: @escaping () throws(QueryError) -> Scalar) { self.run = run }

    func next() throws(QueryError) -> RecordBatch? {
        guard let run else { return nil }
        self.run = nil
        let value = try run()
        let type: ColumnType = if case .int64 = value { .int64 } else { .string }
        return RecordBatch(columns: [Vector(type: type, form: .constant(value, count: 1))], rowCount: 1)
    }
}
