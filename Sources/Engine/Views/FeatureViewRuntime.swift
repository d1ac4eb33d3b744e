public import Columnar
import QueryLang
import Synchronization

/// Computes feature views as events are committed: on one thread of its own, by the operators of their queries.
///
/// An instrument's plan starts with the first event that comes, from as far back in the store as its windows look. Its values
/// depend on the stored events alone, and not on how they were cut into batches.
public final class FeatureViewRuntime: CommitListener {
    /// What the runtime needs from the rest of the process.
    public struct Dependencies: Sendable {
        /// Where events come from.
        public var source: any CommitFeed
        /// Where rows of views go that are stored; nil stores none.
        public var sink: (any TableSink)?
        /// Where updates go; nil computes for the store alone.
        public var publisher: (any ViewPublisher)?
        /// The store's durable count of starts; part of every epoch.
        public var generation: UInt64
        /// Nanoseconds since the Unix epoch, for compute times.
        public var clock: @Sendable () -> Int64
        /// Rows that may wait at most; past it, plans start again from the store.
        public var queueRowsMax = 1_000_000
        /// Nanoseconds between comparisons of a live row with the query over history; 0 compares after every batch.
        public var parityInterval: Int64 = 10_000_000_000
        /// Where and how often the state of plans is written down; nil for never: then plans start from the store alone.
        public var checkpoints: FeatureCheckpointOptions?
        /// Takes lines for whoever looks after the process.
        public var log: @Sendable (String) -> Void = { _ in }

        /// Creates dependencies.
        public init(
            source: any CommitFeed,
            sink: (any TableSink)?,
            publisher: (any ViewPublisher)?,
            generation: UInt64,
            clock: @escaping @Sendable () -> Int64
        ) {
            self.source = source
            self.sink = sink
            self.publisher = publisher
            self.generation = generation
            self.clock = clock
        }
    }

    /// Counts, readable from any thread.
    public let statistics = FeatureViewStatistics()
    private let dependencies: Dependencies
    private let queue: FeatureViewQueue
    private let parity: ParityChecker
    private let checkpointWriter: CheckpointWriter?
    /// Names of tables whose rows are wanted.
    private let wanted: Mutex<Set<String>>
    private let threads = Mutex<[BackgroundThread]>([])

    /// Creates a runtime that does nothing until it is started.
    public init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
        queue = FeatureViewQueue(rowsMax: dependencies.queueRowsMax)
        parity = ParityChecker(statistics)
        checkpointWriter = CheckpointWriter(dependencies, statistics)
        wanted = Mutex([FeatureViewTable.schema.name])
    }

    /// Listens from now on, and starts the thread; the publisher was told of the views when this returns.
    public func start() {
        dependencies.source.addListener(self)
        // The definitions are read on the thread.
        queue.append(.changed(0))
        let parts = FeatureViewWorker.Parts(
            dependencies: dependencies,
            statistics: statistics,
            parity: parity,
            checkpoints: checkpointWriter
        ) { [weak self] tables in
            self?.wanted.withLock { $0 = tables.union([FeatureViewTable.schema.name]) }
        }
        let started = BackgroundThread { [queue] in
            let worker = FeatureViewWorker(parts)
            while let items = queue.take() { worker.process(items) }
            worker.finish()
        }
        guard started.isStarted else { return }
        let comparing = BackgroundThread(niceness: BackgroundThread.nicenessOfJobs) { [parity] in parity.run() }
        let writing = checkpointWriter.map { writer in
            BackgroundThread(niceness: BackgroundThread.nicenessOfJobs) { writer.run() }
        }
        threads.withLock { $0 = [started, comparing] + (writing.map { [$0] } ?? []) }
        // What is committed from now on is wanted.
        queue.waitUntilIdle()
    }

    /// Ends the thread; what waits is not computed any more, and the state of all plans is written down, if it is at all. Call
    /// it before the store is closed.
    public func stop() {
        dependencies.source.removeListener(self)
        queue.stop()
        parity.stop()
        let running = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        // The first one hands the last states to the one that writes them.
        running.first?.join()
        checkpointWriter?.stop()
        for thread in running.dropFirst() { thread.join() }
    }

    /// Waits until everything that was committed so far has been computed.
    public func waitUntilIdle() {
        queue.waitUntilIdle()
        // Without its thread nothing is ever compared.
        if threads.withLock({ !$0.isEmpty }) {
            parity.waitUntilIdle()
            checkpointWriter?.waitUntilIdle()
        }
    }

    // MARK: - CommitListener

    /// See ``CommitListener/committed(_:)``.
    public func committed(_ batch: CommittedBatch) {
        let tables = wanted.withLock { $0 }
        let groups = batch.groups.filter { tables.contains($0.table) }
        if groups.isEmpty { return }
        queue.append(.rows(lsn: batch.lsn, groups), rows: groups.reduce(0) { $0 + $1.rowCount })
    }

    /// See ``CommitListener/changed(_:)``.
    public func changed(_ change: CommittedChange) {
        guard wanted.withLock({ $0.contains(change.table) }) else { return }
        queue.append(.changed(change.lsn))
    }
}

/// What the runtime of feature views did so far.
public final class FeatureViewStatistics: Sendable {
    /// One count.
    public final class Count: Sendable {
        private let atomic = Atomic<Int>(0)

        /// The value.
        public var value: Int { atomic.load(ordering: .relaxed) }
        func add(_ more: Int = 1) { atomic.wrappingAdd(more, ordering: .relaxed) }
        func set(_ value: Int) { atomic.store(value, ordering: .relaxed) }
    }

    /// Views that are computed live.
    public let views = Count()
    /// Plans: one a view and instrument.
    public let plans = Count()
    /// Updates made.
    public let updates = Count()
    /// Rows handed to the store.
    public let storedRows = Count()
    /// Batches of rows that the store did not keep.
    public let refusedBatches = Count()
    /// Rows that came too late for windows, and changed nothing that was sent.
    public let lateRows = Count()
    /// Times that more waited than may, and plans started again.
    public let overruns = Count()
    /// Plans that ended with an error.
    public let failures = Count()
    /// Live rows that were compared with the query over history.
    public let parityChecks = Count()
    /// Those that differed.
    public let parityMismatches = Count()
    /// Checkpoints written: one a view and instrument, each time.
    public let checkpoints = Count()
    /// Bytes of the last checkpoints of all views.
    public let checkpointBytes = Count()
    /// Plans that went on from a checkpoint.
    public let checkpointsResumed = Count()
    /// Checkpoints that were found and of no use.
    public let checkpointsIgnored = Count()
    /// States that were not written for want of room.
    public let checkpointsLeftOut = Count()
    /// Files of checkpoints that could not be written.
    public let checkpointFailures = Count()
}
