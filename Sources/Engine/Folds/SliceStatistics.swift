public import Columnar

/// What is known of all rows of a slice without reading them: the arguments of a fold by their statistics.
public struct SliceStatistics: Sendable, Hashable {
    /// Of each argument of the fold; nil where an argument is not just a column, or nothing is known of it.
    public var arguments: [ColumnStatistics?]
    /// The number of rows, at least 1.
    public var rowCount: Int
    /// Time of the first row, the smallest.
    public var firstTime: Int64
    /// Time of the last row, the largest.
    public var lastTime: Int64

    /// Creates statistics.
    public init(arguments: [ColumnStatistics?], rowCount: Int, firstTime: Int64, lastTime: Int64) {
        self.arguments = arguments
        self.rowCount = rowCount
        self.firstTime = firstTime
        self.lastTime = lastTime
    }

    /// Of the first argument; nil if nothing is known, or there is none.
    var first: ColumnStatistics? { arguments.first ?? nil }

    /// Of the second argument; nil if nothing is known, or there is none.
    var second: ColumnStatistics? { arguments.count > 1 ? arguments[1] : nil }

    /// Whether an argument is known to be null in every row, so that a fold that skips such rows takes none.
    var hasNullArgument: Bool { arguments.contains { $0?.nullCount == rowCount } }
}
