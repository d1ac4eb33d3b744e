/// What an execution did so far.
public struct QueryStatistics: Sendable, Hashable {
    /// Rows of the slices that were looked at.
    public var rowsScanned = 0
    /// Slices that were looked at.
    public var slicesScanned = 0
    /// Slices that their statistics ruled out.
    public var slicesSkipped = 0
    /// Slices that their statistics answered, so that no value was read.
    public var slicesAnswered = 0
    /// Rows of the answer.
    public var rowsReturned = 0
    /// Nanoseconds from the start to now, or to the end.
    public var elapsedNanoseconds: Int64 = 0

    /// Nothing done.
    public init() {}
}
