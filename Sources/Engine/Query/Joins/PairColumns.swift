import Columnar
import QueryLang

/// Pairs of a left and a right row: the columns of the left side, then those of the right, copied when they are asked for.
final class PairColumns: ColumnSource {
    private let left: any EvaluationInput
    private let right: any EvaluationInput
    private let leftRows: Buffer<UInt32>
    private let rightRows: Buffer<UInt32>
    private let leftCount: Int
    private let types: [ColumnType]

    /// - Parameters:
    ///   - leftRows: row numbers of the left side, one a pair.
    ///   - rightRows: as many of the right side.
    ///   - types: those of the columns of either side.
    init(
        _ left: any EvaluationInput,
        _ leftRows: Buffer<UInt32>,
        _ right: any EvaluationInput,
        _ rightRows: Buffer<UInt32>,
        types: (left: [ColumnType], right: [ColumnType])
    ) {
        self.left = left
        self.leftRows = leftRows
        self.right = right
        self.rightRows = rightRows
        self.leftCount = types.left.count
        self.types = types.left + types.right
    }

    var rowCount: Int { leftRows.count }
    var columnCount: Int { types.count }
    var timeBounds: ClosedRange<Int64>? { nil }
    func statistics(_ column: Int) -> ColumnStatistics? { nil }
    func type(of column: Int) -> ColumnType { types[column] }
    func times() throws(QueryError) -> Vector { throw QueryError(.bug, "BUG: times of pairs of rows") }

    func vector(_ column: Int) throws(QueryError) -> Vector {
        if column < leftCount {
            let vector = try left.column(column)
            return leftRows.withUnsafeBufferPointer { vector.gather($0) }
        }
        let vector = try right.column(column - leftCount)
        return rightRows.withUnsafeBufferPointer { vector.gather($0) }
    }
}
