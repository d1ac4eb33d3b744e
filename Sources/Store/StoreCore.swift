import Columnar
import Synchronization

/// What the store's threads and its callers share.
final class StoreCore: Sendable {
    let directory: String
    let files: any FileSystem
    let options: StoreOptions
    let catalog: Catalog
    let counters = StoreCounters()
    let queue: CommitQueue
    let flushes = FlushQueue()
    /// The last batch that readers see. Stored, with release, after the batch's rows are in the memtable.
    let committed: Atomic<LSN>
    /// Bytes of all memtables in ``state``.
    let memtableBytes = Atomic<Int>(0)
    /// Whether the last flush found the disk full.
    let isFlushBlocked = Atomic<Bool>(false)

    private let published: Mutex<StoreState>
    private let failure = Mutex<String?>(nil)
    private let hasFailed = Atomic<Bool>(false)

    init(
        directory: String,
        files: any FileSystem,
        options: StoreOptions,
        catalog: Catalog,
        state: StoreState,
        committed: LSN
    ) {
        self.directory = directory
        self.files = files
        self.options = options
        self.catalog = catalog
        self.queue = CommitQueue(bytesMax: options.queueBytesMax)
        self.committed = Atomic(committed)
        self.published = Mutex(state)
        memtableBytes.store(
            state.memtables.reduce(0) { $0 + $1.byteCount.load(ordering: .relaxed) },
            ordering: .relaxed
        )
    }

    // MARK: Reading

    var state: StoreState { published.withLock { $0 } }

    /// State and LSN of one moment: rows that are committed after this state was replaced cannot slip between.
    func snapshot() -> StoreSnapshot {
        published.withLock { state in
            StoreSnapshot(
                state: state,
                committed: committed.load(ordering: .acquiring),
                catalogState: catalog.state
            )
        }
    }

    func replaceState(_ change: (StoreState) -> StoreState) {
        published.withLock { $0 = change($0) }
    }

    // MARK: Failure

    /// Why the store takes no writes; nil if it does.
    var readOnlyReason: String? {
        hasFailed.load(ordering: .acquiring) ? failure.withLock { $0 } : nil
    }

    /// Ends writing for good; the first reason stays.
    func turnReadOnly(_ reason: String) {
        failure.withLock { $0 = $0 ?? reason }
        hasFailed.store(true, ordering: .releasing)
    }

    /// The error of a write to a store that takes none; nil if it does.
    var readOnlyError: TableError? {
        readOnlyReason.map { reason in
            TableError(.readOnly, "the store is read-only: \(reason); reads go on; check the disk, then restart")
        }
    }

    /// The error of a write that has no room; nil if there is room for it to try.
    var memoryError: TableError? {
        let held = memtableBytes.load(ordering: .relaxed)
        guard held >= options.memtableBytesMax else { return nil }
        if isFlushBlocked.load(ordering: .relaxed) {
            return TableError(.diskFull, "the disk is full: \(held) bytes wait to be flushed; free space on the disk")
        }
        return TableError(.congested, "flushing lags: \(held) bytes wait; try again shortly")
    }
}
