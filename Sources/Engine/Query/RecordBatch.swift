public import Columnar

/// Rows of an answer, by column.
public struct RecordBatch: Sendable {
    /// One vector a column, each of ``rowCount`` rows.
    public let columns: [Vector]
    /// The number of rows.
    public let rowCount: Int

    /// Creates a batch.
    public init(columns: [Vector], rowCount: Int) {
        precondition(columns.allSatisfy { $0.count == rowCount }, "BUG: columns of different lengths")
        self.columns = columns
        self.rowCount = rowCount
    }

    /// The same rows, from `range.lowerBound` to `range.upperBound`, without copying.
    func slice(_ range: Range<Int>) -> RecordBatch {
        RecordBatch(columns: columns.map { $0.slice(range) }, rowCount: range.count)
    }
}
