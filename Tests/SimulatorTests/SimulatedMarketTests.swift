import Market
import Testing

@testable import Ingest
@testable import Simulator

@Suite struct SimulatedMarketTests {
    @Test func theSameSeedGivesTheSameMarket() {
        let symbol = SimulatedSymbol.wellKnown[0]
        var one = SimulatedMarket(symbol: symbol, seed: 7)
        var two = SimulatedMarket(symbol: symbol, seed: 7)
        var other = SimulatedMarket(symbol: symbol, seed: 8)
        var (text, same, different) = (MessageText(), MessageText(), MessageText())
        for step in 0..<2_000 {
            text.message(one.next(mix: .init()), of: one, time: Int64(step), unit: .microseconds)
            same.message(two.next(mix: .init()), of: two, time: Int64(step), unit: .microseconds)
            different.message(other.next(mix: .init()), of: other, time: Int64(step), unit: .microseconds)
        }
        #expect(text.bytes == same.bytes)
        #expect(text.bytes != different.bytes)
    }

    @Test(arguments: SimulatedSymbol.wellKnown + SimulatedSymbol.synthetic(2))
    func theBookStaysSortedAndUncrossed(symbol: SimulatedSymbol) throws {
        var market = SimulatedMarket(symbol: symbol, seed: 3)
        for _ in 0..<20_000 {
            _ = market.next(mix: .init())
            let bid = try #require(market.bids.best)
            let ask = try #require(market.asks.best)
            #expect(bid < ask && bid > 0)
        }
        for side in [market.bids, market.asks] {
            #expect(side.count >= 400 && side.count <= 1_400)
            #expect(side.sizes.allSatisfy { $0 > 0 })
            let ordered = zip(side.prices, side.prices.dropFirst()).allSatisfy { side.isBid ? $0 < $1 : $0 > $1 }
            #expect(ordered)
        }
    }

    /// The whole way without sockets: the venue's text, the adapter, and a book of plain dictionaries.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func aBookRebuiltFromTheStreamEqualsTheVenues(seed: UInt64) throws {
        let symbol = SimulatedSymbol.wellKnown[Int(seed)]
        var market = SimulatedMarket(symbol: symbol, seed: seed)
        var adapter = BinanceSpotAdapter(
            configuration: .init(),
            registry: InstrumentRegistry(),
            sequence: SequenceSource()
        )
        var batch = EventBatch()
        try adapter.add(
            BinanceSymbol(name: symbol.name, base: symbol.base, quote: symbol.quote),
            now: 0,
            into: &batch
        )
        adapter.connected(now: 0)
        var rebuilt = NaiveBook()
        var text = MessageText()
        var (quotesCompared, booksCompared) = (0, 0)
        for step in 1...20_000 {
            let message = market.next(mix: .init())
            text.removeAll()
            text.message(message, of: market, time: Int64(step) * 1_000_000, unit: .milliseconds)
            try text.bytes.withUnsafeBufferPointer {
                try adapter.decode($0, receiveTime: Int64(step), into: &batch)
            }
            if adapter.takeActions() == [.requestSnapshot(symbol: symbol.name)] {
                text.removeAll()
                text.snapshot(of: market, lastUpdateID: market.updateID, limit: 5_000)
                try text.bytes.withUnsafeBufferPointer {
                    try adapter.snapshot(symbol: symbol.name, body: $0, receiveTime: Int64(step), into: &batch)
                }
            }
            for event in batch.events {
                rebuilt.apply(event, batch.changes)
                if event.kind == .quote, event.id == rebuilt.updateID {
                    quotesCompared += 1
                    #expect(rebuilt.bids.keys.max() == event.price)
                    #expect(rebuilt.asks.keys.min() == event.price2)
                    #expect(rebuilt.bids[event.price] == event.size)
                    #expect(rebuilt.asks[event.price2] == event.size2)
                }
            }
            batch.removeAll()
            if step % 500 == 0, rebuilt.updateID == market.updateID {
                booksCompared += 1
                #expect(rebuilt.bids == NaiveBook.levels(market.bids, symbol))
                #expect(rebuilt.asks == NaiveBook.levels(market.asks, symbol))
            }
        }
        #expect(adapter.counters.gaps == 0)
        #expect(adapter.counters.rejected == 0)
        #expect(adapter.counters.trades > 2_000)
        #expect(quotesCompared > 500)
        #expect(booksCompared > 3)
    }

    @Test func decimalsHaveEightDigits() {
        var text = MessageText()
        text.decimal(0)
        text.decimal(1)
        text.decimal(6_183_763_000_000)
        #expect(String(decoding: text.bytes, as: UTF8.self) == "\"0.00000000\"\"0.00000001\"\"61837.63000000\"")
    }

    @Test func namesAreFoundOrMadeUp() throws {
        let symbols = try #require(SimulatedSymbol.named(["BTC-USDT", "abc-eur", "BTC-USDT"]))
        #expect(symbols.map(\.name) == ["BTCUSDT", "ABCEUR"])
        #expect(SimulatedSymbol.named(["BTCUSDT"]) == nil)
        #expect(SimulatedSymbol.named(["A-B-C"]) == nil)
        #expect(SimulatedSymbol.synthetic(12).map(\.name).last == "SIM0012USDT")
    }
}

/// A book of plain dictionaries, as an oracle.
struct NaiveBook {
    var bids: [Int64: Int64] = [:]
    var asks: [Int64: Int64] = [:]
    var updateID: Int64 = 0

    mutating func apply(_ event: MarketEvent, _ changes: [LevelChange]) {
        guard event.kind == .depth || event.kind == .snapshot else { return }
        if event.kind == .snapshot {
            bids = [:]
            asks = [:]
        }
        for change in changes[event.changes] {
            let size = change.size == 0 ? nil : change.size
            if change.side == .bid { bids[change.price] = size } else { asks[change.price] = size }
        }
        updateID = event.id
    }

    static func levels(_ side: SimulatedSide, _ symbol: SimulatedSymbol) -> [Int64: Int64] {
        var levels: [Int64: Int64] = [:]
        for (price, size) in zip(side.prices, side.sizes) { levels[price * symbol.tick] = size * symbol.lot }
        return levels
    }
}
