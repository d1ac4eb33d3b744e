internal import Engine
internal import NIOCore
internal import Synchronization

/// How a subscriber takes deltas.
enum StreamMode: String, Sendable, Hashable {
    /// Every delta.
    case all
    /// The latest, merged while the subscriber is slow.
    case conflate
}

/// What a subscription is about: equal for everybody who asked for the same, so that a delta is encoded once.
struct ShapeKey: Sendable, Hashable {
    var group: Int
    var instrument: UInt32
    /// Indices of features, ascending.
    var features: [Int]
    var mode: StreamMode
}

/// Gives each shape its `sid`, the same on every loop.
///
/// A `sid` lives as long as some loop has a subscriber of its shape, and is never given again.
final class ShapeRegistry: Sendable {
    private struct State {
        var next: Int64 = 1
        var shapes: [ShapeKey: (sid: Int64, users: Int)] = [:]
    }

    private let state = Mutex(State())

    func retain(_ key: ShapeKey) -> Int64 {
        state.withLock { state in
            if let known = state.shapes[key] {
                state.shapes[key] = (known.sid, known.users + 1)
                return known.sid
            }
            let sid = state.next
            state.next += 1
            state.shapes[key] = (sid, 1)
            return sid
        }
    }

    func release(_ key: ShapeKey) {
        state.withLock { state in
            guard let known = state.shapes[key] else { return }
            state.shapes[key] = known.users > 1 ? (known.sid, known.users - 1) : nil
        }
    }
}

/// One shape on one loop, with its subscribers there. Its chain of deltas is the same for all of them.
final class Shape {
    let key: ShapeKey
    let sid: Int64
    unowned let instrument: InstrumentFeatures
    let features: [Int]
    /// Whether it holds every feature of the book: then each change of the book is told, even if no feature moved, so that
    /// `u` follows the venue.
    let followsBook: Bool
    /// The last delta or snapshot of the chain.
    var head: Cause
    /// Deltas of the chain since the shape was made; the difference of two counts is the `n` of what was merged between.
    var deltaCount = 0
    /// Subscribers by what they take.
    private(set) var lanes: [Lane] = []
    /// Whether a lane has deltas to deliver.
    var isPending = false
    /// Place of each feature of the group in ``features``; -1 if it is not there.
    private let positions: [Int]

    init(key: ShapeKey, sid: Int64, instrument: InstrumentFeatures) {
        self.key = key
        self.sid = sid
        self.instrument = instrument
        self.features = key.features
        var positions = Array(repeating: -1, count: instrument.slots.count)
        for (position, feature) in key.features.enumerated() { positions[feature] = position }
        self.positions = positions
        let book = instrument.group.bookFeatures
        let followsBook = !book.isEmpty && book.isSubset(of: key.features)
        self.followsBook = followsBook
        self.head = instrument.head(of: key.features, followsBook: followsBook)
    }

    var isUnused: Bool { lanes.isEmpty }

    /// Place of a feature among the fields; nil if it is none of them.
    @inline(__always)
    func position(of feature: Int) -> Int? {
        guard positions.indices.contains(feature) else { return nil }
        let position = positions[feature]
        return position >= 0 ? position : nil
    }

    // MARK: - Subscribers

    func lane(_ kind: Lane.Kind) -> Lane {
        if let lane = lanes.first(where: { $0.kind == kind }) { return lane }
        let lane = Lane(kind: kind)
        lanes.append(lane)
        return lane
    }

    func remove(_ subscription: Subscription) {
        subscription.lane.subscribers.removeAll { $0 === subscription }
        lanes.removeAll { $0.subscribers.isEmpty }
    }

    // MARK: - Deltas

    /// Fills in what an update, which the state has taken over, changes here; false if it changes nothing.
    func describe(
        _ update: FeatureUpdate,
        _ values: ArraySlice<FeatureValue>,
        count: Int,
        in delta: inout Delta
    ) -> Bool {
        let state = instrument
        let hasBookChanged = state.bookCause.seq == update.seq
        delta.begin(prev: head.seq, state.latest, count: count, book: hasBookChanged ? state.bookState : nil)
        var last = -1
        var isSorted = true
        for value in values {
            guard let position = position(of: value.feature) else { continue }
            let hasStatusChanged = state.slots[value.feature].statusSeq == update.seq
            delta.append(
                .init(
                    position: position,
                    value: value.status.shows(value.value),
                    status: value.status,
                    hasStatusChanged: hasStatusChanged
                )
            )
            isSorted = isSorted && position > last
            last = position
        }
        if !isSorted { delta.sort() }
        return !delta.entries.isEmpty || hasBookChanged || followsBook && update.updateID != 0
    }

    /// Fills in all that changed since `prev`, as one delta.
    func describe(since prev: Int64, count: Int, in delta: inout Delta) {
        let state = instrument
        delta.begin(prev: prev, head, count: count, book: state.bookCause.seq > prev ? state.bookState : nil)
        for (position, feature) in features.enumerated() where state.slots[feature].cause.seq > prev {
            let slot = state.slots[feature]
            delta.append(
                .init(
                    position: position,
                    value: slot.shown,
                    status: slot.status,
                    hasStatusChanged: slot.statusSeq > prev
                )
            )
        }
    }
}
