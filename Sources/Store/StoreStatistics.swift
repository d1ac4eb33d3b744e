public import Columnar
import Synchronization

/// What a store did since it was opened, and how full it is. One consistent enough look; for metrics.
public struct StoreStatistics: Sendable {
    /// Counts of values up to each bound, with the sum.
    public struct Histogram: Sendable {
        /// Upper bounds of the buckets, ascending; what is above the last is in no bucket but in ``count``.
        public let bounds: [UInt64]
        /// Values at or below each bound and above the one before.
        public let counts: [UInt64]
        /// All values.
        public let count: UInt64
        /// Their sum.
        public let sum: UInt64
    }

    /// Bytes written to the WAL.
    public var walBytes: UInt64
    /// Calls of fdatasync on the WAL, with their duration in nanoseconds.
    public var walSyncs: Histogram
    /// Group commits, with the number of batches in each.
    public var walGroups: Histogram
    /// The last batch that readers see.
    public var committedLSN: LSN
    /// Batches and rows appended.
    public var batchesAppended: UInt64
    /// Rows appended.
    public var rowsAppended: UInt64
    /// Batches refused or failed, by why.
    public var rejected: [TableError.Code: UInt64]
    /// Bytes that wait for the WAL.
    public var queueBytes: Int
    /// Bytes of all memtables.
    public var memtableBytes: Int
    /// Memtables that wait to be flushed, or are.
    public var sealedMemtables: Int
    /// Flushes completed.
    public var flushes: UInt64
    /// Flushes that failed and were or will be tried again.
    public var flushFailures: UInt64
    /// Live segment files.
    public var segments: Int
    /// Their bytes.
    public var segmentBytes: UInt64
    /// Their rows.
    public var segmentRows: UInt64
    /// Why the store takes no more writes; nil if it does.
    public var readOnlyReason: String?

    /// Bytes of segments that the background has still to merge.
    public var compactionDebtBytes: UInt64 = 0
    /// Merges completed.
    public var compactions: UInt64 = 0
    /// Bytes that these merges wrote.
    public var compactedBytes: UInt64 = 0
    /// Partitions dropped because their rows were older than their table's time to live.
    public var retentionDrops: UInt64 = 0
    /// Reads that found their segment open.
    public var segmentCacheHits: UInt64 = 0
    /// Reads that had to open it.
    public var segmentCacheMisses: UInt64 = 0
    /// Segment files that are open.
    public var openSegments: Int = 0
    /// Bytes of replaced or dropped segments whose files stay because a snapshot reads them.
    public var deadBytes: UInt64 = 0
    /// Merges that failed and will be tried again.
    public var compactionFailures: UInt64 = 0
    /// How full each table is, in the order of their creation; without the bytes of columns.
    public var tables: [TableStatistics] = []
}

/// What opening a store found in the WAL.
public struct StoreRecovery: Sendable, Hashable {
    /// WAL files read.
    public var files = 0
    /// Bytes in them.
    public var bytes = 0
    /// Records applied.
    public var records = 0
    /// Rows in them.
    public var rows = 0
    /// Bytes of a torn tail that were cut off.
    public var truncatedBytes = 0
}

/// The counters behind ``StoreStatistics``; any thread may count.
final class StoreCounters: Sendable {
    let walBytes = Atomic<UInt64>(0)
    let batches = Atomic<UInt64>(0)
    let rows = Atomic<UInt64>(0)
    let flushes = Atomic<UInt64>(0)
    let flushFailures = Atomic<UInt64>(0)
    let merges = Atomic<UInt64>(0)
    let mergedBytes = Atomic<UInt64>(0)
    let mergeFailures = Atomic<UInt64>(0)
    let partitionsDropped = Atomic<UInt64>(0)
    /// 100 µs is a good NVMe, 1 s a disk in trouble.
    let syncs = HistogramCounter(bounds: [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 1_000_000_000,
    ])
    let groups = HistogramCounter(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024])
    private let rejections = Mutex<[TableError.Code: UInt64]>([:])

    func reject(_ code: TableError.Code) { rejections.withLock { $0[code, default: 0] += 1 } }

    var rejected: [TableError.Code: UInt64] { rejections.withLock { $0 } }
}

/// Counts values by bucket.
final class HistogramCounter: Sendable {
    private struct Content {
        var counts: [UInt64]
        var count: UInt64 = 0
        var sum: UInt64 = 0
    }

    private let bounds: [UInt64]
    private let content: Mutex<Content>

    init(bounds: [UInt64]) {
        self.bounds = bounds
        self.content = Mutex(Content(counts: [UInt64](repeating: 0, count: bounds.count)))
    }

    func record(_ value: UInt64) {
        let bucket = bounds.firstIndex { value <= $0 }
        content.withLock { content in
            if let bucket { content.counts[bucket] += 1 }
            content.count += 1
            content.sum &+= value
        }
    }

    var histogram: StoreStatistics.Histogram {
        content.withLock { content in
            StoreStatistics.Histogram(bounds: bounds, counts: content.counts, count: content.count, sum: content.sum)
        }
    }
}
