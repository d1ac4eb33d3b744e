import Market

/// An order book and whether it can be believed: what depth, snapshot and state events make of it, live and in a replay of
/// what was stored.
///
///             state(syncing)          state(live)             state(stale)
///     start ────────────────► syncing ───────────► live ─────────────────► stale
///                                ▲  snapshot, depth  │ depth: shown           │ snapshot, depth: applied, not shown
///                                └───────────────────┴────────────────────────┘ state(live): a new epoch
///
/// While the book is not live nothing changes it but a snapshot and what follows one.
struct FollowedBook: ~Copyable {
    /// What an event did.
    enum Effect: Equatable {
        /// The event did not apply.
        case rejected
        /// The book changed, but nobody is to see it yet.
        case hidden
        /// The live book changed.
        case changed
        /// The live book was replaced: an epoch begins.
        case replaced
        /// The book can be believed from now on; after it was stale an epoch begins.
        case becameLive(wasStale: Bool)
        /// The book cannot be believed any more.
        case becameStale
        /// The book is to be rebuilt.
        case becameSyncing
        /// Nothing.
        case nothing
    }

    /// The book, live or not.
    private(set) var book = OrderBook()
    /// What the feed says of it.
    private(set) var feedState: BookState
    /// A snapshot came while not live: depth events apply to the new book.
    private var isRebuilding = false
    /// Levels of the last event that were not taken.
    private(set) var refusedCount = 0

    init(feedState: BookState = .syncing) { self.feedState = feedState }

    /// The feed's state, or crossed if the levels are.
    var shownState: BookState { feedState == .live && book.isCrossed ? .crossed : feedState }

    /// Whether a depth event would apply.
    var takesChanges: Bool { feedState == .live || isRebuilding }

    /// Takes changed levels.
    mutating func change(_ levels: UnsafeBufferPointer<LevelChange>, updateID: Int64) -> Effect {
        guard takesChanges else { return .rejected }
        refusedCount = book.apply(levels)
        book.updateID = updateID
        return feedState == .live ? .changed : .hidden
    }

    /// Takes a whole book that the venue sent.
    mutating func replace(_ levels: UnsafeBufferPointer<LevelChange>, updateID: Int64) -> Effect {
        restore(levels, updateID: updateID)
        guard feedState == .live else {
            isRebuilding = true
            return .hidden
        }
        return .replaced
    }

    /// Takes a whole book that was written down: the one that is here already, unless changes to it were lost.
    mutating func restore(_ levels: UnsafeBufferPointer<LevelChange>, updateID: Int64) {
        refusedCount = book.replace(with: levels)
        book.updateID = updateID
    }

    /// Mantissas grow by these factors, as digits were added; false, and no change, if one does not fit any more.
    mutating func raise(price: Int64, size: Int64) -> Bool {
        var levels: [LevelChange] = []
        for side in [Side.bid, .ask] {
            var depth = 0
            while let level = side == .bid ? book.bids.level(depth) : book.asks.level(depth) {
                let (newPrice, isFar) = level.price.multipliedReportingOverflow(by: price)
                let (newSize, isLarge) = level.size.multipliedReportingOverflow(by: size)
                if isFar || isLarge { return false }
                levels.append(LevelChange(side: side, price: newPrice, size: newSize))
                depth += 1
            }
        }
        let updateID = book.updateID
        levels.withUnsafeBufferPointer { restore($0, updateID: updateID) }
        return true
    }

    /// Takes what the feed says of the book.
    mutating func become(_ state: BookState) -> Effect {
        switch state {
        case .live:
            guard feedState != .live else { return .nothing }
            let wasStale = feedState == .stale
            feedState = .live
            isRebuilding = false
            return .becameLive(wasStale: wasStale)
        case .stale:
            isRebuilding = false
            guard feedState == .live else { return .nothing }
            feedState = .stale
            return .becameStale
        case .syncing:
            feedState = .syncing
            isRebuilding = false
            return .becameSyncing
        case .crossed: return .nothing  // derived from the levels, never told by a feed
        }
    }
}
