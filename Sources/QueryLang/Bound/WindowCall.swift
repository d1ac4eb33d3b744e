public import Columnar

/// A call of a function over the rows around each row: `avg(price) OVER (PARTITION BY symbol ORDER BY time ROWS 100 PRECEDING)`.
public struct WindowCall: Sendable, Hashable {
    /// The function.
    public var function: WindowFunction
    /// What it is computed of; for ``WindowFunction/lag(offset:)`` and ``WindowFunction/lead(offset:)`` a second one is the value where there is no such row.
    public var arguments: [BoundExpression]
    /// PARTITION BY; empty is one partition. Rows see only rows of their own partition.
    public var partition: [BoundExpression]
    /// ORDER BY within a partition. Empty: as rows come, which is by (time, series, arrival).
    public var order: [WindowOrder]
    /// Which rows of the partition count; of no meaning to functions that look at one row at a time.
    public var frame: WindowFrame
    /// The type of the value.
    public var type: ColumnType

    /// Creates a call.
    public init(
        function: WindowFunction,
        arguments: [BoundExpression],
        partition: [BoundExpression],
        order: [WindowOrder],
        frame: WindowFrame,
        type: ColumnType
    ) {
        self.function = function
        self.arguments = arguments
        self.partition = partition
        self.order = order
        self.frame = frame
        self.type = type
    }
}

/// What is computed over a window.
public enum WindowFunction: Sendable, Hashable {
    /// An aggregate of one output over the frame.
    case aggregate(AggregateFunction)
    /// The number of the row in its partition, from 1.
    case rowNumber
    /// The value so many rows before.
    case lag(offset: Int)
    /// The value so many rows after.
    case lead(offset: Int)
    /// `x - lag(x, offset)`; null where there is no such row or either is null.
    case difference(offset: Int)
    /// The sum of all values up to the row.
    case cumulativeSum
    /// The mean of the last `count` values that are not null; null until there are so many.
    case simpleMovingAverage(count: Int)
    /// The exponential moving average with α = 2 / (count + 1), seeded with the mean of the first `count` values; null until
    /// there are so many. A null value changes nothing, and gives the average so far.
    case exponentialMovingAverage(count: Int)
}

/// One term of a window's ORDER BY.
public struct WindowOrder: Sendable, Hashable {
    /// What to order by.
    public var expression: BoundExpression
    /// Whether larger values come first. Nulls come last in ascending order, first in descending.
    public var isDescending: Bool

    /// Creates a term.
    public init(expression: BoundExpression, isDescending: Bool) {
        self.expression = expression
        self.isDescending = isDescending
    }
}

/// The rows around a row that count for it.
public struct WindowFrame: Sendable, Hashable {
    /// What bounds count.
    public enum Unit: Sendable, Hashable {
        /// Rows.
        case rows
        /// Nanoseconds of the one ORDER BY term, a timestamp; `currentRow` then means all rows of the same time.
        case range
    }

    /// One end of a frame.
    public enum Bound: Sendable, Hashable {
        /// The first row of the partition.
        case unboundedPreceding
        /// So many rows or nanoseconds before.
        case preceding(Int64)
        /// The row itself; with ``Unit/range``, the first or last row that compares equal in ORDER BY.
        case currentRow
        /// So many rows or nanoseconds after.
        case following(Int64)
        /// The last row of the partition.
        case unboundedFollowing
    }

    /// What bounds count.
    public var unit: Unit
    /// The first row.
    public var start: Bound
    /// The last row, included.
    public var end: Bound

    /// Creates a frame.
    public init(unit: Unit, start: Bound, end: Bound) {
        self.unit = unit
        self.start = start
        self.end = end
    }

    /// All rows of the partition.
    public static let whole = WindowFrame(unit: .rows, start: .unboundedPreceding, end: .unboundedFollowing)
    /// Everything up to the row and its equals: SQL's frame where ORDER BY stands without one.
    public static let running = WindowFrame(unit: .range, start: .unboundedPreceding, end: .currentRow)
}
