import QueryLang

/// Gives batches that are already there, cut to the usual size.
final class Values: PhysicalOperator {
    private let batch: RecordBatch
    private let rowsMax: Int
    private var position = 0

    init(_ batch: RecordBatch, rowsMax: Int) {
        self.batch = batch
        self.rowsMax = rowsMax
    }

    func next() throws(QueryError) -> RecordBatch? {
        guard position < batch.rowCount else { return nil }
        let range = position..<min(position + rowsMax, batch.rowCount)
        position = range.upperBound
        return batch.slice(range)
    }
}
