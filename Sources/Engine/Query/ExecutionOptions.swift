/// How an execution goes about its work. No choice changes an answer, but for the rounding of floating sums.
public struct ExecutionOptions: Sendable, Hashable {
    /// Rows of a batch that operators hand on, at most.
    public var batchRows: Int
    /// Whether plans are rewritten and the fast operators chosen; without it everything goes the general way.
    public var usesOptimizer: Bool
    /// Whether what is known of slices may answer or skip them.
    public var usesStatistics: Bool
    /// Threads that may work on the execution at once, the one that pulls included.
    public var threads: Int
    /// Whether rows are folded along the one path that everything shares which is computed both as rows come and over history:
    /// a state for each series takes its rows from first to last, states are joined by series, and nothing is taken from
    /// statistics. Then floating sums have the same bits, whatever else is chosen here.
    public var isOrdered: Bool
    /// Whether rows that no ORDER BY sorts may come series by series, those of each by time, instead of by (time, series).
    var isSeriesBySeries = false
    /// Whether the input goes on: an operator that is told of no more rows gives those that it has, and is asked again.
    var isFollowing = false

    /// A row group of a segment. A few columns of as many doubles stay in a second-level cache of 1 MiB, and the cost of a
    /// call per batch and column vanishes beside them; half of it was measured 15 % slower.
    public static let batchRowsDefault = 8192

    /// Creates options; each has a default.
    public init(
        batchRows: Int = batchRowsDefault,
        usesOptimizer: Bool = true,
        usesStatistics: Bool = true,
        threads: Int = 1,
        isOrdered: Bool = false
    ) {
        self.batchRows = max(1, batchRows)
        self.usesOptimizer = usesOptimizer
        self.usesStatistics = usesStatistics
        self.threads = max(1, threads)
        self.isOrdered = isOrdered
    }

    /// Whether what is known of slices may take the place of their rows.
    var answersFromStatistics: Bool { usesStatistics && !isOrdered }
}
