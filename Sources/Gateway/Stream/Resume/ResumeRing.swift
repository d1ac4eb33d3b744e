internal import Engine
internal import Market
internal import Synchronization
internal import Wire

/// The last updates of all instruments, for subscribers that come back. Shared by all loops: it does not matter where a
/// subscriber comes back to.
///
/// Invariants:
/// 1. The updates held of an instrument are the last ones of its epoch without a gap: whoever has `floor`, or a later
///    `seq` of the epoch, misses nothing that is not held.
/// 2. Of all instruments together, no more updates are held than ``StreamLimits/resumeEventsMax``, in no more bytes than
///    ``StreamLimits/resumeBytesMax``, and none for longer than ``StreamLimits/resumeSeconds``. The oldest go first.
final class ResumeRing: Sendable {
    /// An update as it is held. Its values are those up to `valuesEnd` that belong to no update before it.
    struct Entry: Sendable {
        var cause: Cause
        var bookState: BookState
        var hasBookChanged: Bool
        var valuesEnd: Int
    }

    struct Value: Sendable {
        var value: Double
        var feature: Int32
        var status: ValueStatus
        var hasStatusChanged: Bool
    }

    /// What a subscriber missed, in order.
    struct Missed: Sendable {
        var entries: [Entry] = []
        var values: [Value] = []

        /// Calls with each update and its values.
        func forEach(_ body: (Entry, ArraySlice<Value>) -> Void) {
            var start = 0
            for entry in entries {
                body(entry, values[start..<entry.valuesEnd])
                start = entry.valuesEnd
            }
        }

        mutating func append(_ entry: Entry, _ more: ArraySlice<Value>) {
            values += more
            entries.append(entry)
            entries[entries.count - 1].valuesEnd = values.count
        }
    }

    /// What a subscriber needs that came back after what it missed had been let go.
    struct Lost: Sendable, Hashable {
        /// An update from which on the ring has, or holds for it, everything.
        var seam: Int64
        /// An update at or after the seam: up to it the others have to come from elsewhere. Those in between are there twice.
        var end: Int64
    }

    enum Answer: Sendable {
        case missed(Missed)
        case tooOld
        case otherEpoch
    }

    private struct History {
        var epoch = ""
        var floor: Int64 = 0
        var latest: Int64 = 0
        var bookState = BookState.syncing
        var statuses: [ValueStatus] = []
        var entries = RingBuffer<Entry>()
        var values = RingBuffer<Value>()
        /// Values that were let go, which `valuesEnd` still counts.
        var valuesGone = 0
        /// Places in the order of all updates whose updates were let go early, with their epoch.
        var placesGone = 0
        /// Who is handed the updates of the epoch that are let go.
        var holders: [Int] = []
    }

    private struct Place {
        var history: Int32
        var time: Int64
    }

    private struct State {
        var histories: [History] = []
        var indices: [UInt64: Int] = [:]
        /// One place for each update held, and for each of `placesGone`, by age.
        var order = RingBuffer<Place>()
        var bytes = 0
        /// What is kept for subscribers that wait, by the number of each.
        var holdings: [Int: HeldUpdates] = [:]
        var lastHolding = 0
    }

    /// Updates that are compared where what the ring has follows what was made again.
    private static let overlapMax = 64
    private static let entryBytes = MemoryLayout<Entry?>.stride + MemoryLayout<Place?>.stride
    private static let valueBytes = MemoryLayout<Value?>.stride

    private let state = Mutex(State())
    private let eventsMax: Int
    private let bytesMax: Int
    private let nanosecondsMax: Int64
    private let counters: StreamCounters

    init(limits: StreamLimits, counters: StreamCounters) {
        eventsMax = limits.resumeEventsMax
        bytesMax = limits.resumeBytesMax
        nanosecondsMax = Int64(limits.resumeSeconds) * 1_000_000_000
        self.counters = counters
    }

    // MARK: - Updates

    /// Takes over a batch of a group of features, published now.
    func append(_ batch: FeatureBatch, group: FeatureGroup, now: Int64) {
        guard eventsMax > 0 else { return }
        let (events, bytes) = state.withLock { state in
            let before = (state.order.count, state.bytes)
            for update in batch.updates {
                guard update.valuesStart >= 0, update.valueRange.upperBound <= batch.values.count else { continue }
                append(update, batch.values[update.valueRange], group, now, to: &state)
            }
            trim(&state, now)
            return (state.order.count - before.0, state.bytes - before.1)
        }
        counters.resumeEvents.add(events)
        counters.resumeBytes.add(bytes)
    }

    private func append(
        _ update: FeatureUpdate,
        _ values: ArraySlice<FeatureValue>,
        _ group: FeatureGroup,
        _ now: Int64,
        to state: inout State
    ) {
        let index = Self.index(of: Self.key(group, update.instrument.rawValue), group, in: &state)
        let isRestart = update.isEpochStart || state.histories[index].epoch != update.epoch
        if isRestart { restart(&state.histories[index], update, &state.bytes) }
        let hasBookChanged = state.histories[index].bookState != update.bookState
        state.histories[index].bookState = update.bookState
        state.histories[index].latest = update.seq
        for value in values where state.histories[index].statuses.indices.contains(value.feature) {
            let hasStatusChanged = state.histories[index].statuses[value.feature] != value.status
            state.histories[index].statuses[value.feature] = value.status
            guard !isRestart else { continue }
            state.histories[index].values.append(
                Value(
                    value: value.value,
                    feature: Int32(truncatingIfNeeded: value.feature),
                    status: value.status,
                    hasStatusChanged: hasStatusChanged
                )
            )
            state.bytes += Self.valueBytes
        }
        guard !isRestart else { return }
        let valuesEnd = state.histories[index].valuesGone + state.histories[index].values.count
        state.histories[index].entries.append(
            Entry(
                cause: Cause(update),
                bookState: update.bookState,
                hasBookChanged: hasBookChanged,
                valuesEnd: valuesEnd
            )
        )
        state.order.append(Place(history: Int32(truncatingIfNeeded: index), time: now))
        state.bytes += Self.entryBytes
    }

    /// Whoever had the epoch before cannot go on; the update that begins the new one is in the snapshot.
    private func restart(_ history: inout History, _ update: FeatureUpdate, _ bytes: inout Int) {
        bytes -= history.entries.count * (Self.entryBytes - MemoryLayout<Place?>.stride)
        bytes -= history.values.count * Self.valueBytes
        history.placesGone += history.entries.count
        history.entries.removeAll()
        history.values.removeAll()
        history.valuesGone = 0
        history.holders.removeAll()
        history.epoch = update.epoch
        history.floor = update.seq
        history.bookState = update.bookState
        for index in history.statuses.indices { history.statuses[index] = .warming }
    }

    private func trim(_ state: inout State, _ now: Int64) {
        while let oldest = state.order.first,
            state.order.count > eventsMax || state.bytes > bytesMax || now - oldest.time > nanosecondsMax
        {
            state.order.removeFirst()
            let index = Int(oldest.history)
            guard state.histories[index].placesGone == 0 else {
                state.histories[index].placesGone -= 1
                state.bytes -= MemoryLayout<Place?>.stride
                continue
            }
            guard let entry = state.histories[index].entries.first else {
                preconditionFailure("BUG: a place without its update")
            }
            let count = entry.valuesEnd - state.histories[index].valuesGone
            state.histories[index].floor = entry.cause.seq
            if !state.histories[index].holders.isEmpty { Self.handOver(entry, count, of: index, &state) }
            state.histories[index].entries.removeFirst()
            state.histories[index].values.removeFirst(count)
            state.histories[index].valuesGone += count
            state.bytes -= Self.entryBytes + count * Self.valueBytes
        }
    }

    /// Hands the oldest update of an instrument to whoever waits.
    private static func handOver(_ entry: Entry, _ count: Int, of index: Int, _ state: inout State) {
        let values = (0..<count).map { state.histories[index].values[$0] }
        for holder in state.histories[index].holders { state.holdings[holder]?.take(entry, values, of: index) }
    }

    private static func key(_ group: FeatureGroup, _ instrument: UInt32) -> UInt64 {
        UInt64(group.index) << 32 | UInt64(instrument)
    }

    private static func index(of key: UInt64, _ group: FeatureGroup, in state: inout State) -> Int {
        if let index = state.indices[key] { return index }
        var history = History()
        history.statuses = Array(repeating: .warming, count: group.features.count)
        state.histories.append(history)
        state.indices[key] = state.histories.count - 1
        return state.histories.count - 1
    }

    // MARK: - Subscribers that come back

    /// Keeps, for a subscriber that waits until what it lost is made again, what it needs of the ring from now on, until
    /// ``release(_:)``; nil, and nothing is kept, unless it lost between one and `lostMax`.
    ///
    /// - Parameters:
    ///   - positions: where it was, by instrument.
    ///   - bytesMax: what may be kept for it; if that is not enough, ``updates`` are too old.
    /// - Returns: a number to ask with, and what was lost, by index of `positions`.
    func hold(
        _ positions: [(instrument: UInt32, position: StreamPosition)],
        of group: FeatureGroup,
        lostMax: Int,
        bytesMax: Int,
        now: Int64
    ) -> (holding: Int, lost: [Int: Lost])? {
        withLock { state in
            trim(&state, now)
            var lost: [Int: Lost] = [:]
            var starts: [(index: Int, after: Int64)] = []
            for (number, (instrument, position)) in positions.enumerated() where position.seq > 0 {
                guard let index = state.indices[Self.key(group, instrument)],
                    state.histories[index].epoch == position.epoch
                else { continue }
                let gap = Self.lost(position.seq, of: state.histories[index])
                lost[number] = gap
                starts.append((index, gap?.seam ?? position.seq))
            }
            guard !lost.isEmpty, lost.count <= lostMax else { return nil }
            state.lastHolding += 1
            let holding = state.lastHolding
            var held = HeldUpdates(bytesMax: bytesMax)
            for (index, seq) in starts {
                held.follow(index, after: seq)
                state.histories[index].holders.append(holding)
            }
            state.holdings[holding] = held
            counters.resumesWaiting.add()
            return (holding, lost)
        }
    }

    private static func lost(_ seq: Int64, of history: History) -> Lost? {
        guard seq < history.floor else { return nil }
        let count = history.entries.count
        guard count > 0 else { return Lost(seam: history.floor, end: history.floor) }
        // What is in the middle is stored by now, unless little is held.
        let seam = history.entries[max(0, count / 2 - overlapMax)].cause.seq
        return Lost(seam: seam, end: history.entries[count / 2].cause.seq)
    }

    /// Keeps nothing any more for a subscriber.
    func release(_ holding: Int) {
        state.withLock { state in
            guard state.holdings.removeValue(forKey: holding) != nil else { return }
            counters.resumesWaiting.add(-1)
            for index in state.histories.indices where !state.histories[index].holders.isEmpty {
                state.histories[index].holders.removeAll { $0 == holding }
            }
        }
    }

    private func withLock<Output: Sendable>(_ body: (inout State) -> Output) -> Output {
        let (result, events, bytes) = state.withLock { state -> (Output, Int, Int) in
            let before = (state.order.count, state.bytes)
            let result = body(&state)
            return (result, state.order.count - before.0, state.bytes - before.1)
        }
        counters.resumeEvents.add(events)
        counters.resumeBytes.add(bytes)
        return result
    }

    /// The updates of an instrument after the one of `seq`, up to that of `through`.
    ///
    /// - Parameter holding: what is kept for the subscriber, if it waited.
    func updates(
        of instrument: UInt32,
        _ group: FeatureGroup,
        epoch: String,
        after seq: Int64,
        through last: Int64,
        holding: Int? = nil,
        now: Int64
    ) -> Answer {
        withLock { state in
            trim(&state, now)
            return Self.updates(Self.key(group, instrument), epoch, seq, last, holding, &state)
        }
    }

    private static func updates(
        _ key: UInt64,
        _ epoch: String,
        _ seq: Int64,
        _ last: Int64,
        _ holding: Int?,
        _ state: inout State
    ) -> Answer {
        guard let index = state.indices[key] else { return .tooOld }
        guard state.histories[index].epoch == epoch else { return .otherEpoch }
        let floor = state.histories[index].floor
        guard seq <= state.histories[index].latest else { return .tooOld }
        var missed = Missed()
        if seq < floor {
            let held = holding.flatMap { state.holdings[$0]?.updates(of: index, after: seq, through: last) }
            guard let held else { return .tooOld }
            missed = held
        }
        let held = missed.values.count
        var position = firstIndex(after: seq, index, &state)
        let start =
            position == 0
            ? state.histories[index].valuesGone : state.histories[index].entries[position - 1].valuesEnd
        let gone = state.histories[index].valuesGone
        while position < state.histories[index].entries.count {
            var entry = state.histories[index].entries[position]
            guard entry.cause.seq <= last else { break }
            let from = start + missed.values.count - held
            for value in from..<entry.valuesEnd { missed.values.append(state.histories[index].values[value - gone]) }
            entry.valuesEnd = missed.values.count
            missed.entries.append(entry)
            position += 1
        }
        return .missed(missed)
    }

    /// The first update held whose `seq` is greater.
    private static func firstIndex(after seq: Int64, _ index: Int, _ state: inout State) -> Int {
        var (lower, upper) = (0, state.histories[index].entries.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if state.histories[index].entries[middle].cause.seq <= seq { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
