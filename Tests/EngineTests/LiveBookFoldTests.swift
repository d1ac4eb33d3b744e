import Market
import TestSupport
import Testing

@testable import Engine

@Suite("Folds over states of the book")
struct LiveBookFoldTests {
    private func roundTrip<Fold: BookFold>(_ fold: Fold, from empty: Fold) throws {
        var decoded = empty
        try decoded.decodeState(fold.encodeState())
        #expect(decoded == fold)
        var other = empty
        #expect(throws: FoldStateError.unknownVersion(99)) {
            try other.decodeState([99] + fold.encodeState().dropFirst())
        }
        #expect(throws: FoldStateError.malformed) { try other.decodeState(Array(fold.encodeState().dropLast())) }
        #expect(throws: FoldStateError.malformed) { try other.decodeState(fold.encodeState() + [0]) }
        #expect(throws: FoldStateError.malformed) { try other.decodeState([]) }
        #expect(other == empty)
    }

    @Test("are restored from their bytes, and from no others")
    func states() throws {
        var book = OrderBook()
        var (top, imbalance, liquidity) = (TopOfBookFold(), ImbalanceFold(depth: 3), LiquidityFold(basisPoints: 50))
        var flow = OrderFlowFold()
        for size in 0...20 {
            _ = book.apply(bid(100, Int64(size)))
            _ = book.apply(ask(101 + Int64(size % 3), 3))
            top.update(book)
            imbalance.update(book)
            liquidity.update(book)
            flow.update(book)
            try roundTrip(top, from: TopOfBookFold())
            try roundTrip(imbalance, from: ImbalanceFold(depth: 3))
            try roundTrip(liquidity, from: LiquidityFold(basisPoints: 50))
            try roundTrip(flow, from: OrderFlowFold())
        }
    }

    @Test("take any bytes without a trap", arguments: 1...20 as ClosedRange<UInt64>)
    func wildBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var book = OrderBook()
        _ = book.apply(bid(.max, .max))
        _ = book.apply(ask(.min, .max))
        for version in [1, 1, 1, 2] as [UInt8] {
            for count in [16, 34, 33, 241, 240] {
                let bytes =
                    [version] + (0..<count).map { _ in UInt8.random(in: 0...(seed % 2 == 0 ? 1 : 255), using: &random) }
                var (top, imbalance, liquidity) = (
                    TopOfBookFold(), ImbalanceFold(depth: 3), LiquidityFold(basisPoints: 50)
                )
                var flow = OrderFlowFold()
                try? top.decodeState(bytes)
                try? imbalance.decodeState(bytes)
                try? liquidity.decodeState(bytes)
                try? flow.decodeState(bytes)
                _ = (top.spreadBps, top.weightedMid, imbalance.value, liquidity.bids, flow.sum(level: 4))
                flow.update(book)
                _ = flow.sum(level: 0)
            }
        }
    }

    @Test("count a level that appears or goes by the formula of a level at the worst price")
    func missingLevels() {
        var book = OrderBook()
        var flow = OrderFlowFold()
        flow.update(book)
        _ = book.apply(bid(100, 7))
        flow.update(book)
        #expect(flow.sum(level: 0) == 7 && flow.sum(level: 1) == 0)
        _ = book.apply(ask(105, 2))
        _ = book.apply(bid(99, 1))
        flow.update(book)
        #expect(flow.sum(level: 0) == 5 && flow.sum(level: 1) == 1)
        _ = book.apply(bid(100, 0))
        flow.update(book)
        #expect(flow.sum(level: 0) == -2 && flow.sum(level: 1) == 0)
    }

    @Test(
        "find the bounds of liquidity exactly, also where doubles would not",
        arguments: [0, 1, 10, 50, 9_999, 10_000]
    )
    func liquidityBounds(basisPoints: Int) {
        var random = SeededGenerator(seed: UInt64(basisPoints) + 1)
        for _ in 0..<200 {
            let base = Int64.random(in: 1...9_000_000_000_000_000, using: &random)
            let reach = max(1, base / 10_000 * Int64(min(basisPoints + 1, 5_000)) / 1)
            var book = OrderBook()
            var levels: [LevelChange] = [bid(base, 1), ask(base + 1, 1)]
            let twiceMid = Int128(base) * 2 + 1
            for edge in [
                twiceMid * Int128(10_000 - basisPoints) / 20_000, twiceMid * Int128(10_000 + basisPoints) / 20_000,
            ] {
                for price in [edge - 1, edge, edge + 1].map({ Int64(clamping: $0) }) where price > 0 {
                    if price < base { levels.append(bid(price, 1)) }
                    if price > base + 1 { levels.append(ask(price, 1)) }
                }
            }
            levels.append(bid(max(1, base - reach), 1))
            var prices = Set<Int64>()
            levels = levels.filter { prices.insert($0.price).inserted }
            for level in levels { _ = book.apply(level) }
            var fold = LiquidityFold(basisPoints: basisPoints)
            fold.update(book)
            let bids = levels.filter {
                $0.side == .bid && Int128($0.price) * 20_000 >= twiceMid * Int128(10_000 - basisPoints)
            }
            let asks = levels.filter {
                $0.side == .ask && Int128($0.price) * 20_000 <= twiceMid * Int128(10_000 + basisPoints)
            }
            #expect(fold.bids == Int128(bids.count) && fold.asks == Int128(asks.count))
        }
    }
}
