internal import Engine
internal import Market
internal import Synchronization
internal import Wire

/// Updates of the instruments of one group of features.
struct GroupBatch: Sendable {
    var group: Int
    var batch: FeatureBatch
}

/// Updates of one instrument that became one, because the loop that should take them over was busy.
struct MergedUpdate: Sendable {
    var group: Int
    /// The last of them, with `prev` of the first.
    var update: FeatureUpdate
    /// The last value of each feature named by any of them.
    var values: [Int: FeatureValue]
    /// Whether the book's state changed between two of them, even if it is in the end what it was.
    var hasBookChanged = false
    var count: Int
}

/// Batches on their way from one loop to another: one hop for all that is ready, and bounded.
///
/// At the bound, updates merge per instrument instead of piling up: memory then grows with the number of instruments only,
/// and the subscribers there are treated as slow ones are.
final class Handoff: Sendable {
    private struct Key: Hashable {
        var group: Int
        var instrument: InstrumentID
    }

    private struct State {
        var batches: [GroupBatch] = []
        var updateCount = 0
        var merged: [Key: MergedUpdate] = [:]
        var isScheduled = false
    }

    private let state = Mutex(State())
    private let updatesMax: Int
    private let counters: StreamCounters

    init(updatesMax: Int, counters: StreamCounters) {
        self.updatesMax = updatesMax
        self.counters = counters
    }

    /// Puts a batch in; true if the other side has to be woken.
    func put(_ part: GroupBatch) -> Bool {
        let batch = part.batch
        counters.handoffUpdates.add(batch.updates.count)
        return state.withLock { state in
            // Once something was merged, later updates must merge too: order within an instrument is kept.
            if state.merged.isEmpty, state.updateCount + batch.updates.count <= updatesMax {
                state.batches.append(part)
                state.updateCount += batch.updates.count
            } else {
                counters.handoffMerged.add(batch.updates.count)
                Self.merge(part, into: &state.merged)
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
    }

    /// Takes everything out.
    func take() -> (batches: [GroupBatch], merged: [MergedUpdate]) {
        let taken = state.withLock { state -> State in
            defer { state = State() }
            return state
        }
        let count = taken.updateCount + taken.merged.values.reduce(0) { $0 + $1.count }
        counters.handoffUpdates.add(-count)
        let merged = taken.merged.values.sorted {
            ($0.group, $0.update.instrument.rawValue) < ($1.group, $1.update.instrument.rawValue)
        }
        return (taken.batches, merged)
    }

    private static func merge(_ part: GroupBatch, into merged: inout [Key: MergedUpdate]) {
        let batch = part.batch
        for update in batch.updates {
            guard update.valuesStart >= 0, update.valueRange.upperBound <= batch.values.count else { continue }
            let id = Key(group: part.group, instrument: update.instrument)
            var entry = merged[id] ?? MergedUpdate(group: part.group, update: update, values: [:], count: 0)
            merged[id] = nil
            let (first, isRestart, last) = (entry.update.prev, entry.update.isEpochStart, entry.update)
            if update.isEpochStart { entry.values.removeAll(keepingCapacity: true) }
            entry.update = update
            if !update.isEpochStart {
                entry.update.prev = first
                entry.update.isEpochStart = isRestart
                // A change of the book is told, though something else came after it.
                if update.updateID == 0 { entry.update.updateID = last.updateID }
                entry.hasBookChanged = entry.hasBookChanged || update.bookState != last.bookState
            }
            for value in batch.values[update.valueRange] { entry.values[value.feature] = value }
            entry.count += 1
            merged[id] = entry
        }
    }
}
