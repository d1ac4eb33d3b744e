public import Columnar
import Synchronization

/// What a shard did, readable from any thread.
public final class ShardStatistics: Sendable {
    /// The counts at one moment.
    public struct Counts: Sendable, Hashable {
        /// Events taken, of any kind.
        public var events = 0
        /// Level changes in them.
        public var changes = 0
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
        /// Level changes refused because a side was full.
        public var levelsRefused = 0
        /// Trades too late for their bar; stored all the same.
        public var lateTrades = 0
        /// Events whose time jumped too far to be believed.
        public var timeJumps = 0
    }

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

    func appended(_ result: Result<LSN, TableError>) {
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
