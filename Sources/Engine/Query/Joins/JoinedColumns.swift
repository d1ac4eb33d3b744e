import Columnar
import QueryLang

/// The columns of a left batch, then those that a join adds to each of its rows, copied or computed when they are asked for.
final class JoinedColumns: ColumnSource {
    private let left: RowBatch
    private let leftCount: Int
    private let added: any AddedColumns
    private var vectors: [Vector?]

    init(_ left: RowBatch, _ added: any AddedColumns) {
        self.left = left
        self.leftCount = left.source.columnCount
        self.added = added
        self.vectors = [Vector?](repeating: nil, count: added.types.count)
    }

    var rowCount: Int { left.rowCount }
    var columnCount: Int { leftCount + vectors.count }
    var timeBounds: ClosedRange<Int64>? { left.source.timeBounds }
    func times() throws(QueryError) -> Vector { try left.times() }

    func type(of column: Int) -> ColumnType {
        column < leftCount ? left.source.type(of: column) : added.types[column - leftCount]
    }

    func isNeeded(_ column: Int) -> Bool {
        column < leftCount ? left.source.isNeeded(column) : added.isNeeded(column - leftCount)
    }

    func statistics(_ column: Int) -> ColumnStatistics? {
        left.isWhole && column < leftCount ? left.source.statistics(column) : nil
    }

    func vector(_ column: Int) throws(QueryError) -> Vector {
        if column < leftCount { return try left.column(column) }
        let index = column - leftCount
        if let vector = vectors[index] { return vector }
        let vector = try added.vector(index)
        vectors[index] = vector
        return vector
    }
}

/// What a join adds to the rows of a left batch.
protocol AddedColumns {
    /// Types of the columns.
    var types: [ColumnType] { get }
    /// Whether anything above may ask for a column.
    func isNeeded(_ column: Int) -> Bool
    /// The values of a column, one a left row.
    func vector(_ column: Int) throws(QueryError) -> Vector
}
