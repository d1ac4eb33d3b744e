/// What an adapter has seen and done, in messages unless it says otherwise.
public struct BinanceCounters: Sendable, Hashable {
    /// Frames given to the adapter.
    public var frames = 0
    /// Bytes in them.
    public var bytes = 0
    /// Level changes, trades and quotes in the events that were emitted.
    public var changes = 0
    /// Depth messages.
    public var depth = 0
    /// Depth messages applied while the book was live.
    public var depthApplied = 0
    /// Buffered depth messages applied on top of a snapshot.
    public var depthSpliced = 0
    /// Depth messages that were older than the book or its snapshot, or given up with a buffer.
    public var depthDropped = 0
    /// Trades.
    public var trades = 0
    /// Best bid and offer messages.
    public var quotes = 0
    /// Snapshots applied.
    public var snapshots = 0
    /// Snapshots that were older than the buffered messages, and so fetched again.
    public var snapshotsTooOld = 0
    /// Snapshots that no book needed.
    public var snapshotsUnrequested = 0
    /// Clock events emitted.
    public var clocks = 0
    /// Frames that are not JSON.
    public var malformed = 0
    /// Messages whose content was refused.
    public var rejected = 0
    /// Messages that are valid and not ours: other streams, filtered symbols, acknowledgements.
    public var ignored = 0
    /// Update ids missing in a live book's stream.
    public var gaps = 0
    /// Times that an instrument became live again after its first time.
    public var resyncs = 0
    /// Times that the messages waiting for a snapshot were given up because ids were missing or there were too many.
    public var bufferRestarts = 0
    /// Subscriptions that the venue refused.
    public var subscriptionsRefused = 0
    /// The last refused frame's error.
    public var lastError: IngestError?

    /// Creates counters at zero.
    public init() {}
}
