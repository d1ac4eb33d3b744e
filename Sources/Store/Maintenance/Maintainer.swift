import Columnar
import Synchronization

/// The thread that merges segments and drops what is too old, while nobody waits for it.
///
/// It never turns the store read-only for its own failures, but for a manifest of which nobody knows what the disk holds.
final class Maintainer: @unchecked Sendable {
    // Sendable: everything but `core` belongs to the maintenance thread.

    private let core: StoreCore
    /// Segments that could not be read: their partitions wait for a repair.
    private var unreadable: Set<UInt64> = []
    /// When the newest segment of a partition was first seen.
    private var newest: [Place: (lastLSN: LSN, since: UInt64)] = [:]
    /// After a failure, when to try again.
    private var retryAt: UInt64 = 0

    /// How often to look when nothing was flushed: retention and rested partitions.
    private static let lookNanoseconds: UInt64 = 60_000_000_000

    private struct Place: Hashable {
        let table: TableID
        let partition: Int32
    }

    init(core: StoreCore) { self.core = core }

    /// Runs until the queue is stopped.
    func run() {
        while core.maintenance.wait(until: core.clock() + Self.lookNanoseconds) {
            while !core.maintenance.isStopping, step() {}
        }
        for completion in core.maintenance.takeWaiting() {
            completion(TableError(.closed, "the store closed before all segments were merged"))
        }
    }

    /// Does one thing. False if nothing was worth doing, or could be done now.
    func step() -> Bool {
        let waiting = core.maintenance.takeWaiting()
        if !waiting.isEmpty {
            let error = mergeAll()
            for completion in waiting { completion(error) }
            return true
        }
        guard core.readOnlyReason == nil, core.clock() >= retryAt else { return false }
        do throws(TableError) {
            if try dropOld() { return true }
            guard core.options.compacts, let merge = next() else { return false }
            try run(merge)
            return true
        } catch {
            retryAt = core.clock() + Self.lookNanoseconds
            return false
        }
    }

    private func dropOld() throws(TableError) -> Bool {
        do throws(ManifestKeeper.Failure) {
            return try Retention(core: core).run()
        } catch {
            if case .unknown(let error) = error { core.turnReadOnly("writing the manifest failed: \(error.message)") }
            throw error.error
        }
    }

    // MARK: Choosing

    /// What is to be merged next; nil if nothing is worth it.
    private func next() -> Merge? {
        let state = core.state
        for entry in core.catalog.state.entries {
            let segments = state.segments(of: entry.id)
            let lastFlush = segments.partitions.compactMap { $0.segments.last?.entry.lastLSN }.max() ?? 0
            for partition in segments.partitions {
                guard let picked = pick(partition, entry, lastFlush: lastFlush, state.tombstones[entry.id] ?? []) else {
                    continue
                }
                return Merge(core: core, entry: entry, partition: partition.index, sources: picked)
            }
        }
        return nil
    }

    private func pick(
        _ partition: TableSegments.Partition,
        _ entry: TableEntry,
        lastFlush: LSN,
        _ tombstones: [Tombstone]
    ) -> [Segment]? {
        let segments = partition.segments
        guard !segments.contains(where: { unreadable.contains($0.entry.id) }), let last = segments.last else {
            return nil
        }
        if let deleted = segments.first(where: { segment in tombstones.contains { $0.applies(to: segment.entry) } }) {
            return [deleted]
        }
        let place = Place(table: entry.id, partition: partition.index)
        if newest[place]?.lastLSN != last.entry.lastLSN { newest[place] = (last.entry.lastLSN, core.clock()) }
        let since = newest[place]?.since ?? 0
        let range = MergePolicy.pick(
            sizes: segments.map(\.entry.byteCount),
            isCold: last.entry.lastLSN < lastFlush,
            isRested: core.clock() - since >= MergePolicy.restNanoseconds
        )
        return range.map { Array(segments[$0]) }
    }

    // MARK: Merging

    /// Merges every partition into one segment. Returns the first error; goes on with the others.
    private func mergeAll() -> TableError? {
        if let error = core.readOnlyError { return error }
        var first: TableError?
        for entry in core.catalog.state.entries {
            let state = core.state
            let tombstones = state.tombstones[entry.id] ?? []
            for partition in state.segments(of: entry.id).partitions {
                let isDirty = partition.segments.contains { segment in
                    tombstones.contains { $0.applies(to: segment.entry) }
                }
                guard partition.segments.count > 1 || isDirty else { continue }
                do throws(TableError) {
                    let sources = partition.segments
                    try run(
                        Merge(core: core, entry: entry, partition: partition.index, sources: sources),
                        isPaced: false
                    )
                } catch {
                    first = first ?? error
                    if core.maintenance.isStopping { return error }
                }
            }
        }
        return first
    }

    /// Runs a merge; one that somebody waits for goes at full speed.
    private func run(_ merge: Merge, isPaced: Bool = true) throws(TableError) {
        let pace = Pace(core: core, rate: isPaced ? core.options.compactionBytesPerSecond : 0)
        do throws(TableError) {
            _ = try merge.run { written throws(TableError) in try pace.wrote(written) }
            core.counters.merges.add(1, ordering: .relaxed)
            core.counters.mergedBytes.add(merge.sources.reduce(0) { $0 + $1.entry.byteCount }, ordering: .relaxed)
        } catch {
            core.counters.mergeFailures.add(1, ordering: .relaxed)
            if error.code == .corrupt { unreadable.formUnion(merge.sources.map(\.entry.id)) }
            throw error
        }
    }
}

/// Holds a merge to the rate that the options allow, and ends it when the store closes.
private final class Pace {
    private let core: StoreCore
    /// Bytes a second; 0 for no limit.
    private let rate: Int
    private let start: UInt64

    init(core: StoreCore, rate: Int) {
        self.core = core
        self.rate = rate
        self.start = core.clock()
    }

    func wrote(_ bytes: Int) throws(TableError) {
        if core.maintenance.isStopping { throw TableError(.closed, "the store is closing") }
        guard rate > 0, core.isThreaded else { return }
        // As much was read as was written.
        let due = start + UInt64(Double(2 * bytes) / Double(rate) * 1e9)
        if due > core.clock() + 1_000_000 { core.maintenance.pause(until: due) }
    }
}
