import Market
import Testing

@testable import Ingest

@Suite struct BinanceSpotAdapterTests {
    @Test func aBookGoesLiveWithSnapshotSplicedEventsAndState() throws {
        var harness = try AdapterHarness.connected()
        #expect(harness.takeWords() == ["BTC-USDT state syncing start", "ETH-USDT state syncing start"])
        try harness.depth("BTCUSDT", 1, 2)
        try harness.depth("BTCUSDT", 3, 4)
        try harness.depth("BTCUSDT", 5, 6)
        #expect(harness.takeWords() == [])
        #expect(harness.adapter.takeActions() == [.requestSnapshot(symbol: "BTCUSDT")])
        try harness.snapshot("BTCUSDT", id: 4)
        let expected = [
            "BTC-USDT snapshot 4", "BTC-USDT depth 6", "BTC-USDT state live synced",
        ]
        #expect(harness.takeWords() == expected)
        try harness.depth("BTCUSDT", 7, 8)
        #expect(harness.takeWords() == ["BTC-USDT depth 8"])
        #expect(harness.adapter.counters.depthApplied == 1)
        #expect(harness.adapter.counters.depthSpliced == 1)
        #expect(harness.adapter.counters.depthDropped == 2)
        #expect(harness.adapter.takeActions() == [])
    }

    @Test func aGapStalesOneInstrumentOnly() throws {
        var harness = try AdapterHarness.connected()
        for symbol in ["BTCUSDT", "ETHUSDT"] {
            try harness.depth(symbol, 1, 2)
            try harness.snapshot(symbol, id: 2)
        }
        _ = harness.adapter.takeActions()
        _ = harness.takeWords()
        try harness.depth("BTCUSDT", 4, 5)
        try harness.depth("ETHUSDT", 3, 5)
        #expect(harness.takeWords() == ["BTC-USDT state stale gap", "ETH-USDT depth 5"])
        #expect(harness.adapter.takeActions() == [.requestSnapshot(symbol: "BTCUSDT")])
        try harness.depth("BTCUSDT", 6, 7)
        try harness.feed(AdapterHarness.trade("BTCUSDT", id: 77))
        #expect(harness.takeWords() == ["BTC-USDT trade 77"])  // trades pass while the book is stale
        try harness.snapshot("BTCUSDT", id: 3)
        #expect(harness.takeWords() == [])
        #expect(harness.adapter.counters.snapshotsTooOld == 1)
        #expect(harness.adapter.takeActions() == [.requestSnapshot(symbol: "BTCUSDT")])
        try harness.snapshot("BTCUSDT", id: 5)
        #expect(harness.takeWords() == ["BTC-USDT snapshot 5", "BTC-USDT depth 7", "BTC-USDT state live synced"])
        #expect(harness.adapter.counters.gaps == 1)
        #expect(harness.adapter.counters.resyncs == 1)
    }

    @Test func aLostConnectionStalesEveryBookOnce() throws {
        var harness = try AdapterHarness.connected()
        try harness.depth("BTCUSDT", 1, 2)
        try harness.snapshot("BTCUSDT", id: 2)
        _ = harness.takeWords()
        harness.adapter.disconnected(reason: .silence, now: 5_000, into: &harness.batch)
        harness.adapter.disconnected(reason: .silence, now: 6_000, into: &harness.batch)
        #expect(harness.takeWords() == ["BTC-USDT state stale silence", "ETH-USDT state stale silence"])
        #expect(harness.adapter.takeActions() == [])
        try harness.depth("BTCUSDT", 3, 4)
        #expect(harness.takeWords() == [])
        harness.adapter.connected(now: 7_000)
        try harness.depth("BTCUSDT", 10, 12)
        try harness.snapshot("BTCUSDT", id: 12)
        #expect(harness.takeWords() == ["BTC-USDT snapshot 12", "BTC-USDT state live synced"])
    }

    @Test func aQuietStreamFetchesItsSnapshotAfterASecond() throws {
        var harness = try AdapterHarness.connected()
        harness.adapter.tick(now: 1_000 + 999_999_999, into: &harness.batch)
        #expect(harness.adapter.takeActions() == [])
        harness.adapter.tick(now: 1_000 + 1_000_000_000, into: &harness.batch)
        #expect(
            harness.adapter.takeActions() == [.requestSnapshot(symbol: "BTCUSDT"), .requestSnapshot(symbol: "ETHUSDT")]
        )
        harness.adapter.tick(now: 9_000_000_000, into: &harness.batch)
        #expect(harness.adapter.takeActions() == [])
    }

    @Test func eventsBearTheirFields() throws {
        var harness = try AdapterHarness.connected()
        try harness.feed(BinanceDecoderTests.quote, at: 5_000)
        try harness.feed(BinanceDecoderTests.trade, at: 6_000)
        try harness.feed(BinanceDecoderTests.quote, at: 7_000)
        let events = harness.takeEvents().filter { $0.kind != .state }
        #expect(events.map(\.time) == [5_000, 1_723_161_255_342_000_000, 1_723_161_255_343_000_000])
        #expect(events.map(\.receiveTime) == [5_000, 6_000, 7_000])
        #expect(events.map(\.seq) == [2, 3, 4])  // 1 was the state
        let trade = events[1]
        #expect(trade.id == 3_735_683_259)
        #expect(trade.price == 6_183_763_000_000)
        #expect(trade.size == 2_000_000)
        #expect(trade.side == .ask)  // the buyer was the maker: a seller took
        let quote = events[0]
        #expect(quote.id == 50_093_239_212)
        #expect([quote.price, quote.size] == [6_183_763_000_000, 378_826_000])
        #expect([quote.price2, quote.size2] == [6_183_764_000_000, 154_698_000])
        #expect(harness.adapter.clockOffset == 6_000 - 1_723_161_255_343_000_000)
    }

    @Test func microsecondsAreToldByTheirMagnitude() throws {
        var harness = try AdapterHarness.connected()
        try harness.feed(AdapterHarness.trade("BTCUSDT", time: 1_723_161_255_342))
        try harness.feed(AdapterHarness.trade("BTCUSDT", time: 1_723_161_255_342_123))
        let times = harness.takeEvents().filter { $0.kind == .trade }.map(\.time)
        #expect(times == [1_723_161_255_342_000_000, 1_723_161_255_342_123_000])
    }

    @Test func sequencesGoOnFromTheStore() throws {
        var harness = AdapterHarness(.recording(), first: 918)
        try harness.feed(AdapterHarness.trade("BTCUSDT"))
        try harness.feed(AdapterHarness.trade("ETHUSDT"))
        #expect(harness.takeEvents().map(\.seq) == [918, 919, 918, 919])
    }

    @Test(
        arguments: [
            (#"{"e":"trade","s":"BTCUSDT","t":1,"p":"0","q":"1","T":1,"m":true}"#, .outOfRange),
            (#"{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"-1","T":1,"m":true}"#, .outOfRange),
            (#"{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":1}"#, .missingField),
            (#"{"e":"trade","t":1,"p":"1","q":"1","T":1,"m":true}"#, .missingField),
            (#"{"e":"trade","s":"BTCUSDT","t":1,"p":"1e9","q":"1","T":1,"m":true}"#, .badDecimal),
            (#"{"e":"trade","s":"BTCUSDT","t":1,"p":"99999999999999","q":"1","T":1,"m":true}"#, .overflow),
            (#"{"e":"trade","s":"BTCUSDT","t":1,"p":"1.123456789","q":"1","T":1,"m":true}"#, .inexactDecimal),
            (#"{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":9223372036854775807,"m":true}"#, .overflow),
            (#"{"e":"trade","s":"NOSUCH","t":1,"p":"1","q":"1","T":1,"m":true}"#, .unknownSymbol),
            (#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":5,"u":4,"b":[],"a":[]}"#, .badRange),
            (#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":5,"u":6,"b":[]}"#, .missingField),
            (#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":5,"u":6,"b":[["1","x"]],"a":[]}"#, .badDecimal),
            (#"{"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2"}"#, .missingField),
            ("{}", .unrecognised),
        ] as [(String, IngestReason)]
    )
    func aMessageThatCannotBeUsedIsCountedAndHasNoEffect(text: String, reason: IngestReason) throws {
        var harness = try AdapterHarness.connected()
        _ = harness.takeWords()
        var thrown: IngestError?
        do throws(IngestError) { try harness.feed(text) } catch { thrown = error }
        #expect(thrown?.reason == reason && thrown?.code == .rejectedMessage)
        #expect(harness.takeWords() == [])
        #expect(harness.adapter.counters.rejected == 1)
        #expect(harness.adapter.counters.lastError == thrown)
        #expect(harness.adapter.venueTime == 0)
    }

    @Test func aMalformedFrameLeavesALiveBookAlone() throws {
        var harness = try AdapterHarness.connected()
        try harness.depth("BTCUSDT", 1, 2)
        try harness.snapshot("BTCUSDT", id: 2)
        _ = harness.takeWords()
        let half = String(AdapterHarness.depth("BTCUSDT", 3, 4).dropLast(20))
        do throws(IngestError) {
            try harness.feed(half)
            Issue.record("half a frame was taken")
        } catch {
            #expect(error.code == .malformedFrame && error.offset == half.utf8.count)
        }
        try harness.depth("BTCUSDT", 3, 4)
        #expect(harness.takeWords() == ["BTC-USDT depth 4"])
        #expect(harness.adapter.counters.malformed == 1)
    }

    @Test func aTimeFarAheadIsRefused() throws {
        var harness = try AdapterHarness.connected()
        let base: Int64 = 1_700_000_000_000
        try harness.feed(AdapterHarness.trade("BTCUSDT", time: base), at: 1_000)
        try harness.feed(AdapterHarness.trade("BTCUSDT", time: base + 3_600_000), at: 1_000)
        do throws(IngestError) {
            try harness.feed(AdapterHarness.trade("BTCUSDT", time: base + 2 * 3_600_001), at: 1_000)
            Issue.record("a jump was taken")
        } catch {
            #expect(error.reason == .timeJump)
        }
        // A day later by the receiver's clock it is no jump.
        let day: Int64 = 86_400_000
        try harness.feed(AdapterHarness.trade("BTCUSDT", time: base + day), at: 1_000 + day * 1_000_000)
        #expect(harness.adapter.counters.trades == 3)
    }

    @Test func aRefusedSubscriptionSaysWhy() throws {
        var harness = try AdapterHarness.connected()
        do throws(IngestError) {
            try harness.feed(#"{"code":2,"msg":"Invalid request: nonsense","id":1}"#)
            Issue.record("a refusal was taken")
        } catch {
            #expect(error.code == .venue)
            #expect(
                error.description == "venue: the venue refused the subscription (code 2: Invalid request: nonsense)"
            )
        }
        try harness.feed(#"{"result":null,"id":1}"#)
        #expect(harness.adapter.counters.subscriptionsRefused == 1)
    }

    @Test func anAnnouncedShutdownAsksForAReconnect() throws {
        var harness = try AdapterHarness.connected()
        try harness.feed(#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1700000000000}}"#)
        #expect(harness.adapter.takeActions() == [.reconnect])
    }

    // MARK: Clock events

    @Test func anOpenMinuteHearsTheClockUntilItCloses() throws {
        var harness = try AdapterHarness.connected()
        let minute: Int64 = 1_700_000_040_000  // a whole minute
        let second: Int64 = 1_000_000_000
        try harness.feed(AdapterHarness.trade("BTCUSDT", time: minute + 57_500), at: 10 * second)
        _ = harness.takeWords()
        harness.adapter.tick(now: 11 * second, into: &harness.batch)
        #expect(harness.takeWords() == [])
        harness.adapter.tick(now: 13 * second + 1, into: &harness.batch)
        let events = harness.takeEvents()
        #expect(events.map(\.kind) == [.clock, .clock, .clock])
        #expect(events.map(\.receiveTime) == [11 * second, 12 * second, 13 * second])
        #expect(events.map { $0.time / 1_000_000 - minute } == [58_500, 59_500, 60_500])
        harness.adapter.tick(now: 100 * second, into: &harness.batch)
        // The minute closes two seconds after its end: at 62,000.
        #expect(harness.takeEvents().map { $0.time / 1_000_000 - minute } == [61_500, 62_500])
        harness.adapter.tick(now: 1_000 * second, into: &harness.batch)
        #expect(harness.takeWords() == [])
    }

    @Test func clockEventsDoNotDependOnWhenTheClockIsLookedAt() throws {
        let second: Int64 = 1_000_000_000
        func events(ticks: [Int64]) throws -> [MarketEvent] {
            var harness = try AdapterHarness.connected()
            try harness.feed(AdapterHarness.trade("BTCUSDT", time: 1_700_000_041_000), at: 10 * second)
            for tick in ticks { harness.adapter.tick(now: tick, into: &harness.batch) }
            try harness.feed(AdapterHarness.trade("BTCUSDT", time: 1_700_000_045_000), at: 14 * second)
            return harness.takeEvents()
        }
        let often = try events(ticks: (1...40).map { 10 * second + Int64($0) * 100_000_000 })
        let never = try events(ticks: [])
        #expect(often == never)
        #expect(never.filter { $0.kind == .clock }.count == 3)
    }

    // MARK: Recordings

    @Test func unknownSymbolsAreToldApartByTheirQuoteAsset() {
        let names: [(String, String?)] = [
            ("BTCUSDT", "BTC-USDT"), ("ETHBTC", "ETH-BTC"), ("BTCFDUSD", "BTC-FDUSD"), ("USDCUSDT", "USDC-USDT"),
            ("BNBETH", "BNB-ETH"), ("1000SATSTRY", "1000SATS-TRY"), ("BTCTUSD", "BTC-TUSD"), ("EURUSDT", "EUR-USDT"),
            ("USDT", nil), ("XYZ", nil), ("", nil), ("btcusdt", nil), ("BTC/USDT", nil), ("币安人生USDT", "币安人生-USDT"),
            (String(repeating: "A", count: 41) + "USDT", nil),
        ]
        for (name, symbol) in names { #expect(BinanceSymbol(name: name)?.instrument.symbol == symbol, "\(name)") }
        #expect(BinanceSymbol(instrumentName: "btc-usdt")?.name == "BTCUSDT")
        #expect(BinanceSymbol(instrumentName: "BTC-USDT.BINANCE")?.instrument.name == "BTC-USDT.BINANCE")
        #expect(BinanceSymbol(instrumentName: "BTCUSDT") == nil)
        #expect(BinanceSymbol(instrumentName: "BTC-") == nil)
    }

    @Test func aSnapshotWithoutASymbolGoesToTheBookThatItFits() throws {
        var harness = AdapterHarness(.recording())
        harness.adapter.connected(now: 0)
        try harness.depth("BTCUSDT", 5_000, 5_010)
        try harness.depth("ETHUSDT", 90_000, 90_010)
        _ = harness.takeWords()
        try harness.feed(#"{"lastUpdateId":5005,"bids":[],"asks":[]}"#)
        #expect(harness.takeWords().first == "BTC-USDT snapshot 5005")
        do throws(IngestError) {
            try harness.depth("SOLUSDT", 100, 101)
            try harness.feed(#"{"lastUpdateId":7,"bids":[],"asks":[]}"#)
            Issue.record("a snapshot that fits nobody was taken")
        } catch {
            #expect(error.reason == .unattributedSnapshot)
        }
        try harness.feed(#"{"lastUpdateId":90020,"bids":[],"asks":[]}"#)
        #expect(harness.takeWords().contains("ETH-USDT snapshot 90020"))
    }

    @Test func aSymbolMayBeWrittenWithEscapes() throws {
        var harness = try AdapterHarness.connected()
        _ = harness.takeWords()
        try harness.feed(AdapterHarness.trade("BTC\\u0055SDT", id: 5))
        #expect(harness.takeWords() == ["BTC-USDT trade 5"])
    }

    @Test func aLiveFeedIgnoresSnapshotsWithoutASymbol() throws {
        var harness = try AdapterHarness.connected()
        try harness.depth("BTCUSDT", 1, 2)
        _ = harness.takeWords()
        try harness.feed(#"{"lastUpdateId":2,"bids":[],"asks":[]}"#)
        #expect(harness.takeWords() == [])
        #expect(harness.adapter.counters.ignored == 1)
    }

    @Test func onlyChosenSymbolsAreTaken() throws {
        var harness = AdapterHarness(.recording(symbols: ["ETH-USDT", "SOL-USDT.BINANCE"]))
        for symbol in ["BTCUSDT", "ETHUSDT", "SOLUSDT", "BTCUSDT"] { try harness.feed(AdapterHarness.trade(symbol)) }
        #expect(harness.takeWords().filter { $0.contains("trade") } == ["ETH-USDT trade 1", "SOL-USDT trade 1"])
        #expect(harness.adapter.counters.ignored == 2)
    }

    // MARK: Any bytes

    /// Mutated frames of a stream: no trap, and the adapter goes on as if they had not been.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func mutatedFramesLeaveTheAdapterSound(seed: UInt64) throws {
        var random = TestRandom(seed: seed)
        var harness = try AdapterHarness.connected()
        try harness.depth("BTCUSDT", 1, 10)
        try harness.snapshot("BTCUSDT", id: 10)
        var previous: Int64 = 0
        var refused = 0
        for round in 0..<1_500 {
            var bytes: [UInt8]
            switch round % 4 {
            case 0: bytes = Array(BinanceDecoderTests.trade.utf8)
            case 1: bytes = Array(BinanceDecoderTests.quote.utf8)
            case 2: bytes = Array(AdapterHarness.depth("ETHUSDT", 1, 2).utf8)
            default: bytes = Array(#"{"lastUpdateId":160,"bids":[["0.1","1"]],"asks":[]}"#.utf8)
            }
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.withUnsafeBufferPointer { frame in
                do throws(IngestError) {
                    try harness.adapter.decode(frame, receiveTime: Int64(round) * 1_000_000_000, into: &harness.batch)
                } catch {
                    refused += 1
                }
            }
            for event in harness.takeEvents() where event.instrument.rawValue == 0 {
                #expect(event.seq == previous + 1)
                previous = event.seq
            }
        }
        let counters = harness.adapter.counters
        #expect(counters.malformed + counters.rejected == refused)
        #expect(refused > 500)
        #expect(counters.gaps == 0)
        try harness.depth("BTCUSDT", 11, 12)
        #expect(harness.takeWords().contains("BTC-USDT depth 12"))
    }
}
