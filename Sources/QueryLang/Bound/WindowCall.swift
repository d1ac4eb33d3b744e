public import Columnar

/// A call of a function over the rows around each row: `avg(price) OVER (PARTITION BY symbol ORDER BY time ROWS 100 PRECEDING)`.
public struct WindowCall: Sendable, Hashable {
    /// The function.
    public var function: WindowFunction
    /// What it is computed of; for `lag` and `lead` a second one is the value where there is no such row.
    public var arguments: [BoundExpression]
    /// FILTER: only rows for which it is true count, as if all arguments were null in the others. Nil means all rows.
    public var filter: BoundExpression?
    /// PARTITION BY; empty is one partition. Rows see only rows of their own partition.
    public var partition: [BoundExpression]
    /// ORDER BY within a partition. Empty: as rows come, which is by (time, series, arrival).
    public var order: [WindowOrder]
    /// Which rows of the partition count; of no meaning to functions that look at one row at a time.
    public var frame: WindowFrame
    /// The type of the value.
    public var type: ColumnType
    /// Where it stands in the text that it was bound from, which may be that of a view; nil if it stands in none.
    @IgnoredInComparison public var span: SourceSpan? = nil

    /// Creates a call.
    public init(
        function: WindowFunction,
        arguments: [BoundExpression],
        partition: [BoundExpression],
        order: [WindowOrder],
        frame: WindowFrame,
        type: ColumnType,
        filter: BoundExpression? = nil
    ) {
        self.function = function
        self.arguments = arguments
        self.filter = filter
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
    /// The number of the first row that is equal in ORDER BY.
    case rank
    /// The number of the group of rows that are equal in ORDER BY, from 1.
    case denseRank
    /// `(rank - 1) / (rows - 1)`; 0 of a single row.
    case percentRank
    /// The share of rows that are not after the row in ORDER BY.
    case cumulativeDistribution
    /// Which of so many parts of the partition the row is in, from 1: their sizes differ by one at most, larger ones first.
    case tile(count: Int)
    /// The value of the first row of the frame, null or not.
    case firstValue
    /// The value of the last row of the frame, null or not.
    case lastValue
    /// The value of the frame's row of this number, from 1; null if there are fewer.
    case nthValue(number: Int)
    /// The value of the frame's row of this number, from 1, of those whose value is not null.
    case nthPresentValue(number: Int)
    /// The value so many rows before.
    case lag(offset: Int)
    /// The value so many rows after.
    case lead(offset: Int)
    /// The value so many rows before, of those whose value is not null.
    case presentLag(offset: Int)
    /// The value so many rows after, of those whose value is not null.
    case presentLead(offset: Int)
    /// `x - lag(x, offset)`; null where there is no such row or either is null.
    case difference(offset: Int)
    /// The sum of all values up to the row.
    case cumulativeSum
    /// The mean of the last `count` values that are not null; null until there are so many.
    case simpleMovingAverage(count: Int)
    /// The exponential moving average with α = 2 / (count + 1), seeded with the mean of the first `count` values; null until
    /// there are so many. A null value changes nothing, and gives the average so far.
    case exponentialMovingAverage(count: Int)
    /// A technical indicator or a candlestick pattern.
    case indicator(IndicatorCall)
}

/// One term of a window's ORDER BY.
public struct WindowOrder: Sendable, Hashable {
    /// What to order by.
    public var expression: BoundExpression
    /// Whether larger values come first. Nulls come last in ascending order, first in descending.
    public var isDescending: Bool
    /// Whether rows that are equal in all terms come in the reverse of their order: of the last term alone.
    public var reversesTies = false

    /// Creates a term.
    public init(expression: BoundExpression, isDescending: Bool) {
        self.expression = expression
        self.isDescending = isDescending
    }
}

/// The rows around a row that count for it.
public struct WindowFrame: Sendable, Hashable {
    /// What bounds count.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Rows.
        case rows = "ROWS"
        /// Places of the one ORDER BY term, an int64 or a timestamp, whose nanoseconds they are; `currentRow` then means all
        /// rows that are equal in ORDER BY.
        case range = "RANGE"
        /// Groups of rows that are equal in ORDER BY; `currentRow` means the row's own.
        case groups = "GROUPS"
    }

    /// Rows that a frame leaves out.
    public enum Exclusion: String, Sendable, Hashable, CaseIterable {
        /// None.
        case noOthers = "NO OTHERS"
        /// The row itself.
        case currentRow = "CURRENT ROW"
        /// The row and those that are equal in ORDER BY.
        case group = "GROUP"
        /// Those that are equal in ORDER BY, but not the row itself.
        case ties = "TIES"
    }

    /// One end of a frame.
    public enum Bound: Sendable, Hashable {
        /// The first row of the partition.
        case unboundedPreceding
        /// So many rows, places or groups before.
        case preceding(Int64)
        /// With ``Unit/rows`` the row itself, else the first or last row that compares equal in ORDER BY.
        case currentRow
        /// So many rows, places or groups after.
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
    /// The rows between them that do not count.
    public var exclusion: Exclusion
    /// Whether an end ``Bound/currentRow`` of a ``Unit/range`` is the row itself, and not the last row that is equal: what
    /// QuestDB means.
    public var endsWithRow: Bool

    /// Creates a frame.
    public init(
        unit: Unit,
        start: Bound,
        end: Bound,
        excluding exclusion: Exclusion = .noOthers,
        endsWithRow: Bool = false
    ) {
        self.unit = unit
        self.start = start
        self.end = end
        self.exclusion = exclusion
        self.endsWithRow = endsWithRow
    }

    /// All rows of the partition.
    public static let whole = WindowFrame(unit: .rows, start: .unboundedPreceding, end: .unboundedFollowing)
    /// Everything up to the row and its equals: SQL's frame where ORDER BY stands without one.
    public static let running = WindowFrame(unit: .range, start: .unboundedPreceding, end: .currentRow)
}
