import Columnar
import Market
import Synchronization
import Testing

@testable import Engine

/// SplitMix64 (Steele, Lea, Flood 2014).
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

private let minute = 60 * CivilTime.second

/// Writes events of one instrument by hand.
private struct Script {
    let replay = LiveReplay()
    let id: InstrumentID
    var seq: Int64 = 0
    var time: Int64 = 1_000 * minute

    init() {
        id = replay.registry.register(Instrument(symbol: "X-Y", venue: "T", priceScale: 2, sizeScale: 2))
    }

    mutating func event(_ kind: MarketEvent.Kind) -> MarketEvent {
        seq += 1
        var event = MarketEvent(kind: kind, instrument: id, time: time, receiveTime: time &+ 5)
        event.seq = seq
        return event
    }

    mutating func send(_ event: MarketEvent, _ changes: [LevelChange] = []) {
        var batch = EventBatch()
        batch.append(event, changes: changes)
        replay.runtime.process(batch, durability: .interval) { _ in }
    }

    mutating func state(_ state: BookState, _ reason: StateReason) {
        var event = event(.state)
        event.state = state
        event.reason = reason
        send(event)
    }

    mutating func levels(_ kind: MarketEvent.Kind, id: Int64, _ changes: [LevelChange]) {
        var event = event(kind)
        event.id = id
        send(event, changes)
    }

    mutating func trade(_ price: Int64, _ size: Int64, _ side: Side = .bid) {
        var event = event(.trade)
        event.price = price
        event.size = size
        event.side = side
        send(event)
    }

    /// What a subscriber has who applied every update.
    var row: [String: FeatureValue] {
        var row: [String: FeatureValue] = [:]
        for value in replay.recorder.values.flatMap({ $0 }) {
            row[FeatureCatalog.features[value.feature].name] = value
        }
        return row
    }

    var counts: ShardStatistics.Counts { replay.runtime.statistics[0].counts }
}

private func bid(_ price: Int64, _ size: Int64) -> LevelChange { LevelChange(side: .bid, price: price, size: size) }
private func ask(_ price: Int64, _ size: Int64) -> LevelChange { LevelChange(side: .ask, price: price, size: size) }

@Suite("A shard")
struct LiveShardTests {
    @Test("names the features in the order of their indices")
    func indices() {
        let names = FeatureCatalog.features.map(\.name)
        #expect(names[FeatureIndex.mid] == "mid" && names[FeatureIndex.askLiquidity] == "ask_liquidity_10bps")
        #expect(names[FeatureIndex.ofiLevel1 + 4] == "ofi_5_cum" && names[FeatureIndex.lastPrice] == "last_price")
        #expect(names[FeatureIndex.barVolume] == "bar_volume" && Set(names).count == names.count)
    }

    @Test("flags features through a gap and begins a new epoch when the book is live again")
    func gapAndResync() {
        var script = Script()
        script.state(.syncing, .start)
        #expect(script.row["mid"]?.status == .resync && script.row["vwap"]?.status == .warming)
        script.trade(100, 10)
        script.levels(.snapshot, id: 10, [bid(100, 5), ask(102, 5)])
        script.levels(.depth, id: 11, [bid(101, 1)])
        #expect(script.row["mid"]?.status == .resync, "a book that is being built is not shown")
        script.state(.live, .synced)
        #expect(script.row["mid"]?.value == 1.015 && script.row["ofi_cum"]?.status == .warming)
        script.levels(.depth, id: 12, [ask(102, 7)])
        #expect(script.row["ofi_cum"] == FeatureValue(feature: FeatureIndex.ofi, value: 0, status: .present))
        script.levels(.depth, id: 13, [bid(101, 4)])
        #expect(script.row["ofi_cum"]?.value == 0.03)
        script.state(.stale, .gap)
        #expect(script.row["mid"]?.status == .stale && script.row["mid"]?.value == 1.015)
        #expect(script.row["vwap"]?.status == .present)
        script.levels(.snapshot, id: 20, [bid(200, 5), ask(210, 5)])
        #expect(script.row["mid"]?.value == 1.015, "the old book stays until the new one is live")
        script.state(.live, .synced)
        let last = script.replay.recorder.updates.last!
        #expect(last.epoch == "k1-1" && last.isEpochStart && last.prev == 0)
        #expect(script.row["mid"]?.value == 2.05 && script.row["vwap"]?.status == .warming)
    }

    @Test("tells a crossed book and an empty side")
    func crossedAndEmpty() {
        var script = Script()
        script.state(.syncing, .start)
        script.levels(.snapshot, id: 1, [bid(100, 5), ask(102, 5)])
        script.state(.live, .synced)
        script.levels(.depth, id: 2, [bid(103, 1)])
        #expect(script.replay.recorder.updates.last?.bookState == .crossed)
        #expect(script.row["spread"]?.value == -0.01)
        script.levels(.depth, id: 3, [bid(103, 0), ask(102, 0)])
        #expect(script.replay.recorder.updates.last?.bookState == .live)
        #expect(script.row["mid"]?.status == .null && script.row["bid"]?.value == 1)
    }

    @Test("closes a bar two seconds after its minute, by whatever event comes, and keeps late trades out of it")
    func bars() {
        var script = Script()
        script.state(.syncing, .start)
        script.trade(100, 1)
        script.time += 59 * CivilTime.second
        script.trade(90, 2, .ask)
        script.time += 2 * CivilTime.second
        script.trade(110, 4)
        script.time -= 2 * CivilTime.second
        script.trade(95, 1)
        #expect(script.replay.recorder.rows(of: MarketTables.bars).isEmpty)
        script.time += 4 * CivilTime.second
        script.send(script.event(.clock))
        let bar = script.replay.recorder.rows(of: MarketTables.bars)
        #expect(
            bar == [
                [
                    .timestamp(1_000 * minute), .null, .float64(1), .float64(1), .float64(0.9), .float64(0.95),
                    .float64(0.04),
                ]
            ]
        )
        script.time = 1_000 * minute
        script.trade(1, 1)
        #expect(script.counts.lateTrades == 1)
        #expect(script.replay.recorder.rows(of: MarketTables.trades).count == 5)
    }

    @Test("does not believe a time far in the future")
    func timeJump() {
        var script = Script()
        script.trade(100, 1)
        var wild = script.event(.trade)
        wild.time = .max
        wild.price = 100
        wild.size = 1
        script.send(wild)
        script.trade(101, 1)
        #expect(script.counts.timeJumps == 1)
        #expect(script.replay.recorder.rows(of: MarketTables.bars).isEmpty)
    }

    @Test("survives absurd numbers", arguments: [Int64.max, .min, 0, -1])
    func absurd(number: Int64) {
        var script = Script()
        script.state(.syncing, .start)
        script.time = number
        script.levels(.snapshot, id: number, [bid(number, .max), ask(number, .max), bid(1, number)])
        script.state(.live, .synced)
        for _ in 0..<5 {
            script.levels(.depth, id: number, [bid(number, .max), ask(.max, number), ask(3, 4)])
            script.trade(number, number)
        }
        #expect(!script.replay.recorder.updates.isEmpty)
    }

    @Test("tells why rows were not kept, and goes on publishing")
    func failingSink() {
        var script = Script()
        script.replay.recorder.state.withLock { $0.failure = TableError(.diskFull, "disk full") }
        script.trade(100, 1)
        #expect(script.counts.appendFailures == 1)
        #expect(script.replay.runtime.statistics[0].lastFailure?.code == .diskFull)
        #expect(script.row["last_price"]?.value == 1)
        script.replay.recorder.state.withLock { $0.failure = nil }
        script.trade(101, 1)
        #expect(script.replay.runtime.statistics[0].lastFailure == nil)
    }

    @Test("keeps its chains whole, and equals a full recomputation, whatever happens", arguments: [1, 2, 3, 4] as [UInt64])
    func randomLife(seed: UInt64) {
        var random = Seeded(state: seed)
        var script = Script()
        script.state(.syncing, .start)
        var isLive = false
        var naive: [Side: [Int64: Int64]] = [:]
        for step in 1...3_000 {
            script.time += Int64.random(in: 0...300, using: &random) * 1_000_000
            switch Int.random(in: 0..<100, using: &random) {
            case 0 where isLive:
                script.state(.stale, .gap)
                isLive = false
            case 1...4 where !isLive:
                naive = [.bid: [100: 5, 98: 1], .ask: [105: 5]]
                script.levels(.snapshot, id: Int64(step), [bid(100, 5), bid(98, 1), ask(105, 5)])
                script.state(.live, .synced)
                isLive = true
            case 5...30:
                script.trade(Int64.random(in: 90...110, using: &random), Int64.random(in: 1...9, using: &random))
            case _ where isLive:
                let side: Side = Bool.random(using: &random) ? .bid : .ask
                let base: Int64 = side == .bid ? 90 : 103
                let price = base + Int64.random(in: 0...12, using: &random)
                let size = Int64.random(in: 0...4, using: &random)
                naive[side]![price] = size == 0 ? nil : size
                script.levels(.depth, id: Int64(step), [LevelChange(side: side, price: price, size: size)])
                checkBook(script.row, naive)
            default:
                break
            }
        }
        checkChains(script.replay.recorder.updates)
    }

    private func checkBook(_ row: [String: FeatureValue], _ levels: [Side: [Int64: Int64]]) {
        let bids = levels[.bid]!.sorted { $0.key > $1.key }
        let asks = levels[.ask]!.sorted { $0.key < $1.key }
        #expect(row["bid"]?.value ?? 0 == bids.first.map { Double($0.key) / 100 } ?? 0)
        #expect(row["ask_size"]?.value ?? 0 == asks.first.map { Double($0.value) / 100 } ?? 0)
        guard let bid = bids.first, let ask = asks.first else { return }
        let mid = Double(bid.key + ask.key) / 200
        #expect(row["mid"]?.value == mid)
        let near = bids.filter { Double($0.key) / 100 >= mid * 0.999 - 1e-9 }.reduce(0) { $0 + $1.value }
        #expect(row["bid_liquidity_10bps"]?.value == Double(near) / 100)
        let depth = (bids.prefix(5).reduce(0) { $0 + $1.value }, asks.prefix(5).reduce(0) { $0 + $1.value })
        #expect(abs(row["imbalance_5"]!.value - Double(depth.0 - depth.1) / Double(depth.0 + depth.1)) < 1e-12)
    }

    private func checkChains(_ updates: [FeatureUpdate]) {
        var seq: Int64 = 0
        var epoch = ""
        for update in updates {
            #expect(update.isEpochStart == (update.epoch != epoch))
            #expect(update.prev == (update.isEpochStart ? 0 : seq))
            #expect(update.seq > seq)
            seq = update.seq
            epoch = update.epoch
        }
    }

    @Test("restores the state of order flow from its bytes")
    func orderFlowState() throws {
        var book = OrderBook()
        var fold = OrderFlowFold()
        for size in 1...20 {
            _ = book.apply(bid(100, Int64(size)))
            _ = book.apply(ask(101 + Int64(size % 3), 3))
            fold.update(book)
            #expect(try OrderFlowFold(state: fold.encodeState()) == fold)
        }
        #expect(throws: FoldStateError.self) { try OrderFlowFold(state: [9]) }
        #expect(throws: FoldStateError.self) { try OrderFlowFold(state: Array(fold.encodeState().dropLast())) }
    }
}
