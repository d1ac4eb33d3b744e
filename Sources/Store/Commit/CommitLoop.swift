import Columnar
import Synchronization

/// The WAL thread: the one writer of WAL, catalog and memtable.
///
/// A batch goes through: record in the WAL, fdatasync if its group holds a `sync` batch, rows into the memtable, LSN
/// published, completion. So a `sync` batch is visible only once it is durable, and an `interval` batch at most the
/// interval and one fdatasync before it is.
final class CommitLoop: @unchecked Sendable {
    // Sendable: everything but `core` belongs to the WAL thread once it runs.

    private let core: StoreCore
    private var wal: WALFile
    private var memtable: Memtable
    private var nextLSN: LSN
    /// Records up to this one are on disk by this thread's doing.
    private var syncedLSN: LSN
    /// When the oldest write that is not on disk must be.
    private var syncDeadline: UInt64?
    private var buffer = ByteWriter(capacity: 1 << 20)
    private var hasStopped = false

    init(core: StoreCore, wal: consuming WALFile, memtable: Memtable, nextLSN: LSN) {
        self.core = core
        self.wal = wal
        self.memtable = memtable
        self.nextLSN = nextLSN
        self.syncedLSN = nextLSN - 1
    }

    private var lastLSN: LSN { nextLSN - 1 }

    /// Records up to this one are on disk.
    private var durableLSN: LSN { max(syncedLSN, core.syncer.durableLSN.load(ordering: .acquiring)) }

    /// Runs until the queue is closed and empty.
    func run() {
        while !hasStopped { handle(core.queue.take(until: syncDeadline)) }
    }

    /// Does what waits, if anything does, without waiting for it. Whether there was something.
    func step() -> Bool {
        guard !hasStopped else { return false }
        let requests = core.queue.take(until: 0)
        let isDue = syncDeadline.map { core.clock() >= $0 } ?? false
        guard !requests.isEmpty || isDue else { return false }
        handle(requests)
        return true
    }

    private func handle(_ requests: [CommitRequest]) {
        if let flushesAtEnd = perform(requests) {
            hasStopped = true
            return finish(flushesAtEnd)
        }
        if let deadline = syncDeadline, core.clock() >= deadline { beginSync() }
        sealIfLarge()
    }

    /// Whether to flush at the end, once the last request was seen.
    private func perform(_ requests: [CommitRequest]) -> Bool? {
        switch requests.first {
        case nil: return nil
        case .change(let change, let completion):
            completion(self.change(change))
        case .flush(let completion):
            seal(FlushCompletion(completion))
        case .stop(let flushesAtEnd):
            return flushesAtEnd
        case .rows, .refused:
            commit(requests)
            core.queue.release(requests)
        }
        return nil
    }

    private func finish(_ flushesAtEnd: Bool) {
        _ = sync()
        if flushesAtEnd, core.readOnlyReason == nil { seal(FlushCompletion { _ in }) }
        core.flushes.stop()
        core.syncer.stop()
    }

    // MARK: Rows

    private func commit(_ requests: [CommitRequest]) {
        buffer.removeAll()
        var group = CommitGroup()
        var lsn = nextLSN
        let catalog = core.catalog.state
        for request in requests {
            switch request {
            case .rows(let prepared, let durability, let completion):
                if let failure = prepared.stream?.failure {
                    completion(.failure(failure))
                    continue
                }
                let batch: PreparedBatch
                do throws(TableError) {
                    batch = try prepared.following(catalog)
                } catch {
                    core.counters.reject(error.code)
                    prepared.stream?.breakOff(error)
                    completion(.failure(error))
                    continue
                }
                group.add(batch, durability, completion, lsn: lsn, durableLSN: durableLSN, to: &buffer)
                if batch.rowCount > 0 { lsn += 1 }
            case .refused(let error, let completion): completion(.failure(error))
            case .change, .flush, .stop: preconditionFailure("BUG: a group of batches holds another request")
            }
        }
        if let error = core.readOnlyError { return fail(group, from: 0, error) }
        var whole = group.entries.count
        var failure: TableError?
        if !buffer.bytes.isEmpty { (whole, failure) = write(group) }
        if group.entries[..<whole].contains(where: { $0.durability == .sync }), let error = sync() {
            return fail(group, from: 0, error)
        }
        apply(group, upTo: whole)
        if let failure { fail(group, from: whole, failure) }
    }

    /// Appends the group's records to the WAL. Returns how many batches are in it, and why not all.
    private func write(_ group: borrowing CommitGroup) -> (batches: Int, failure: TableError?) {
        do throws(TableError) {
            let (records, failure) = try wal.append(buffer.bytes, recordEnds: group.recordEnds)
            nextLSN += LSN(records)
            let end = records == 0 ? 0 : group.recordEnds[records - 1]
            core.counters.walBytes.add(UInt64(end), ordering: .relaxed)
            if records > 0 { scheduleSync() }
            guard failure != nil else { return (group.entries.count, nil) }
            let whole = group.entries.prefix { $0.lsn < nextLSN }.count
            return (whole, failure)
        } catch {
            core.turnReadOnly("writing the WAL failed: \(error.message)")
            return (0, core.readOnlyError ?? error)
        }
    }

    private func apply(_ group: borrowing CommitGroup, upTo count: Int) {
        guard count > 0 else { return }
        let bytesBefore = memtable.byteCount.load(ordering: .relaxed)
        var rows = 0
        for entry in group.entries[..<count] where entry.lsn != 0 {
            for index in entry.batch.groups.indices {
                memtable.append(entry.batch.groups[index], series: entry.series[index], lsn: entry.lsn)
            }
            core.committed.store(entry.lsn, ordering: .releasing)
            core.listeners.committed(entry.batch, lsn: entry.lsn)
            rows += entry.batch.rowCount
        }
        core.memtableBytes.add(memtable.byteCount.load(ordering: .relaxed) - bytesBefore, ordering: .relaxed)
        core.counters.rows.add(UInt64(rows), ordering: .relaxed)
        core.counters.batches.add(UInt64(count), ordering: .relaxed)
        core.counters.groups.record(UInt64(count))
        let last = lastLSN
        for entry in group.entries[..<count] { entry.completion(.success(entry.lsn == 0 ? last : entry.lsn)) }
    }

    private func fail(_ group: borrowing CommitGroup, from index: Int, _ error: TableError) {
        group.removeSeries(addedFrom: index)
        for entry in group.entries[index...] {
            core.counters.reject(error.code)
            entry.batch.stream?.breakOff(error)
            entry.completion(.failure(error))
        }
    }

    // MARK: Durability

    private func scheduleSync() {
        if syncDeadline == nil { syncDeadline = core.clock() + core.options.syncIntervalNanoseconds }
    }

    /// Has all that was written made durable, on another thread if there is one.
    private func beginSync() {
        guard core.isThreaded, !wal.hasUnsyncedCut else {
            _ = sync()
            return
        }
        syncDeadline = nil
        if durableLSN < lastLSN { core.syncer.request(wal.file, upTo: lastLSN) }
    }

    /// Makes all that was written durable. Returns why the store is now read-only, if it could not.
    private func sync() -> TableError? {
        guard durableLSN < lastLSN || wal.hasUnsyncedCut, core.readOnlyReason == nil else {
            syncDeadline = nil
            return core.readOnlyError
        }
        syncDeadline = nil
        let start = core.clock()
        do throws(TableError) {
            try wal.sync(core.syncer)
        } catch {
            // What the kernel still holds of the file is unknown: a second fdatasync may lie. Fail-stop.
            core.turnReadOnly("fdatasync of the WAL failed: \(error.message)")
            return core.readOnlyError
        }
        core.counters.syncs.record(core.clock() - start)
        syncedLSN = lastLSN
        return nil
    }

    // MARK: Changes of the catalog

    /// Writes a change to the WAL, makes it durable, then applies it. Returns why it was not done.
    private func change(_ change: CatalogChange) -> TableError? {
        do throws(TableError) {
            if let error = core.readOnlyError { throw error }
            let checked = try CheckedChange(change, catalog: core.catalog.state, lsn: nextLSN)
            // What is before it is durable, and in a memtable of its own, before it is written.
            if checked.separatesRows { try separateRows() }
            try write(checked)
            if let error = sync() { throw error }
            apply(checked)
            core.committed.store(lastLSN, ordering: .releasing)
            if let told = checked.told(lsn: lastLSN, core.catalog.state) { core.listeners.changed(told) }
            return nil
        } catch {
            return error
        }
    }

    private func write(_ change: CheckedChange) throws(TableError) {
        buffer.removeAll()
        change.put(lsn: nextLSN, durableLSN: durableLSN, to: &buffer)
        guard !buffer.bytes.isEmpty else { return }
        let written: (whole: Int, failure: TableError?)
        do throws(TableError) {
            written = try wal.append(buffer.bytes, recordEnds: [buffer.count])
        } catch {
            core.turnReadOnly("writing the WAL failed: \(error.message)")
            throw core.readOnlyError ?? error
        }
        if let failure = written.failure { throw failure }
        nextLSN += 1
        core.counters.walBytes.add(UInt64(buffer.count), ordering: .relaxed)
    }

    private func apply(_ change: CheckedChange) {
        switch change {
        case .none: break
        case .add(let entry): core.catalog.add(entry)
        case .grow(let entry, _), .keep(let entry): core.catalog.replace(entry)
        case .remove(let entry):
            core.catalog.remove(entry.id)
            core.forget(entry.id)
        case .delete(let tombstones):
            core.replaceState { tombstones.reduce($0) { $0.adding($1) } }
        }
    }

    /// Ends the memtable, unless it is empty, so that the next rows go to a fresh one.
    private func separateRows() throws(TableError) {
        guard memtable.rowCount.load(ordering: .relaxed) > 0 else {
            if let error = sync() { throw error }
            return
        }
        if let error = seal(FlushCompletion { _ in }) { throw error }
    }

    // MARK: Sealing

    private func sealIfLarge() {
        guard memtable.byteCount.load(ordering: .relaxed) >= core.options.memtableFlushBytes,
            core.readOnlyReason == nil
        else { return }
        seal(FlushCompletion { _ in })
    }

    /// Gives the memtable to the flush thread and goes on with a fresh one and a new WAL file. Returns why it did not.
    ///
    /// If there is no room for the file, all stays as it is, to be tried again with the next group.
    @discardableResult
    private func seal(_ completion: FlushCompletion) -> TableError? {
        if let error = sync() ?? core.readOnlyError {
            completion.tell(error)
            return error
        }
        if wal.firstLSN < nextLSN {
            do throws(TableError) {
                wal = try WALFile.create(directory: core.directory, firstLSN: nextLSN, files: core.files)
            } catch {
                if error.code == .diskFull {
                    core.isFlushBlocked.store(true, ordering: .relaxed)
                } else {
                    core.turnReadOnly("a new WAL file failed: \(error.message)")
                }
                completion.tell(error)
                return error
            }
        }
        let sealed = memtable
        sealed.sealedLSN.store(lastLSN, ordering: .releasing)
        memtable = Memtable()
        core.replaceState { $0.adding(memtable) }
        core.flushes.add(
            SealedMemtable(
                memtable: sealed,
                lastLSN: lastLSN,
                catalog: core.catalog.state,
                tables: core.catalog.state.entries.map { Manifest.TableImage($0) },
                completion: completion
            )
        )
        return nil
    }
}
