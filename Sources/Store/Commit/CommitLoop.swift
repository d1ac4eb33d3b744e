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
    private let generation: UInt64
    private var wal: WALFile
    private var memtable: Memtable
    private var nextLSN: LSN
    /// Records up to this one are on disk.
    private var durableLSN: LSN
    /// When the oldest write that is not on disk must be.
    private var syncDeadline: UInt64?
    private var buffer = ByteWriter(capacity: 1 << 20)

    init(core: StoreCore, generation: UInt64, wal: consuming WALFile, memtable: Memtable, nextLSN: LSN) {
        self.core = core
        self.generation = generation
        self.wal = wal
        self.memtable = memtable
        self.nextLSN = nextLSN
        self.durableLSN = nextLSN - 1
    }

    private var lastLSN: LSN { nextLSN - 1 }

    /// Runs until the queue is closed and empty.
    func run() {
        while true {
            let requests = core.queue.take(until: syncDeadline)
            if let flushesAtEnd = perform(requests) { return finish(flushesAtEnd) }
            if let deadline = syncDeadline, MonotonicClock.now >= deadline { _ = sync() }
            sealIfLarge()
        }
    }

    /// Whether to flush at the end, once the last request was seen.
    private func perform(_ requests: [CommitRequest]) -> Bool? {
        switch requests.first {
        case nil: return nil
        case .createTable(let schema, let completion):
            completion(createTable(schema))
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
    }

    // MARK: Rows

    private func commit(_ requests: [CommitRequest]) {
        buffer.removeAll()
        var group = CommitGroup()
        var lsn = nextLSN
        for request in requests {
            switch request {
            case .rows(let batch, let durability, let completion):
                if let failure = batch.stream?.failure {
                    completion(.failure(failure))
                    continue
                }
                group.add(batch, durability, completion, lsn: lsn, durableLSN: durableLSN, to: &buffer)
                if batch.rowCount > 0 { lsn += 1 }
            case .refused(let error, let completion): completion(.failure(error))
            case .createTable, .flush, .stop: preconditionFailure("BUG: a group of batches holds another request")
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
            for (rowGroup, series) in zip(entry.batch.groups, entry.series) {
                memtable.append(
                    rowGroup.table,
                    rowGroup.columns,
                    rowCount: rowGroup.rowCount,
                    series: series,
                    lsn: entry.lsn
                )
            }
            core.committed.store(entry.lsn, ordering: .releasing)
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
        if syncDeadline == nil { syncDeadline = MonotonicClock.now + core.options.syncIntervalNanoseconds }
    }

    /// Makes all that was written durable. Returns why the store is now read-only, if it could not.
    private func sync() -> TableError? {
        guard durableLSN < lastLSN, core.readOnlyReason == nil else { return core.readOnlyError }
        syncDeadline = nil
        let start = MonotonicClock.now
        do throws(TableError) {
            try wal.sync()
        } catch {
            // What the kernel still holds of the file is unknown: a second fdatasync may lie. Fail-stop.
            core.turnReadOnly("fdatasync of the WAL failed: \(error.message)")
            return core.readOnlyError
        }
        core.counters.syncs.record(MonotonicClock.now - start)
        durableLSN = lastLSN
        return nil
    }

    // MARK: Tables

    private func createTable(_ schema: TableSchema) -> TableError? {
        if let existing = core.catalog.state.schema(named: schema.name) {
            if existing == schema { return nil }
            return TableError(.tableExists, "a table '\(existing.name)' exists with another schema")
        }
        if let error = core.readOnlyError { return error }
        let entry = TableEntry(id: core.catalog.nextTableID, schema: schema)
        buffer.removeAll()
        let start = WALRecordHeader.begin(.createTable, lsn: nextLSN, durableLSN: durableLSN, in: &buffer)
        buffer.put(entry.id.rawValue)
        SchemaCoding.put(schema, to: &buffer)
        WALRecordHeader.finish(recordAt: start, in: &buffer)
        do throws(TableError) {
            let (records, failure) = try wal.append(buffer.bytes, recordEnds: [buffer.count])
            if let failure { return failure }
            nextLSN += LSN(records)
        } catch {
            core.turnReadOnly("writing the WAL failed: \(error.message)")
            return core.readOnlyError
        }
        if let error = sync() { return error }
        core.catalog.add(entry)
        core.committed.store(lastLSN, ordering: .releasing)
        return nil
    }

    // MARK: Sealing

    private func sealIfLarge() {
        guard memtable.byteCount.load(ordering: .relaxed) >= core.options.memtableFlushBytes,
            core.readOnlyReason == nil
        else { return }
        seal(FlushCompletion { _ in })
    }

    /// Gives the memtable to the flush thread and goes on with a fresh one and a new WAL file.
    ///
    /// If there is no room for the file, all stays as it is, to be tried again with the next group.
    private func seal(_ completion: FlushCompletion) {
        if let error = sync() ?? core.readOnlyError { return completion.tell(error) }
        if wal.firstLSN < nextLSN {
            do throws(TableError) {
                wal = try WALFile.create(directory: core.directory, firstLSN: nextLSN, files: core.files)
            } catch {
                if error.code == .diskFull {
                    core.isFlushBlocked.store(true, ordering: .relaxed)
                } else {
                    core.turnReadOnly("a new WAL file failed: \(error.message)")
                }
                return completion.tell(error)
            }
        }
        let sealed = memtable
        memtable = Memtable()
        core.replaceState { $0.adding(memtable) }
        core.flushes.add(
            SealedMemtable(
                memtable: sealed,
                lastLSN: lastLSN,
                generation: generation,
                tables: core.catalog.state.entries.map { entry in
                    Manifest.TableImage(id: entry.id, schema: entry.schema, series: entry.series.names)
                },
                completion: completion
            )
        )
    }
}
