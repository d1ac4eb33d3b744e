public import Columnar

/// Rows of two queries put together or compared. Columns of both have the same types.
///
/// Rows are equal if all their columns are; NULL equals NULL here, and NaN equals NaN. The rows of a union are those of the
/// left query, then those of the right one, each in their order; the others keep the order of the left query.
public struct BoundSet: Sendable, Hashable {
    /// What is made of the rows.
    public var operation: SetOperation
    /// Whether equal rows count each: a union then keeps all, EXCEPT takes one row away for each equal one on the right,
    /// INTERSECT keeps as many as both sides have. Without, equal rows are one.
    public var isAll: Bool
    /// The first query.
    public var left: BoundSelect
    /// The second query.
    public var right: BoundSelect

    /// Creates a set operation.
    public init(_ operation: SetOperation, isAll: Bool, _ left: BoundSelect, _ right: BoundSelect) {
        self.operation = operation
        self.isAll = isAll
        self.left = left
        self.right = right
    }

    /// The column that is the designated timestamp of both; nil if there is none.
    public var timeColumn: Int? { left.timeOutput == right.timeOutput ? left.timeOutput : nil }

    /// The column that is the series key of both; nil if there is none.
    public var seriesColumn: Int? { left.seriesOutput == right.seriesOutput ? left.seriesOutput : nil }
}

/// Rows that stand in the text: VALUES, or the one row without columns that a SELECT without FROM is over.
public struct BoundValues: Sendable, Hashable {
    /// Types of the columns.
    public var types: [ColumnType]
    /// The rows, each with one value a column.
    public var rows: [[Scalar]]

    /// Creates rows.
    public init(types: [ColumnType], rows: [[Scalar]]) {
        self.types = types
        self.rows = rows
    }
}

/// Rows of one column that are computed: `start`, `start + step`, …
public struct BoundSequence: Sendable, Hashable {
    /// int64 or timestamp.
    public var type: ColumnType
    /// The first value.
    public var start: Int64
    /// From one value to the next; not 0.
    public var step: Int64
    /// How many there are; the last one fits Int64.
    public var count: Int64

    /// Creates a sequence.
    public init(type: ColumnType, start: Int64, step: Int64, count: Int64) {
        self.type = type
        self.start = start
        self.step = step
        self.count = count
    }
}
