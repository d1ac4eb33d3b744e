public import Columnar
import Synchronization

/// Tables on disk: every acknowledged write survives, a batch is never half there, readers never wait for writers.
///
/// Two threads serve it. The WAL thread takes batches from a bounded queue, writes and syncs them in groups and appends
/// them to the memtable; the flush thread turns sealed memtables into segments. Readers take a ``snapshot()`` and hold
/// no lock. docs/storage.md tells the format, the faults and what each one does.
public final class Store: TableSource, TableSink, CatalogEditor {
    private let core: StoreCore
    private let threads: [WorkerThread]
    private let lock: any DirectoryLock
    private let life = Monitor(Life.open)

    /// How often this directory was opened, this time included; durable before ``open(directory:options:fileSystem:)``
    /// returned. 1 in a fresh directory.
    public let generation: UInt64
    /// What was found in the WAL.
    public let recovery: StoreRecovery

    private enum Life {
        case open
        case closing
        case closed
    }

    private init(opened: OpenedStore, threads: [WorkerThread]) {
        self.core = opened.core
        self.lock = opened.lock
        self.generation = opened.generation
        self.recovery = opened.recovery
        self.threads = threads
    }

    deinit {
        // A store that was not closed: its threads end on their own; what was acknowledged is in the WAL.
        let isAbandoned = life.withLock { $0 == .open }
        if isAbandoned, core.queue.close(.stop(false)) {
            for thread in threads { thread.detach() }
        }
    }

    /// Opens a data directory, creating it if need be, and replays its WAL.
    ///
    /// Refuses a directory that another process has open, and one whose files are damaged, naming file and offset.
    public static func open(
        directory: String,
        options: StoreOptions = StoreOptions(),
        fileSystem: any FileSystem = PosixFileSystem()
    ) throws(TableError) -> Store {
        let opened = try OpenedStore(directory: directory, options: options, files: fileSystem)
        let core = opened.core
        let flusher = Flusher(core: core, manifest: opened.manifest)
        let commits = opened.commits
        let flushThread = try WorkerThread.start(name: "store-flush") { flusher.run() }
        let walThread: WorkerThread
        do throws(TableError) {
            walThread = try WorkerThread.start(name: "store-wal") { commits.run() }
        } catch {
            core.flushes.stop()
            flushThread.join()
            throw error
        }
        return Store(opened: opened, threads: [walThread, flushThread])
    }

    /// Refuses further writes, finishes the queued ones, flushes if asked to, and lets the directory go. Returns when
    /// all is on disk; does nothing if it is closed.
    ///
    /// Must not be called from a completion. Snapshots stay readable.
    public func close(flush: Bool = true) {
        guard !threads.contains(where: \.isCurrent) else {
            preconditionFailure("BUG: a store is closed from its own thread")
        }
        let isFirst = life.update { life in
            guard life == .open else { return false }
            life = .closing
            return true
        }
        guard isFirst else {
            _ = life.wait { $0 == .closed ? true : nil }
            return
        }
        _ = core.queue.close(.stop(flush))
        for thread in threads { thread.join() }
        lock.release()
        life.update { $0 = .closed }
    }

    /// Writes the memtable to segments. Returns when they are durable. Must not be called from a completion.
    public func flush() throws(TableError) {
        let answer = Answer<TableError?>()
        guard core.queue.admit(.flush { answer.give($0) }) == .queued else { throw Self.closedError }
        if let error = answer.wait() { throw error }
    }

    // MARK: CatalogEditor

    /// See ``CatalogEditor/createTable(_:)``. Must not be called from a completion.
    public func createTable(_ schema: TableSchema) throws(TableError) {
        try SchemaRules.check(schema)
        let answer = Answer<TableError?>()
        guard core.queue.admit(.createTable(schema) { answer.give($0) }) == .queued else { throw Self.closedError }
        if let error = answer.wait() { throw error }
    }

    // MARK: TableSink

    /// See ``TableSink/append(_:durability:completion:)``. The batch is checked here; it is written on the WAL thread.
    public func append(
        _ batch: AppendBatch,
        durability: Durability,
        completion: @escaping @Sendable (Result<LSN, TableError>) -> Void
    ) {
        do throws(TableError) {
            if let error = core.readOnlyError ?? core.memoryError { throw error }
            let prepared = try PreparedBatch(batch, catalog: core.catalog.state)
            switch core.queue.admit(.rows(prepared, durability, completion)) {
            case .queued: return
            case .full: throw TableError(.congested, "the queue of writes is full; try again shortly")
            case .closed: throw Self.closedError
            }
        } catch {
            core.counters.reject(error.code)
            batch.stream?.breakOff(error)
            if !core.queue.refuse(.refused(error, completion)) { completion(.failure(error)) }
        }
    }

    /// Appends a batch and waits until it is done. Must not be called from a completion.
    @discardableResult
    public func append(_ batch: AppendBatch, durability: Durability = .sync) throws(TableError) -> LSN {
        let answer = Answer<Result<LSN, TableError>>()
        append(batch, durability: durability) { answer.give($0) }
        return try answer.wait().get()
    }

    /// Whether a writer that can wait should: the queue is half full, or flushing lags.
    public var isCongested: Bool {
        let options = core.options
        let held = core.memtableBytes.load(ordering: .relaxed)
        return core.queue.isHalfFull || held >= (options.memtableFlushBytes + options.memtableBytesMax) / 2
    }

    // MARK: TableSource

    /// See ``TableSource/snapshot()``.
    public func snapshot() -> any TableSnapshot { core.snapshot() }

    // MARK: Looking at it

    /// The tables now.
    public var catalog: any CatalogReader { core.catalog.state }

    /// Counters and gauges.
    public var statistics: StoreStatistics {
        let counters = core.counters
        let segments = core.state.segments
        return StoreStatistics(
            walBytes: counters.walBytes.load(ordering: .relaxed),
            walSyncs: counters.syncs.histogram,
            walGroups: counters.groups.histogram,
            committedLSN: core.committed.load(ordering: .relaxed),
            batchesAppended: counters.batches.load(ordering: .relaxed),
            rowsAppended: counters.rows.load(ordering: .relaxed),
            rejected: counters.rejected,
            queueBytes: core.queue.byteCount.load(ordering: .relaxed),
            memtableBytes: core.memtableBytes.load(ordering: .relaxed),
            sealedMemtables: core.flushes.count,
            flushes: counters.flushes.load(ordering: .relaxed),
            flushFailures: counters.flushFailures.load(ordering: .relaxed),
            segments: segments.count,
            segmentBytes: segments.reduce(0) { $0 + $1.entry.byteCount },
            segmentRows: segments.reduce(0) { $0 + $1.entry.rowCount },
            readOnlyReason: core.readOnlyReason
        )
    }

    private static let closedError = TableError(.closed, "the store is closed")
}

/// A value that one thread waits for and another gives.
final class Answer<Value: Sendable>: Sendable {
    private let value = Monitor<Value?>(nil)

    func give(_ value: Value) { self.value.update { $0 = value } }

    func wait() -> Value {
        guard let given = value.wait({ $0 }) else { preconditionFailure("BUG: a wait without a deadline ended") }
        return given
    }
}
