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
    /// Place of each feature of the catalog in ``features``; -1 if it is not there.
    let positions: [Int]
    /// Whether it holds every feature of the book: then each change of the book is told, even if no feature moved, so that
    /// `u` follows the venue.
    let followsBook: Bool
    /// The last delta or snapshot of the chain.
    var head = Cause()
    var subscribers: [Subscription] = []
    /// The snapshot of the present state, until the next change.
    var snapshot: ByteBuffer?

    init(key: ShapeKey, sid: Int64, instrument: InstrumentFeatures, followsBook: Bool) {
        self.key = key
        self.sid = sid
        self.instrument = instrument
        self.features = key.features
        var positions = Array(repeating: -1, count: instrument.slots.count)
        for (position, feature) in key.features.enumerated() { positions[feature] = position }
        self.positions = positions
        self.followsBook = followsBook
        self.head = instrument.head(of: key.features, followsBook: followsBook)
    }
}

/// One subscriber of a shape. Its session lets go of it when the connection ends, and so ends the cycle of references.
final class Subscription {
    let shape: Shape
    let session: StreamSession
    let request: Int64?
    let closesOnLag: Bool
    /// `seq` of the last snapshot or delta that was sent or queued.
    var last: Int64 = 0
    var backlog = Backlog.none

    /// What the subscriber has yet to get besides queued frames.
    enum Backlog {
        case none
        /// A snapshot, and nothing before it.
        case snapshot
        /// Deltas merged into one.
        case delta(MergedDelta)
        /// The news that deltas were dropped, then a snapshot.
        case lag(from: Int64, to: Int64)
    }

    init(shape: Shape, session: StreamSession, request: Int64?, closesOnLag: Bool) {
        self.shape = shape
        self.session = session
        self.request = request
        self.closesOnLag = closesOnLag
    }
}

/// Deltas of one subscription that became one: positions, not values, for values are absolute and live in the state.
struct MergedDelta {
    var positions: FieldSet
    var statuses: FieldSet
    var hasBookChanged = false
    var count = 0

    init(fieldCount: Int) {
        positions = FieldSet(count: fieldCount)
        statuses = FieldSet(count: fieldCount)
    }
}

/// What changed in a shape by one update.
struct ShapeChange {
    /// Positions in the shape's fields, ascending.
    var positions: [Int] = []
    /// Those of them whose status changed.
    var statuses: [Int] = []
    var hasBookChanged = false
    /// Whether the subscriber wants to know of the venue's update id alone.
    var hasUpdateID = false
    /// Updates in it; more than 1 if they were merged on the way from another loop.
    var count = 1

    var isEmpty: Bool { positions.isEmpty && !hasBookChanged && !hasUpdateID }
}

extension MergedDelta {
    mutating func add(_ change: ShapeChange) {
        for position in change.positions { positions.insert(position) }
        for position in change.statuses { statuses.insert(position) }
        hasBookChanged = hasBookChanged || change.hasBookChanged
        count += change.count
    }
}
