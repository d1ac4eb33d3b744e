import Testing

@testable import Market

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The simplest order book: a dictionary a side.
private struct DictionaryBook {
    var levels: [Side: [Int64: Int64]] = [.bid: [:], .ask: [:]]

    mutating func apply(_ change: LevelChange) {
        if change.size >= 0 { levels[change.side]![change.price] = change.size == 0 ? nil : change.size }
    }

    func sorted(_ side: Side) -> [(price: Int64, size: Int64)] {
        levels[side]!.map { ($0.key, $0.value) }.sorted { side == .bid ? $0.0 > $1.0 : $0.0 < $1.0 }
    }

    func expectEqual(_ book: borrowing OrderBook) {
        expectEqual(book.bids, sorted(.bid))
        expectEqual(book.asks, sorted(.ask))
    }

    private func expectEqual(_ side: borrowing BookSide, _ expected: [(price: Int64, size: Int64)]) {
        let count = side.count
        #expect(count == expected.count)
        let (prices, sizes) = (
            expected.indices.map { side.level($0)?.price }, expected.indices.map { side.level($0)?.size }
        )
        #expect(prices == expected.map(\.price))
        #expect(sizes == expected.map(\.size))
        let (beyond, before) = (side.level(expected.count)?.price, side.level(-1)?.price)
        #expect(beyond == nil && before == nil)
        for depth in [0, 1, 10, Int.max] {
            let sum = side.size(toDepth: depth)
            #expect(sum == expected.prefix(depth).reduce(0) { $0 + Int128($1.size) })
        }
        guard let limit = expected.dropFirst(expected.count / 2).first?.price else { return }
        let sum = side.size(toPrice: limit)
        #expect(sum == expected.prefix(expected.count / 2 + 1).reduce(0) { $0 + Int128($1.size) })
    }
}

extension OrderBook {
    fileprivate mutating func apply(all changes: [LevelChange]) -> Int { changes.withUnsafeBufferPointer { apply($0) } }
    fileprivate mutating func replace(all changes: [LevelChange]) -> Int {
        changes.withUnsafeBufferPointer { replace(with: $0) }
    }
}

@Suite("The order book")
struct OrderBookTests {
    private func change(_ random: inout Seeded, reach: Int64, sizeMax: Int64 = 3) -> LevelChange {
        let side: Side = Bool.random(using: &random) ? .bid : .ask
        let distance = Int64.random(in: 0...reach, using: &random)
        let price = side == .bid ? 100_000 - distance : 100_001 + distance
        return LevelChange(side: side, price: price, size: Int64.random(in: 0...sizeMax, using: &random))
    }

    @Test("holds what a dictionary of levels holds after changes one by one", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func equalsDictionaryOneByOne(seed: UInt64) {
        var random = Seeded(state: seed)
        var book = OrderBook()
        var oracle = DictionaryBook()
        for step in 0..<20_000 {
            let change = change(&random, reach: step % 7 == 0 ? 5_000 : 30)
            let isTaken = book.apply(change)
            oracle.apply(change)
            if !isTaken { Issue.record("refused") }
            if step % 4_000 == 0 { oracle.expectEqual(book) }
        }
        oracle.expectEqual(book)
        let isCrossed = book.isCrossed
        #expect(!isCrossed)
    }

    /// Messages as venues send them (bids, then asks, the best first), and as none should.
    enum Order: CaseIterable {
        case bestFirst
        case worstFirst
        case any
    }

    @Test(
        "holds what a dictionary of levels holds after whole messages, in whatever order",
        arguments: Order.allCases,
        [1, 2, 3, 4] as [UInt64]
    )
    func equalsDictionaryByMessage(order: Order, seed: UInt64) {
        var random = Seeded(state: seed)
        var book = OrderBook()
        var oracle = DictionaryBook()
        for step in 0..<600 {
            let reach: Int64 = [5, 40, 3_000][step % 3]
            let count = Int.random(in: 0...(step % 50 == 0 ? 400 : 40), using: &random)
            var changes = (0..<count).map { _ in change(&random, reach: reach) }
            if order != .any {
                var seen = Set<Int64>()
                changes = changes.filter { seen.insert($0.price).inserted }
                changes.sort { left, right in
                    if left.side != right.side { return left.side == .bid }
                    let isBetter = left.side == .bid ? left.price > right.price : left.price < right.price
                    return isBetter == (order == .bestFirst)
                }
            } else if step % 10 == 0, count > 0 {
                changes[count / 2].size = -1
            }
            let refused = book.apply(all: changes)
            #expect(refused == changes.count { $0.size < 0 })
            for change in changes { oracle.apply(change) }
            if step % 20 == 0 { oracle.expectEqual(book) }
        }
        oracle.expectEqual(book)
    }

    @Test("is replaced by a snapshot, sorted or not", arguments: [true, false])
    func replaced(isSorted: Bool) {
        var random = Seeded(state: 7)
        var book = OrderBook()
        _ = book.apply(all: [LevelChange(side: .bid, price: 1, size: 1), LevelChange(side: .ask, price: 2, size: 1)])
        var levels = (0..<5_000).flatMap { distance in
            [
                LevelChange(side: .bid, price: 10_000 - Int64(distance), size: 1 + Int64(distance)),
                LevelChange(side: .ask, price: 10_001 + Int64(distance), size: 2 + Int64(distance)),
            ]
        }
        if isSorted { levels.sort { $0.side == .bid && $1.side == .ask } } else { levels.shuffle(using: &random) }
        let refused = book.replace(all: levels)
        #expect(refused == 0)
        var oracle = DictionaryBook()
        for level in levels { oracle.apply(level) }
        oracle.expectEqual(book)
        book.removeAll()
        DictionaryBook().expectEqual(book)
    }

    @Test("takes extreme mantissas without a trap")
    func extremes() {
        var book = OrderBook()
        let prices: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        var oracle = DictionaryBook()
        for price in prices.shuffled() {
            for side in [Side.bid, .ask] {
                let change = LevelChange(side: side, price: price, size: .max)
                let isTaken = book.apply(change)
                #expect(isTaken)
                oracle.apply(change)
            }
        }
        oracle.expectEqual(book)
        let (isCrossed, best) = (book.isCrossed, book.asks.best?.price)
        #expect(isCrossed && best == .min)
    }

    @Test("refuses a negative size and changes nothing")
    func negativeSize() {
        var book = OrderBook()
        _ = book.apply(LevelChange(side: .bid, price: 5, size: 2))
        let isTaken = book.apply(LevelChange(side: .bid, price: 5, size: -1))
        let size = book.bids.best?.size
        #expect(!isTaken && size == 2)
    }

    @Test("refuses levels beyond its bound, one by one and in a message, and goes on")
    func bounded() {
        var book = OrderBook()
        let levels = (0..<BookSide.levelsMax).map { LevelChange(side: .bid, price: Int64($0), size: 1) }
        let refused = book.apply(all: levels.reversed())
        #expect(refused == 0)
        let results = [(-1, 1), (5, 2), (5, 0), (-1, 1)].map { price, size in
            book.apply(LevelChange(side: .bid, price: price, size: size))
        }
        #expect(results == [false, true, true, true])
        let more = (-40..<0).reversed().map { LevelChange(side: .bid, price: $0, size: 2) }
        let refusedMore = book.apply(all: more)
        let (count, worst) = (book.bids.count, book.bids.level(BookSide.levelsMax - 1)?.size)
        #expect(refusedMore == 39 && count == BookSide.levelsMax && worst == 2)
    }
}
