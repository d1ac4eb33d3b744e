import Market

/// The numbers of a depth message that decide whether it applies.
struct DepthUpdate: Hashable {
    /// `U`: the first update id in it.
    var first: Int64
    /// `u`: the last.
    var last: Int64
    /// The venue's event time, nanoseconds.
    var time: Int64
    /// When it was received, nanoseconds.
    var receiveTime: Int64
}

/// The venue's recipe for keeping one instrument's book in step with its stream, without the book.
///
///     idle ──begin──► buffering ──snapshot that reaches into the buffer──► live
///                       ▲  │ ▲                                              │
///                       │  └─┘ snapshot older than the buffer: fetch again  │
///                       └───────────── an update id is missing ◄────────────┘
///
/// Invariants: the buffer is empty unless buffering; its updates follow each other without a missing id; while live,
/// every update up to `updateID` was handed out.
struct BookSynchronizer {
    /// Where the recipe stands.
    enum Phase: UInt8 {
        case idle
        case buffering
        case live
    }

    /// What to do with a depth message.
    enum DepthVerdict: UInt8 {
        /// Nothing: it is older than the book, or no sync has begun.
        case outOfDate
        /// Nothing yet: it waits for the snapshot.
        case buffered
        /// Nothing yet: it waits, but those before it were given up, as ids between are missing or the buffer was full.
        case bufferRestarted
        /// Apply it.
        case apply
        /// Ids are missing before it: the book is stale, a snapshot is needed. It waits for that.
        case gap
    }

    /// What to do with a snapshot.
    enum SnapshotVerdict: Hashable {
        /// Nothing: none was needed.
        case unrequested
        /// Fetch another: the buffer begins after it.
        case tooOld
        /// Apply it, then the buffered updates from this index on, then clear the buffer.
        case splice(from: Int)
    }

    private(set) var phase = Phase.idle
    /// The last update id in the book; 0 before the first snapshot.
    private(set) var updateID: Int64 = 0
    private(set) var buffer = DepthBuffer()

    /// Forgets what was buffered and waits for a new snapshot: the stream begins, or begins again.
    mutating func begin() {
        phase = .buffering
        buffer.removeAll()
    }

    /// The stream ended.
    mutating func end() {
        phase = .idle
        buffer.removeAll()
    }

    /// Judges a depth message and keeps it if it has to wait.
    mutating func depth(_ update: DepthUpdate, changes: [LevelChange]) -> DepthVerdict {
        switch phase {
        case .idle:
            return .outOfDate
        case .live:
            if update.last <= updateID { return .outOfDate }
            if update.first <= updateID &+ 1 {
                updateID = update.last
                return .apply
            }
            phase = .buffering
            assert(buffer.updates.isEmpty)
            buffer.append(update, changes: changes)
            return .gap
        case .buffering:
            var isRestarted = false
            if let last = buffer.updates.last?.update.last {
                if update.last <= last { return .outOfDate }
                if update.first > last &+ 1 || !buffer.hasRoom(for: changes.count) {
                    buffer.removeAll()
                    isRestarted = true
                }
            }
            buffer.append(update, changes: changes)
            return isRestarted ? .bufferRestarted : .buffered
        }
    }

    /// Judges a snapshot. After ``SnapshotVerdict/splice(from:)`` the phase is live; call ``spliced()`` once applied.
    mutating func snapshot(lastUpdateID: Int64) -> SnapshotVerdict {
        guard phase == .buffering else { return .unrequested }
        if let first = buffer.updates.first?.update.first, lastUpdateID < first { return .tooOld }
        let kept = buffer.updates.firstIndex { $0.update.last > lastUpdateID } ?? buffer.updates.count
        phase = .live
        updateID = buffer.updates.last.map { max($0.update.last, lastUpdateID) } ?? lastUpdateID
        return .splice(from: kept)
    }

    /// The buffered updates were applied.
    mutating func spliced() { buffer.removeAll() }

    /// How far a snapshot of unknown symbol lies from this buffer; nil if it cannot be this instrument's.
    func distance(ofSnapshot lastUpdateID: Int64) -> Int64? {
        guard phase == .buffering, let first = buffer.updates.first, let last = buffer.updates.last,
            lastUpdateID >= first.update.first
        else { return nil }
        return max(0, lastUpdateID - last.update.last)
    }
}

/// Depth messages that wait for a snapshot, in two flat arrays.
struct DepthBuffer {
    struct Entry {
        var update: DepthUpdate
        var changes: Range<Int>
    }

    private(set) var updates: [Entry] = []
    private(set) var changes: [LevelChange] = []

    /// Messages kept: nearly seven minutes of a 100 ms stream, longer than any snapshot takes.
    static let updatesMax = 4_096
    /// Changes kept: 6 MiB an instrument.
    static let changesMax = 262_144

    func hasRoom(for count: Int) -> Bool {
        updates.count < Self.updatesMax && changes.count + count <= Self.changesMax
    }

    mutating func append(_ update: DepthUpdate, changes added: [LevelChange]) {
        let start = changes.count
        changes.append(contentsOf: added)
        updates.append(Entry(update: update, changes: start..<changes.count))
    }

    mutating func removeAll() {
        updates.removeAll()
        changes.removeAll()  // gives the memory back: a book syncs rarely
    }
}
