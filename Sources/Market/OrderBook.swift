/// The bids and asks of one instrument, by price.
///
/// Prices and sizes are mantissas at the instrument's scales. Sides never hold a level of size 0.
public struct OrderBook: Sendable {
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
    /// - Returns: false if the side is full and the level was not taken.
    @inline(__always)
    public mutating func apply(_ change: LevelChange) -> Bool {
        switch change.side {
        case .bid: bids.set(price: change.price, size: change.size)
        case .ask: asks.set(price: change.price, size: change.size)
        }
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

/// One side of an order book: two arrays ordered so that the best level is the last, where most changes are.
///
/// Invariants: keys ascend strictly; the key of a bid is its price, that of an ask its negated price; every size is > 0.
public struct BookSide: Sendable {
    /// Levels a side may have. Real books have up to 50,000; beyond this a venue's messages are not to be believed.
    public static let levelsMax = 200_000
    /// Levels looked at one by one from the best before the search gallops: most changes are among them.
    private static let linearSteps = 8

    private var keys: [Int64] = []
    private var sizes: [Int64] = []
    private let side: Side

    init(side: Side) { self.side = side }

    /// The number of levels.
    @inline(__always)
    public var count: Int { keys.count }

    /// The best level; nil if the side is empty.
    @inline(__always)
    public var best: (price: Int64, size: Int64)? { level(0) }

    /// The level at a depth, 0 being the best; nil if there is none.
    @inline(__always)
    public func level(_ depth: Int) -> (price: Int64, size: Int64)? {
        let index = keys.count &- 1 &- depth
        guard depth >= 0, index >= 0 else { return nil }
        return (price(of: keys[index]), sizes[index])
    }

    /// The sum of the sizes of the best levels, at most `depth` of them.
    public func size(toDepth depth: Int) -> Int128 {
        var total: Int128 = 0
        var index = keys.count
        let end = max(0, index - depth)
        while index > end {
            index &-= 1
            total &+= Int128(sizes[index])
        }
        return total
    }

    /// The sum of the sizes of all levels that are at `limit` or better.
    public func size(toPrice limit: Int64) -> Int128 {
        let limitKey = key(of: limit)
        var total: Int128 = 0
        var index = keys.count &- 1
        while index >= 0, keys[index] >= limitKey {
            total &+= Int128(sizes[index])
            index &-= 1
        }
        return total
    }

    @inline(__always)
    private func key(of price: Int64) -> Int64 { side == .bid ? price : 0 &- price }

    @inline(__always)
    private func price(of key: Int64) -> Int64 { side == .bid ? key : 0 &- key }

    @inline(__always)
    mutating func set(price: Int64, size: Int64) -> Bool {
        let key = key(of: price)
        let index = lowerBound(key)
        let isPresent = index < keys.count && keys[index] == key
        if size > 0 {
            if isPresent {
                sizes[index] = size
            } else {
                guard keys.count < Self.levelsMax else { return false }
                keys.insert(key, at: index)
                sizes.insert(size, at: index)
            }
        } else if isPresent {
            keys.remove(at: index)
            sizes.remove(at: index)
        }
        return true
    }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        sizes.removeAll(keepingCapacity: true)
    }

    /// Index of the first key that is not below `key`.
    @inline(__always)
    private func lowerBound(_ key: Int64) -> Int {
        var upper = keys.count
        var steps = 0
        while upper > 0, steps < Self.linearSteps {
            if keys[upper &- 1] < key { return upper }
            upper &-= 1
            steps &+= 1
        }
        return upper == 0 ? 0 : gallop(key, from: upper)
    }

    private func gallop(_ key: Int64, from end: Int) -> Int {
        var upper = end
        var step = Self.linearSteps
        var lower = max(0, upper - step)
        while lower > 0, keys[lower] >= key {
            upper = lower
            step *= 2
            lower = max(0, upper - step)
        }
        while lower < upper {
            let middle = (lower + upper) / 2
            if keys[middle] < key { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
