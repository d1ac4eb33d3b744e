import QueryLang

/// Gives the first rows and then stops: nothing above or below it runs any further.
final class Limit: PhysicalOperator {
    private let input: any PhysicalOperator
    private var rest: Int

    init(_ input: any PhysicalOperator, _ count: Int) {
        self.input = input
        self.rest = count
    }

    func next() throws(QueryError) -> RecordBatch? {
        guard rest > 0, let batch = try input.next() else { return nil }
        let count = min(rest, batch.rowCount)
        rest -= count
        return count == batch.rowCount ? batch : batch.slice(0..<count)
    }
}

/// Gives batches that are already there, cut to the usual size.
final class Values: PhysicalOperator {
    private let batch: RecordBatch
    private var position = 0

    init(_ batch: RecordBatch) { self.batch = batch }

    func next() throws(QueryError) -> RecordBatch? {
        guard position < batch.rowCount else { return nil }
        let range = position..<min(position + ExecutionLimits.batchRowsMax, batch.rowCount)
        position = range.upperBound
        return batch.slice(range)
    }
}
