/// The bids and asks of one instrument, by price.
///
/// Prices and sizes are mantissas at the instrument's scales. Sides never hold a level of size 0 or below.
public struct OrderBook: ~Copyable {
    /// Levels with the highest price first.
    public private(set) var bids = BookSide(side: .bid)
    /// Levels with the lowest price first.
    public private(set) var asks = BookSide(side: .ask)
    /// The venue's id of the last change; 0 before any.
    public var updateID: Int64 = 0

    /// Creates an empty book.
    public init() {}

    /// Sets one level to an absolute size; 0 removes it, and removing an unknown level is normal.
    ///
    /// O(distance from the best level) for changes near the top, else O(log n) to find and one move of memory.
    ///
    /// - Returns: false if the level was not taken: its size is negative, or the side is full.
    @inline(__always)
    public mutating func apply(_ change: LevelChange) -> Bool {
        switch change.side {
        case .bid: bids.set(price: change.price, size: change.size)
        case .ask: asks.set(price: change.price, size: change.size)
        }
    }

    /// Sets the levels of one message, in their order.
    ///
    /// A run of changes of one side that goes from the best price to the worst, as venues send them, is one pass over the
    /// touched end of the side. Any other order is taken as well, one level at a time or sorted first.
    ///
    /// - Returns: how many were not taken.
    public mutating func apply(_ changes: UnsafeBufferPointer<LevelChange>) -> Int {
        var refused = 0
        var start = 0
        while start < changes.count {
            let side = changes[start].side
            var end = start &+ 1
            while end < changes.count, changes[end].side == side { end &+= 1 }
            let run = UnsafeBufferPointer(rebasing: changes[start..<end])
            refused &+= side == .bid ? bids.apply(run) : asks.apply(run)
            start = end
        }
        return refused
    }

    /// Replaces the whole book by a snapshot's levels.
    ///
    /// - Returns: how many were not taken.
    public mutating func replace(with levels: UnsafeBufferPointer<LevelChange>) -> Int {
        removeAll()
        return apply(levels)
    }

    /// Empties both sides and keeps their memory.
    public mutating func removeAll() {
        bids.removeAll()
        asks.removeAll()
        updateID = 0
    }

    /// Whether the best bid is not below the best ask.
    public var isCrossed: Bool {
        guard let bid = bids.best, let ask = asks.best else { return false }
        return bid.price >= ask.price
    }
}
