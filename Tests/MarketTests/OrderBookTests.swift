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

@Suite("The order book")
struct OrderBookTests {
    @Test("holds what a dictionary of levels holds", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func equalsDictionary(seed: UInt64) {
        var random = Seeded(state: seed)
        var book = OrderBook()
        var levels: [Side: [Int64: Int64]] = [.bid: [:], .ask: [:]]
        for step in 0..<20_000 {
            let side: Side = Bool.random(using: &random) ? .bid : .ask
            let spread = Int64.random(in: 0...(step % 7 == 0 ? 5_000 : 30), using: &random)
            let price = side == .bid ? 100_000 - spread : 100_001 + spread
            let size = Int64.random(in: 0...3, using: &random)
            let isTaken = book.apply(LevelChange(side: side, price: price, size: size))
            if !isTaken { Issue.record("refused") }
            levels[side]![price] = size == 0 ? nil : size
            if step % 4_000 == 0 { check(book, levels) }
        }
        check(book, levels)
        #expect(!book.isCrossed)
    }

    private func check(_ book: OrderBook, _ levels: [Side: [Int64: Int64]]) {
        let bids = levels[.bid]!.sorted { $0.key > $1.key }
        let asks = levels[.ask]!.sorted { $0.key < $1.key }
        for (side, expected) in [(book.bids, bids), (book.asks, asks)] {
            #expect(side.count == expected.count)
            let actual = expected.indices.map { side.level($0) }
            #expect(actual.map { $0?.price } == expected.map(\.key))
            #expect(actual.map { $0?.size } == expected.map(\.value))
            #expect(side.level(expected.count) == nil)
            #expect(side.size(toDepth: 10) == expected.prefix(10).reduce(0) { $0 + Int128($1.value) })
        }
        #expect(book.bids.size(toPrice: 99_990) == bids.filter { $0.key >= 99_990 }.reduce(0) { $0 + Int128($1.value) })
        #expect(book.asks.size(toPrice: 100_020) == asks.filter { $0.key <= 100_020 }.reduce(0) { $0 + Int128($1.value) })
    }

    @Test("takes extreme mantissas without a trap")
    func extremes() {
        var book = OrderBook()
        for price in [0, 1, Int64.max - 1, .max] {
            for side in [Side.bid, .ask] {
                let isTaken = book.apply(LevelChange(side: side, price: price, size: .max))
                #expect(isTaken)
            }
        }
        #expect(book.isCrossed)
        #expect(book.bids.best! == (.max, .max))
        #expect(book.asks.best! == (0, .max))
        #expect(book.bids.size(toDepth: 10) == Int128(Int64.max) * 4)
        #expect(book.level(-1) == nil)
    }

    @Test("refuses levels beyond its bound and goes on")
    func bounded() {
        var book = OrderBook()
        for price in 0..<Int64(BookSide.levelsMax) {
            _ = book.apply(LevelChange(side: .bid, price: price, size: 1))
        }
        let results = [(-1, 1), (5, 2), (5, 0), (-1, 1)].map { price, size in
            book.apply(LevelChange(side: .bid, price: price, size: size))
        }
        #expect(results == [false, true, true, true])
        #expect(book.bids.count == BookSide.levelsMax)
    }
}

extension OrderBook {
    fileprivate func level(_ depth: Int) -> (price: Int64, size: Int64)? { bids.level(depth) }
}
