/// One side of an order book: two arrays ordered so that the best level is the last, where most changes are.
///
///     bids    99.7  99.8  99.9        asks   100.3  100.2  100.1
///                         best                              best
///
/// Invariants: keys ascend strictly; the key of a bid is its price, that of an ask the complement of its price (the
/// negated price less 1, which no price overflows); every size is > 0; both arrays have room for `capacity` levels, of
/// which the first `count` are initialised.
public struct BookSide: ~Copyable {
    /// Levels a side may have. Real books have up to 50,000; beyond this a venue's messages are not to be believed.
    public static let levelsMax = 200_000
    /// Room that the first growth gives, so that small books do not grow level by level.
    private static let capacityMin = 64
    /// Levels looked at one by one before the search gallops: most changes are among them.
    private static let linearSteps = 8

    /// The number of levels.
    public private(set) var count = 0
    private var capacity = 0
    private var keys: UnsafeMutablePointer<Int64>
    private var sizes: UnsafeMutablePointer<Int64>
    /// All bits set for asks, none for bids: turns a price into its key and back.
    private let mask: Int64

    init(side: Side) {
        mask = side == .bid ? 0 : -1
        keys = .allocate(capacity: 1)
        sizes = .allocate(capacity: 1)
        capacity = 1
    }

    deinit {
        keys.deallocate()
        sizes.deallocate()
    }
}

/// Reading.
extension BookSide {
    /// The best level; nil if the side is empty.
    @inline(__always)
    public var best: (price: Int64, size: Int64)? { level(0) }

    /// The level at a depth, 0 being the best; nil if there is none.
    @inline(__always)
    public func level(_ depth: Int) -> (price: Int64, size: Int64)? {
        guard depth >= 0, depth < count else { return nil }
        let index = count &- 1 &- depth
        return (keys[index] ^ mask, sizes[index])
    }

    /// The size at a price; 0 if there is no such level.
    public func size(at price: Int64) -> Int64 {
        let key = price ^ mask
        let index = lowerBound(key, below: count)
        return index < count && keys[index] == key ? sizes[index] : 0
    }

    /// The sum of the sizes of the best levels, at most `depth` of them.
    public func size(toDepth depth: Int) -> Int128 {
        sumOfSizes(from: max(0, count &- max(0, depth)))
    }

    /// The sum of the sizes of all levels that are at `limit` or better.
    public func size(toPrice limit: Int64) -> Int128 {
        sumOfSizes(from: lowerBound(limit ^ mask, below: count))
    }

    /// The sum from an index to the best level, exact: halves are summed apart, as 2^17 of them cannot overflow.
    @inline(__always)
    private func sumOfSizes(from start: Int) -> Int128 {
        var low: Int64 = 0
        var high: Int64 = 0
        var index = start
        while index < count {
            let size = sizes[index]
            low &+= size & 0xFFFF_FFFF
            high &+= size >> 32
            index &+= 1
        }
        return Int128(high) << 32 &+ Int128(low)
    }

    /// Index of the first key that is not below `key`, among the first `end`; searched from there, as changes are near.
    @inline(__always)
    private func lowerBound(_ key: Int64, below end: Int) -> Int {
        var upper = end
        let linearEnd = max(0, end &- Self.linearSteps)
        while upper > linearEnd {
            if keys[upper &- 1] < key { return upper }
            upper &-= 1
        }
        return upper == 0 ? 0 : gallop(key, below: upper)
    }

    private func gallop(_ key: Int64, below end: Int) -> Int {
        var upper = end
        var step = Self.linearSteps
        var lower = max(0, upper &- step)
        while lower > 0, keys[lower] >= key {
            upper = lower
            step &*= 2
            lower = max(0, upper &- step)
        }
        while lower < upper {
            let middle = (lower &+ upper) >> 1
            if keys[middle] < key { lower = middle &+ 1 } else { upper = middle }
        }
        return lower
    }
}

/// Changing one level.
extension BookSide {
    @inline(__always)
    mutating func set(price: Int64, size: Int64) -> Bool {
        guard size >= 0 else { return false }
        let key = price ^ mask
        let index = lowerBound(key, below: count)
        let isPresent = index < count && keys[index] == key
        if size > 0 {
            guard isPresent else {
                return insert(key, size, at: index)
            }
            sizes[index] = size
        } else if isPresent {
            remove(at: index)
        }
        return true
    }

    mutating func removeAll() { count = 0 }

    private mutating func insert(_ key: Int64, _ size: Int64, at index: Int) -> Bool {
        guard count < Self.levelsMax else { return false }
        reserve(count &+ 1)
        move(index..<count, by: 1)
        keys[index] = key
        sizes[index] = size
        count &+= 1
        return true
    }

    private mutating func remove(at index: Int) {
        move(index &+ 1..<count, by: -1)
        count &-= 1
    }

    /// Moves levels towards the best (by a positive number) or away from it, over what was there.
    @inline(__always)
    private mutating func move(_ levels: Range<Int>, by distance: Int) {
        guard !levels.isEmpty else { return }
        let target = levels.lowerBound &+ distance
        (keys + target).update(from: keys + levels.lowerBound, count: levels.count)
        (sizes + target).update(from: sizes + levels.lowerBound, count: levels.count)
    }

    private mutating func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        capacity = max(needed, capacity &* 2, Self.capacityMin)
        keys = Self.copy(keys, count, capacity: capacity)
        sizes = Self.copy(sizes, count, capacity: capacity)
    }

    private static func copy(
        _ old: UnsafeMutablePointer<Int64>,
        _ count: Int,
        capacity: Int
    ) -> UnsafeMutablePointer<Int64> {
        let new = UnsafeMutablePointer<Int64>.allocate(capacity: capacity)
        new.initialize(from: old, count: count)
        old.deallocate()
        return new
    }
}

/// Changing many levels.
extension BookSide {
    /// Runs shorter than this are taken one by one: a pass would cost more than it saves.
    private static let passMin = 3
    /// Runs that are out of order and not longer than this are taken one by one; longer ones are sorted first.
    private static let unsortedMax = 32

    /// A level that a pass adds, and the index that it goes before.
    private struct Insertion {
        var index: Int
        var key: Int64
        var size: Int64
    }

    /// Takes changes of this side in their order. Returns how many were not taken.
    mutating func apply(_ run: UnsafeBufferPointer<LevelChange>) -> Int {
        let hasRoom = count &+ run.count <= Self.levelsMax
        if run.count >= Self.passMin, hasRoom, isBestFirst(run) { return applyBestFirst(run) }
        if run.count <= Self.unsortedMax || !hasRoom { return applyOneByOne(run) }
        let sorted = bestFirst(run)
        let superseded = run.reduce(0) { $0 &+ ($1.size < 0 ? 1 : 0) }
        return sorted.withUnsafeBufferPointer { applyBestFirst($0) } &+ superseded
    }

    private mutating func applyOneByOne(_ run: UnsafeBufferPointer<LevelChange>) -> Int {
        var refused = 0
        for change in run where !set(price: change.price, size: change.size) { refused &+= 1 }
        return refused
    }

    private func isBestFirst(_ run: UnsafeBufferPointer<LevelChange>) -> Bool {
        var index = 1
        while index < run.count {
            if run[index].price ^ mask >= run[index &- 1].price ^ mask { return false }
            index &+= 1
        }
        return true
    }

    /// The changes that have an effect, each price once with its last size, the best first.
    private func bestFirst(_ run: UnsafeBufferPointer<LevelChange>) -> [LevelChange] {
        let order = run.indices.filter { run[$0].size >= 0 }.sorted { left, right in
            let (leftKey, rightKey) = (run[left].price ^ mask, run[right].price ^ mask)
            return leftKey == rightKey ? left > right : leftKey > rightKey
        }
        var changes: [LevelChange] = []
        for index in order where changes.last?.price != run[index].price { changes.append(run[index]) }
        return changes
    }

    /// One pass down the side finds the places, one up takes levels out, one down puts levels in: each level that has to
    /// move does so at most twice, however many change.
    private mutating func applyBestFirst(_ run: UnsafeBufferPointer<LevelChange>) -> Int {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: run.count) { removals in
            withUnsafeTemporaryAllocation(of: Insertion.self, capacity: run.count) { insertions in
                var refused = 0
                var removalCount = 0
                var insertionCount = 0
                var place = count
                for change in run {
                    let key = change.price ^ mask
                    let end = place
                    place = lowerBound(key, below: end)
                    let isPresent = place < end && keys[place] == key
                    if change.size < 0 {
                        refused &+= 1
                    } else if change.size == 0 {
                        guard isPresent else { continue }
                        removals[removalCount] = place
                        removalCount &+= 1
                    } else if isPresent {
                        sizes[place] = change.size
                    } else {
                        // Removals so far are above this place; those to come are below, and `insert` knows them.
                        insertions[insertionCount] = Insertion(
                            index: place &+ removalCount,
                            key: key,
                            size: change.size
                        )
                        insertionCount &+= 1
                    }
                }
                remove(UnsafeBufferPointer(start: removals.baseAddress, count: removalCount))
                let added = UnsafeBufferPointer(start: insertions.baseAddress, count: insertionCount)
                insert(added, removedCount: removalCount)
                return refused
            }
        }
    }

    /// Takes levels out, given the best first.
    @inline(__always)
    private mutating func remove(_ indices: UnsafeBufferPointer<Int>) {
        var number = indices.count
        while number > 0 {
            number &-= 1
            let next = number == 0 ? count : indices[number &- 1]
            move(indices[number] &+ 1..<next, by: number &- indices.count)
        }
        count &-= indices.count
    }

    /// Puts levels in, given the best first. The index of one counts the removed levels above it instead of those below.
    @inline(__always)
    private mutating func insert(_ levels: UnsafeBufferPointer<Insertion>, removedCount: Int) {
        guard !levels.isEmpty else { return }
        reserve(count &+ levels.count)
        var end = count
        var distance = levels.count
        for level in levels {
            let index = level.index &- removedCount
            move(index..<end, by: distance)
            end = index
            distance &-= 1
            keys[index &+ distance] = level.key
            sizes[index &+ distance] = level.size
        }
        count &+= levels.count
    }
}
