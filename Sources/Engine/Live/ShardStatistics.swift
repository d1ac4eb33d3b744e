public import Columnar
import Synchronization

/// What a shard did, readable from any thread.
public final class ShardStatistics: Sendable {
    /// The counts at one moment.
    public struct Counts: Sendable, Hashable {
        /// Events taken, of any kind.
        public var events = 0
        /// Trades among them.
        public var trades = 0
        /// Quotes among them.
        public var quotes = 0
        /// Depth events among them.
        public var depths = 0
        /// Snapshots among them.
        public var snapshots = 0
        /// Changes of a book's state among them.
        public var states = 0
        /// Clock events among them.
        public var clocks = 0
        /// Level changes that were applied.
        public var changes = 0
        /// Depth events that came without a book to apply to, and were not stored.
        public var rejected = 0
        /// Updates handed to the publisher.
        public var updates = 0
        /// Rows handed to the sink.
        public var rows = 0
        /// Batches that the sink did not keep.
        public var appendFailures = 0
        /// Quotes compared with the book at an equal update id.
        public var booksCompared = 0
        /// Of these, quotes that differed.
        public var bookMismatches = 0
        /// Level changes refused because a side was full or a size negative.
        public var levelsRefused = 0
        /// Trades too late for their bar; stored all the same.
        public var lateTrades = 0
        /// Events whose time jumped too far to be believed.
        public var timeJumps = 0
        /// Instruments whose open bar could not be read back from the store.
        public var warmUpFailures = 0
    }

    private let rowsWereLost = Atomic(false)
    private let shared = Mutex<(counts: Counts, failure: TableError?)>((Counts(), nil))

    /// The counts as of the last batch.
    public var counts: Counts { shared.withLock { $0.counts } }

    /// Why the last batch was not kept; nil if it was.
    public var lastFailure: TableError? { shared.withLock { $0.failure } }

    /// Shows new counts; failures of appends are kept here, as they come from the sink's thread.
    func publish(_ counts: Counts) {
        shared.withLock { shared in
            let failures = shared.counts.appendFailures
            shared.counts = counts
            shared.counts.appendFailures = failures
        }
    }

    /// Whether the sink did not keep a batch since the last call.
    func takeRowsWereLost() -> Bool {
        rowsWereLost.load(ordering: .relaxed) && rowsWereLost.exchange(false, ordering: .relaxed)
    }

    func appended(_ result: Result<LSN, TableError>) {
        if case .failure = result { rowsWereLost.store(true, ordering: .relaxed) }
        shared.withLock { shared in
            switch result {
            case .success: shared.failure = nil
            case .failure(let error):
                shared.counts.appendFailures += 1
                shared.failure = error
            }
        }
    }
}

/// Counts that a shard and its instruments share on their loop.
final class LoopCounts {
    var counts = ShardStatistics.Counts()
}
