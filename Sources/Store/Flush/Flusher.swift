import Columnar
import Synchronization

/// The thread that turns sealed memtables into segments, then lets go of the WAL files behind them.
///
/// A full disk is waited out: the memtable stays readable and in the WAL, and writers are refused once memory is at its
/// bound. Any other failure turns the store read-only.
final class Flusher: @unchecked Sendable {
    // Sendable: `manifest` belongs to the flush thread once it runs.

    private let core: StoreCore
    private var manifest: Manifest

    init(core: StoreCore, manifest: Manifest) {
        self.core = core
        self.manifest = manifest
    }

    /// Runs until the queue is stopped and empty.
    func run() {
        while let sealed = core.flushes.next() {
            let error = flush(sealed)
            sealed.completion.tell(error)
            if error?.code == .diskFull, !core.flushes.isStopping {
                core.flushes.pause(until: MonotonicClock.now + core.options.flushRetryNanoseconds)
            } else {
                core.flushes.removeFirst()
            }
        }
    }

    private func flush(_ sealed: SealedMemtable) -> TableError? {
        if let error = core.readOnlyError { return error }
        do throws(TableError) {
            let segments = try write(sealed)
            core.replaceState { $0.replacing(sealed.memtable, by: segments) }
            core.memtableBytes.subtract(sealed.memtable.byteCount.load(ordering: .relaxed), ordering: .relaxed)
            core.isFlushBlocked.store(false, ordering: .relaxed)
            core.counters.flushes.add(1, ordering: .relaxed)
            removeOldWALFiles()
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
    private func write(_ sealed: SealedMemtable) throws(TableError) -> [Segment] {
        guard sealed.lastLSN > manifest.flushedLSN else { return [] }
        var next = manifest
        var segments: [Segment] = []
        for table in sealed.memtable.allTables {
            let writer = TableFlush(core: core, memtable: sealed.memtable, table: table, lastLSN: sealed.lastLSN)
            for entry in try writer.run(nextID: &next.nextSegmentID) {
                next.segments.append(entry)
                let path = table.entry.segmentPath(entry, in: core.directory)
                segments.append(Segment(entry: entry, path: path, files: core.files))
            }
        }
        next.generation = sealed.generation
        next.flushedLSN = sealed.lastLSN
        next.tables = sealed.tables
        try next.write(directory: core.directory, files: core.files)
        manifest = next
        return segments
    }

    /// Removes the WAL files that hold nothing but what is in segments. One that stays does no harm: it is passed over.
    private func removeOldWALFiles() {
        guard let names = try? core.files.list(core.directory) else { return }
        let firsts = names.compactMap(WALFormat.firstLSN).sorted()
        for (first, successor) in zip(firsts, firsts.dropFirst()) where successor <= manifest.flushedLSN + 1 {
            try? core.files.remove(core.directory + "/" + WALFormat.fileName(firstLSN: first))
        }
    }
}
