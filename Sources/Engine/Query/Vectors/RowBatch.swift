import Columnar
import QueryLang

/// A slice whose columns are read when they are first asked for.
final class LazySlice {
    let slice: any SeriesSlice
    private var vectors: [Vector?]

    init(_ slice: any SeriesSlice, columnCount: Int) {
        self.slice = slice
        self.vectors = [Vector?](repeating: nil, count: columnCount)
    }

    func vector(_ column: Int) throws(QueryError) -> Vector {
        if let vector = vectors[column] { return vector }
        do throws(TableError) {
            let vector = try slice.vector(column: column)
            guard vector.count == slice.count else {
                throw TableError(.corrupt, "column \(column) has \(vector.count) rows, its slice \(slice.count)")
            }
            vectors[column] = vector
            return vector
        } catch {
            throw QueryError(error)
        }
    }
}

/// Selected rows of a slice: what flows from scan to filter to project. Columns that nobody asks for are never read.
final class RowBatch: EvaluationInput {
    let source: LazySlice
    let selection: Selection
    /// Place of the series among all that are read, in order of their names.
    let series: Int
    private var vectors: [Vector?]

    init(_ source: LazySlice, _ selection: Selection, series: Int, columnCount: Int) {
        self.source = source
        self.selection = selection
        self.series = series
        self.vectors = [Vector?](repeating: nil, count: columnCount)
    }

    var rowCount: Int { selection.count }

    /// Whether these are all rows of the slice, so that what is known about it holds for them.
    var isWholeSlice: Bool { rowCount == source.slice.count }

    /// Fewer of the rows.
    func narrowed(to selection: Selection) -> RowBatch {
        RowBatch(source, selection, series: series, columnCount: vectors.count)
    }

    /// The values of a column in the selected rows.
    func vector(_ column: Int) throws(QueryError) -> Vector {
        if let vector = vectors[column] { return vector }
        let vector = selection.apply(try source.vector(column))
        vectors[column] = vector
        return vector
    }

    func leaf(_ expression: BoundExpression) throws(QueryError) -> Vector {
        guard case .column(let column, _) = expression, vectors.indices.contains(column) else {
            throw QueryError(.bug, "BUG: \(expression) is no column of a table")
        }
        return try vector(column)
    }
}
