/// Bounds on what one query may take. Passing one ends the query with an error of code `limit_exceeded`.
public struct ExecutionLimits: Sendable, Hashable {
    /// Rows that ORDER BY may hold; with LIMIT only twice the limit is held.
    public var sortedRowsMax: Int
    /// Groups of an aggregation, over all series.
    public var groupsMax: Int
    /// Bytes of values that operators may hold between their input and their output.
    public var memoryBytesMax: Int
    /// Nanoseconds from the start to the last batch; nil for no bound.
    public var timeoutNanoseconds: Int64?

    /// Eight columns of as many rows are what ``memoryBytesDefault`` holds; that bound is met first by wider ones.
    public static let sortedRowsDefault = 8_000_000
    /// A day of 1-second bars of eleven instruments; the state of a bar is about 250 bytes.
    public static let groupsDefault = 1_000_000
    /// A quarter of the memory of a small machine.
    public static let memoryBytesDefault = 512 << 20
    /// What a person waits, and longer than a full scan of some hundred million rows.
    public static let timeoutDefault: Int64 = 60_000_000_000

    /// Creates limits; each has a default.
    public init(
        sortedRowsMax: Int = sortedRowsDefault,
        groupsMax: Int = groupsDefault,
        memoryBytesMax: Int = memoryBytesDefault,
        timeoutNanoseconds: Int64? = timeoutDefault
    ) {
        self.sortedRowsMax = sortedRowsMax
        self.groupsMax = groupsMax
        self.memoryBytesMax = memoryBytesMax
        self.timeoutNanoseconds = timeoutNanoseconds
    }
}
