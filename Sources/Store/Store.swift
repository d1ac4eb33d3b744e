public import Columnar
import Synchronization

/// Tables on disk: every acknowledged write survives, a batch is never half there, readers never wait for writers.
///
/// Four threads serve it. The WAL thread takes batches from a bounded queue, writes and syncs them in groups and appends
/// them to the memtable; another syncs what need not be waited for; the flush thread turns sealed memtables into segments;
/// one in the background merges segments and drops old ones. Readers take a ``snapshot()`` and hold no lock. docs/storage.md tells the format, the faults and what each one does.
public final class Store: CommitFeed, TableSink {
    let core: StoreCore
    private let threads: [WorkerThread]
    private let stepper: StoreStepper?
    private let lock: any DirectoryLock
    private let life = Monitor(Life.open)

    /// How often this directory was opened, this time included; durable before
    /// ``open(directory:options:fileSystem:stepper:)`` returned. 1 in a fresh directory.
    public var generation: UInt64 { core.generation }
    /// What was found in the WAL.
    public let recovery: StoreRecovery

    private enum Life {
        case open
        case closing
        case closed
    }

    private init(opened: OpenedStore, threads: [WorkerThread], stepper: StoreStepper?) {
        self.core = opened.core
        self.lock = opened.lock
        self.recovery = opened.recovery
        self.threads = threads
        self.stepper = stepper
    }

    deinit {
        // A store that was not closed: its threads end on their own; what was acknowledged is in the WAL.
        let isAbandoned = life.withLock { $0 == .open }
        if isAbandoned, core.queue.close(.stop(false)) {
            core.maintenance.stop()
            for thread in threads { thread.detach() }
        }
    }

    /// Opens a data directory, creating it if need be, and replays its WAL.
    ///
    /// Refuses a directory that another process has open, and one whose files are damaged, naming file and offset.
    ///
    /// - Parameters:
    ///   - directory: the data directory.
    ///   - options: bounds and ways.
    ///   - fileSystem: the disk.
    ///   - stepper: runs the background work in place of threads.
    public static func open(
        directory: String,
        options: StoreOptions = StoreOptions(),
        fileSystem: any FileSystem = PosixFileSystem(),
        stepper: StoreStepper? = nil
    ) throws(TableError) -> Store {
        let opened = try OpenedStore(directory: directory, options: options, files: fileSystem, stepper: stepper)
        let core = opened.core
        let flusher = Flusher(core: core)
        let maintainer = Maintainer(core: core)
        let commits = opened.commits
        if let stepper {
            stepper.attach(commits, flusher, maintainer)
            return Store(opened: opened, threads: [], stepper: stepper)
        }
        var threads: [WorkerThread] = []
        do throws(TableError) {
            threads.append(try WorkerThread.start(name: "store-flush") { flusher.run() })
            threads.append(try WorkerThread.start(name: "store-sync") { core.runSyncer() })
            threads.append(try WorkerThread.start(name: "store-merge", isBackground: true) { maintainer.run() })
            threads.insert(try WorkerThread.start(name: "store-wal") { commits.run() }, at: 0)
        } catch {
            core.flushes.stop()
            core.syncer.stop()
            core.maintenance.stop()
            for thread in threads { thread.join() }
            throw error
        }
        return Store(opened: opened, threads: threads, stepper: nil)
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
        core.maintenance.stop()
        if let stepper { while stepper.commit() || stepper.flush() {} }
        for thread in threads { thread.join() }
        for completion in core.maintenance.takeWaiting() { completion(Self.closedError) }
        lock.release()
        life.update { $0 = .closed }
    }

    /// Writes the memtable to segments. Returns when they are durable. Must not be called from a completion.
    public func flush() throws(TableError) {
        try waitFor { done in self.core.queue.admit(.flush(done)) == .queued }
    }

    /// Waits for work that tells when it is done; `begin` is false if there is no more work to be had.
    func waitFor(_ begin: (@escaping @Sendable (TableError?) -> Void) -> Bool) throws(TableError) {
        let answer = Answer<TableError?>()
        guard begin({ answer.give($0) }) else { throw Self.closedError }
        if let error = answer.wait(stepper) { throw error }
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
        return try answer.wait(stepper).get()
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

    // MARK: CommitFeed

    /// See ``CommitFeed/addListener(_:)``.
    public func addListener(_ listener: any CommitListener) { core.listeners.add(listener) }

    /// See ``CommitFeed/removeListener(_:)``.
    public func removeListener(_ listener: any CommitListener) { core.listeners.remove(listener) }

    // MARK: Looking at it

    /// The tables now.
    public var catalog: any CatalogReader { core.catalog.state }

    static let closedError = TableError(.closed, "the store is closed")
}

/// A value that one thread waits for and another gives.
final class Answer<Value: Sendable>: Sendable {
    private let value = Monitor<Value?>(nil)

    func give(_ value: Value) { self.value.update { $0 = value } }

    /// Waits for the value; with a stepper, makes the steps that lead to it.
    func wait(_ stepper: StoreStepper?) -> Value {
        if let stepper {
            while value.withLock({ $0 == nil }), stepper.stepAny() {}
            if let given = value.withLock({ $0 }) { return given }
            preconditionFailure("BUG: a stepped store has nothing to do for one who waits")
        }
        guard let given = value.wait({ $0 }) else { preconditionFailure("BUG: a wait without a deadline ended") }
        return given
    }
}
