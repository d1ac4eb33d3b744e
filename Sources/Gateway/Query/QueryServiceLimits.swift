internal import Engine

/// Bounds of queries.
///
/// A query waits in the queue, then runs: it takes turns on a worker, a piece of its answer at a time. While its reader has
/// more than it takes, the query holds no worker, but the memory of its operators. So at most
/// `(workers + readers) × memoryBytesMax` bytes are held by all queries together.
public struct QueryServiceLimits: Sendable, Hashable {
    /// Queries that compute at the same time: each takes a core.
    public var workers = 2
    /// Queries that may wait to be begun; one more is refused.
    public var queued = 64
    /// Nanoseconds that a query may wait to be begun; then it is refused.
    public var queueWaitNanoseconds: Int64 = 10_000_000_000
    /// Queries that may be begun beside those that compute: they wait for their readers, or for their next turn.
    public var readers = 16
    /// Nanoseconds from arrival to the last piece; a request may only ask for less.
    public var timeoutNanoseconds: Int64 = 60_000_000_000
    /// Bytes that the operators of one query may hold.
    public var memoryBytesMax = ExecutionLimits.memoryBytesDefault
    /// Bytes of a query's text; 413 beyond.
    public var textBytesMax = 1 << 20
    /// Bytes after which a piece of an answer is sent. Large enough that a hop between threads does not count.
    public var pieceBytes = 64 * 1024
    /// Nanoseconds after which a query without a whole piece gives way to those in line. Short beside what a person notices,
    /// long beside the microseconds that a change of turns costs.
    public var turnNanoseconds: Int64 = 20_000_000
    /// Nanoseconds for which a reader may take nothing before it counts as slow. Slow readers are cut off, but only while
    /// somebody else could be begun in their place: longer than a busy network's hiccup, shorter than anybody likes to wait.
    public var readerPatienceNanoseconds: Int64 = 2_000_000_000

    /// Creates the default limits.
    public init() {}
}
