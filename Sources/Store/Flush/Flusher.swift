import Columnar
import Synchronization

/// The thread that turns sealed memtables into segments, then lets go of the WAL files behind them.
///
/// A full disk is waited out: the memtable stays readable and in the WAL, and writers are refused once memory is at its
/// bound. Any other failure turns the store read-only.
final class Flusher: Sendable {
    private let core: StoreCore

    init(core: StoreCore) { self.core = core }

    /// Runs until the queue is stopped and empty.
    func run() {
        while let sealed = core.flushes.next() {
            guard !attempt(sealed) else { continue }
            core.flushes.pause(until: core.clock() + core.options.flushRetryNanoseconds)
        }
    }

    /// Tries to flush the oldest sealed memtable. False if there is none.
    func step() -> Bool {
        guard let sealed = core.flushes.first else { return false }
        _ = attempt(sealed)
        return true
    }

    /// Whether the memtable is dealt with; false if it has to be tried again.
    private func attempt(_ sealed: SealedMemtable) -> Bool {
        let error = flush(sealed)
        defer { sealed.completion.tell(error) }
        if let error, error.code == .diskFull {
            guard core.flushes.isStopping else {
                // Those behind it would wait for as long as the disk is full.
                for waiting in core.flushes.waiting { waiting.completion.tell(error) }
                return false
            }
            // What came later must not be flushed: the manifest would say that this one was too.
            core.turnReadOnly("the disk was full when the store was closed")
        }
        core.flushes.removeFirst()
        return true
    }

    private func flush(_ sealed: SealedMemtable) -> TableError? {
        if let error = core.readOnlyError { return error }
        do throws(TableError) {
            try write(sealed)
            core.memtableBytes.subtract(sealed.memtable.byteCount.load(ordering: .relaxed), ordering: .relaxed)
            core.isFlushBlocked.store(false, ordering: .relaxed)
            core.counters.flushes.add(1, ordering: .relaxed)
            removeOldWALFiles()
            core.maintenance.wake()
            return nil
        } catch {
            core.counters.flushFailures.add(1, ordering: .relaxed)
            if error.code == .diskFull {
                core.isFlushBlocked.store(true, ordering: .relaxed)
            } else {
                core.turnReadOnly("a flush failed: \(error.message)")
            }
            return error
        }
    }

    /// Segments and manifest, durable on return.
    private func write(_ sealed: SealedMemtable) throws(TableError) {
        let manifest = core.manifest.manifest
        guard sealed.lastLSN > manifest.flushedLSN else {
            core.replaceState { $0.replacing(sealed.memtable, by: [], keeping: core.catalog.state) }
            return
        }
        let segments = try segments(of: sealed, firstLSN: manifest.flushedLSN + 1)
        do throws(ManifestKeeper.Failure) {
            try core.manifest.update { next in
                next.segments += segments.map(\.entry)
                next.generation = core.generation
                next.flushedLSN = sealed.lastLSN
                next.tables = sealed.tables
                next.nextTableID = sealed.catalog.nextTableID.rawValue
                next.tombstones = core.state.allTombstones.filter { $0.lsn <= sealed.lastLSN }
                return true
            } publish: { manifest in
                publish(segments, sealed, manifest)
            }
        } catch {
            if case .unknown(let error) = error { throw TableError(.io, error.message) }
            for segment in segments { segment.retire() }
            throw error.error
        }
    }

    private func publish(_ segments: [Segment], _ sealed: SealedMemtable, _ manifest: Manifest) {
        let catalog = core.catalog.state
        core.replaceState { state in
            state.replacing(sealed.memtable, by: segments, keeping: catalog).keepingTombstones(of: manifest)
        }
        for segment in segments where catalog.entry(segment.entry.table) == nil { segment.retire() }
    }

    /// Writes the rows of a memtable. Leaves no file behind if it fails.
    private func segments(of sealed: SealedMemtable, firstLSN: LSN) throws(TableError) -> [Segment] {
        var segments: [Segment] = []
        do throws(TableError) {
            for table in sealed.memtable.allTables {
                // Rows of a table that was dropped meanwhile need not be written.
                guard let entry = sealed.catalog.entry(table.entry.id), core.catalog.state.entry(entry.id) != nil else {
                    continue
                }
                let flush = TableFlush(core: core, sealed: sealed, table: table, entry: entry, firstLSN: firstLSN)
                try flush.run(into: &segments)
            }
            return segments
        } catch {
            for segment in segments { segment.retire() }
            throw error
        }
    }

    /// Removes the WAL files that hold nothing but what is in segments. One that stays does no harm: it is passed over.
    private func removeOldWALFiles() {
        guard let names = try? core.files.list(core.directory) else { return }
        let flushedLSN = core.manifest.manifest.flushedLSN
        let firsts = names.compactMap(WALFormat.firstLSN).sorted()
        for (first, successor) in zip(firsts, firsts.dropFirst()) where successor <= flushedLSN + 1 {
            try? core.files.remove(core.directory + "/" + WALFormat.fileName(firstLSN: first))
        }
    }
}
