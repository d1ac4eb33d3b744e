import Columnar
import QueryLang

/// Rows of one column that are computed, a batch at a time.
final class SequenceRows: PhysicalOperator {
    private let sequence: BoundSequence
    private let context: ExecutionContext
    private var position: Int64 = 0

    init(_ sequence: BoundSequence, _ context: ExecutionContext) {
        self.sequence = sequence
        self.context = context
    }

    func next() throws(QueryError) -> RecordBatch? {
        guard position < sequence.count else { return nil }
        try context.checkpoint()
        let count = Int(min(Int64(context.batchRows), sequence.count - position))
        let start = sequence.start &+ position &* sequence.step
        position += Int64(count)
        let values = Vector(type: sequence.type, form: .sequence(start: start, step: sequence.step, count: count))
        return RecordBatch(columns: [values], rowCount: count)
    }
}

extension RecordBatch {
    /// Rows that stand in the text.
    init(_ values: BoundValues) {
        let columns = values.types.indices.map { column in
            let builder = VectorBuilder(values.types[column])
            for row in values.rows { builder.append(row[column]) }
            return builder.take()
        }
        self.init(columns: columns, rowCount: values.rows.count)
    }
}
