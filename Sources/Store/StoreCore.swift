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
    let syncer = WALSyncer()
    let maintenance = MaintenanceQueue()
    let listeners = CommitListeners()
    let manifest: ManifestKeeper
    let segmentCache: SegmentCache
    /// How often the directory was opened, this time included.
    let generation: UInt64
    /// Whether the store has threads of its own; a stepped one has none.
    let isThreaded: Bool
    /// Nanoseconds since some moment, for delays.
    let clock: @Sendable () -> UInt64
    /// Nanoseconds since the Unix epoch, to tell times that cannot be.
    let wallClock: @Sendable () -> Int64
    /// The last batch that readers see. Stored, with release, after the batch's rows are in the memtable.
    let committed: Atomic<LSN>
    /// Bytes of all memtables in ``state``.
    let memtableBytes = Atomic<Int>(0)
    /// Whether the last flush found the disk full.
    let isFlushBlocked = Atomic<Bool>(false)

    private let published: Mutex<StoreState>
    private let failure = Mutex<String?>(nil)
    private let hasFailed = Atomic<Bool>(false)

    init(_ parts: Parts, state: StoreState, committed: LSN) {
        directory = parts.directory
        files = parts.files
        options = parts.options
        catalog = parts.catalog
        manifest = ManifestKeeper(parts.manifest, directory: parts.directory, files: parts.files)
        segmentCache = parts.segmentCache
        generation = parts.generation
        isThreaded = parts.stepper == nil
        if let stepper = parts.stepper {
            clock = stepper.clock
            // No time is too far ahead in a test.
            wallClock = { .max }
        } else {
            clock = { MonotonicClock.now }
            wallClock = { WallClock.now }
        }
        queue = CommitQueue(bytesMax: options.queueBytesMax)
        self.committed = Atomic(committed)
        published = Mutex(state)
        memtableBytes.store(
            state.memtables.reduce(0) { $0 + $1.byteCount.load(ordering: .relaxed) },
            ordering: .relaxed
        )
    }

    /// What a core is made of.
    struct Parts {
        let directory: String
        let files: any FileSystem
        let options: StoreOptions
        let catalog: Catalog
        let manifest: Manifest
        let segmentCache: SegmentCache
        let generation: UInt64
        let stepper: StoreStepper?
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

    /// Lets a dropped table's segments go.
    func forget(_ table: TableID) {
        let segments = state.segments(of: table).all
        replaceState { $0.dropping(table) }
        // The record of the drop is durable: nothing opens them again.
        for segment in segments { segment.retire() }
    }

    /// The body of the sync thread.
    func runSyncer() {
        syncer.run(clock: clock, isAllowed: { readOnlyReason == nil }) { result in
            switch result {
            case .success(let nanoseconds): counters.syncs.record(nanoseconds)
            // What the kernel still holds of the file is unknown: a second fdatasync may lie. Fail-stop.
            case .failure(let error): turnReadOnly("fdatasync of the WAL failed: \(error.message)")
            }
        }
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
