import Columnar
import QueryLang

/// Columns of rows that lie together, read or computed when they are first asked for. Belongs to one thread at a time.
protocol ColumnSource: AnyObject {
    /// The number of rows.
    var rowCount: Int { get }
    /// The number of columns.
    var columnCount: Int { get }
    /// The values of a column, of all rows.
    func vector(_ column: Int) throws(QueryError) -> Vector
    /// The times by which the rows are ordered, whether or not a column has them.
    func times() throws(QueryError) -> Vector
    /// Times that no row is before or after, found without reading a column where that can be; nil if times must be read.
    var timeBounds: ClosedRange<Int64>? { get }
    /// What is known of the values of a column in all rows; nil if nothing is.
    func statistics(_ column: Int) -> ColumnStatistics?
    /// Whether anything is known of the values of any column.
    var hasStatistics: Bool { get }
    /// Whether anything above may ask for a column: those that nothing does are left out where rows are copied.
    func isNeeded(_ column: Int) -> Bool
    /// The type of a column.
    func type(of column: Int) -> ColumnType
}

extension ColumnSource {
    var hasStatistics: Bool { true }
    func isNeeded(_ column: Int) -> Bool { true }
}

/// A slice of a table.
final class LazySlice: ColumnSource {
    let slice: any SeriesSlice
    private let plan: ScanPlan
    let hasStatistics: Bool
    private let hasPlainDoubles: Bool
    private var vectors: [Vector?]

    /// - Parameters:
    ///   - hasStatistics: whether what is known of the slice is told.
    ///   - hasPlainDoubles: whether decimals are handed on as doubles.
    init(_ slice: any SeriesSlice, _ plan: ScanPlan, hasStatistics: Bool, hasPlainDoubles: Bool) {
        self.slice = slice
        self.hasPlainDoubles = hasPlainDoubles
        self.plan = plan
        self.hasStatistics = hasStatistics
        self.vectors = [Vector?](repeating: nil, count: plan.table.columns.count)
    }

    var rowCount: Int { slice.count }
    var columnCount: Int { vectors.count }
    var timeBounds: ClosedRange<Int64>? { slice.firstTime...slice.lastTime }

    func vector(_ column: Int) throws(QueryError) -> Vector {
        if let vector = vectors[column] { return vector }
        do throws(TableError) {
            var vector = try slice.vector(column: column)
            if hasPlainDoubles { vector = vector.withPlainDoubles }
            guard vector.count == slice.count else {
                throw TableError(.corrupt, "column \(column) has \(vector.count) rows, its slice \(slice.count)")
            }
            vectors[column] = vector
            return vector
        } catch {
            throw QueryError(error)
        }
    }

    func times() throws(QueryError) -> Vector { try vector(plan.table.timeColumn) }
    func statistics(_ column: Int) -> ColumnStatistics? { hasStatistics ? slice.statistics(column: column) : nil }
    func isNeeded(_ column: Int) -> Bool { plan.columns.contains(column) }
    func type(of column: Int) -> ColumnType { plan.table.columns[column].type }
}

/// Columns that are at hand.
final class MaterializedColumns: ColumnSource {
    let rowCount: Int
    private let columns: [Vector]
    private let orderTimes: Vector?

    /// - Parameters:
    ///   - times: by which the rows are ordered; nil if they come in no order of time.
    init(_ columns: [Vector], times: Vector?, rowCount: Int) {
        self.columns = columns
        self.orderTimes = times
        self.rowCount = rowCount
    }

    var columnCount: Int { columns.count }
    var timeBounds: ClosedRange<Int64>? { nil }
    var hasStatistics: Bool { false }
    func vector(_ column: Int) throws(QueryError) -> Vector { columns[column] }
    func type(of column: Int) -> ColumnType { columns[column].type }
    func statistics(_ column: Int) -> ColumnStatistics? { nil }

    func times() throws(QueryError) -> Vector {
        guard let orderTimes else { throw QueryError(.bug, "BUG: times of rows that have none") }
        return orderTimes
    }
}

/// Expressions over selected rows of another source.
final class ComputedColumns: ColumnSource {
    private let input: RowBatch
    private let projection: Projection
    private var vectors: [Vector?]

    init(_ input: RowBatch, _ projection: Projection) {
        self.input = input
        self.projection = projection
        self.vectors = [Vector?](repeating: nil, count: projection.nodes.count)
    }

    var rowCount: Int { input.rowCount }
    var columnCount: Int { vectors.count }
    var timeBounds: ClosedRange<Int64>? { input.source.timeBounds }
    func times() throws(QueryError) -> Vector { try input.times() }
    func type(of column: Int) -> ColumnType { projection.types[column] }
    /// What is computed from a column that nothing asks for is not asked for either.
    func isNeeded(_ column: Int) -> Bool { projection.inputs[column].allSatisfy(input.source.isNeeded) }

    func vector(_ column: Int) throws(QueryError) -> Vector {
        if let vector = vectors[column] { return vector }
        let vector = try projection.nodes[column].evaluate(input)
        vectors[column] = vector
        return vector
    }

    func statistics(_ column: Int) -> ColumnStatistics? {
        guard input.isWhole, let plain = projection.plainColumns[column] else { return nil }
        return input.source.statistics(plain)
    }
}

/// Selected rows of a source: what flows between operators. Columns that nobody asks for are never read.
final class RowBatch: EvaluationInput {
    let source: any ColumnSource
    let selection: Selection
    private var vectors: [Vector?]
    private var selectedTimes: Vector?

    init(_ source: any ColumnSource, _ selection: Selection) {
        self.source = source
        self.selection = selection
        self.vectors = [Vector?](repeating: nil, count: source.columnCount)
    }

    /// All rows of a source.
    convenience init(_ source: any ColumnSource) { self.init(source, .range(0..<source.rowCount)) }

    var rowCount: Int { selection.count }

    /// Whether these are all rows of the source, so that what is known about it holds for them.
    var isWhole: Bool { rowCount == source.rowCount }

    /// Fewer of the rows.
    func narrowed(to selection: Selection) -> RowBatch { RowBatch(source, selection) }

    /// The values of a column in the selected rows.
    func column(_ column: Int) throws(QueryError) -> Vector {
        guard vectors.indices.contains(column) else { throw QueryError(.bug, "BUG: there is no column \(column)") }
        if let vector = vectors[column] { return vector }
        let vector = selection.apply(try source.vector(column))
        vectors[column] = vector
        return vector
    }

    /// The times by which the selected rows are ordered.
    func times() throws(QueryError) -> Vector {
        if let selectedTimes { return selectedTimes }
        let times = selection.apply(try source.times())
        selectedTimes = times
        return times
    }

    /// One of the rows.
    func row(_ index: Int) -> RowBatch {
        switch selection {
        case .range(let range):
            let row = range.lowerBound + index
            return narrowed(to: .range(row..<row + 1))
        case .rows(let rows):
            let row = Int(rows[index])
            return narrowed(to: .range(row..<row + 1))
        }
    }

    /// All columns of the selected rows; null stands in those that nothing asks for.
    func record() throws(QueryError) -> RecordBatch {
        var columns: [Vector] = []
        columns.reserveCapacity(vectors.count)
        for index in vectors.indices {
            columns.append(
                source.isNeeded(index) ? try column(index) : .nulls(source.type(of: index), count: rowCount)
            )
        }
        return RecordBatch(columns: columns, rowCount: rowCount)
    }
}
