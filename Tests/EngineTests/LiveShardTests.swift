import Columnar
import Market
import Synchronization
import Testing

@testable import Engine

@Suite("A shard")
struct LiveShardTests {
    @Test("names the features in the order of their indices")
    func indices() {
        let names = FeatureCatalog.features.map(\.name)
        #expect(names.count == FeatureRow.count && Set(names).count == names.count)
        #expect(names[FeatureIndex.mid] == "mid" && names[FeatureIndex.askLiquidity] == "ask_liquidity_10bps")
        #expect(names[FeatureIndex.ofiLevel1 + 4] == "ofi_5_cum" && names[FeatureIndex.lastPrice] == "last_price")
        #expect(names[FeatureIndex.vwap] == "vwap" && names[FeatureIndex.barOpen] == "bar_open")
        #expect(names[FeatureIndex.barVolume] == "bar_volume")
        #expect(FeatureCatalog.features[FeatureCatalog.bookRange].allSatisfy { $0.view == FeatureCatalog.bookView })
        #expect(FeatureCatalog.features[FeatureCatalog.tradeRange].allSatisfy { $0.view == FeatureCatalog.tradeView })
    }

    @Test("flags features through a gap and begins a new epoch when the book is live again")
    func gapAndResync() {
        var script = LiveScript()
        script.state(.syncing, .start)
        #expect(script.row["mid"]?.status == .resync && script.row["vwap"]?.status == .warming)
        script.trade(100, 10)
        script.snapshot(10, [bid(100, 5), ask(102, 5)])
        script.depth(11, [bid(101, 1)])
        #expect(script.row["mid"]?.status == .resync, "a book that is being built is not shown")
        script.state(.live, .synced)
        #expect(script.row["mid"]?.value == 1.015 && script.row["ofi_cum"]?.status == .warming)
        #expect(script.updates.last?.updateID == 11 && script.updates.last?.isEpochStart == false)
        script.depth(12, [ask(102, 7)])
        #expect(script.row["ofi_cum"] == FeatureValue(feature: FeatureIndex.ofi, value: 0, status: .present))
        script.depth(13, [bid(101, 4)])
        #expect(script.row["ofi_cum"]?.value == 0.03)
        script.state(.stale, .gap)
        #expect(script.row["mid"]?.status == .stale && script.row["mid"]?.value == 1.015)
        #expect(script.row["vwap"]?.status == .present && script.updates.last?.bookState == .stale)
        script.snapshot(20, [bid(200, 5), ask(210, 5)])
        #expect(script.row["mid"]?.value == 1.015, "the old book stays until the new one is live")
        script.state(.live, .synced)
        let last = script.updates.last!
        #expect(last.epoch == "k1-1" && last.isEpochStart && last.prev == 0 && last.updateID == 20)
        #expect(script.row["mid"]?.value == 2.05 && script.row["vwap"]?.status == .warming)
        #expect(script.row["last_price"]?.value == 1 && script.row["bar_volume"]?.value == 0.1)
    }

    @Test("takes no change of a book that it does not have, and stores none")
    func depthWithoutBook() {
        var script = LiveScript()
        script.state(.syncing, .start)
        script.depth(5, [bid(100, 5)])
        script.goLive()
        script.state(.stale, .disconnect)
        script.depth(7, [bid(101, 9)])
        #expect(script.counts.rejected == 2)
        #expect(!script.rows(of: MarketTables.book).contains { $0[4] == .text("change") })
        script.state(.live, .synced)
        #expect(script.row["bid"]?.value == 1)
    }

    @Test("begins a new epoch when a venue sends a new book while it is live")
    func snapshotWhileLive() {
        var script = LiveScript()
        script.goLive()
        script.depth(2, [bid(100, 6)])
        script.snapshot(3, [bid(90, 1), ask(110, 1)])
        #expect(script.updates.last?.epoch == "k1-1" && script.updates.last?.isEpochStart == true)
        #expect(script.row["mid"]?.value == 1 && script.row["ofi_cum"]?.status == .warming)
        script.depth(4, [bid(90, 3)])
        #expect(script.row["ofi_cum"]?.value == 0)
    }

    @Test("tells a crossed book and an empty side, live and stored")
    func crossedAndEmpty() {
        var script = LiveScript()
        script.goLive()
        script.depth(2, [bid(103, 1)])
        #expect(script.updates.last?.bookState == .crossed)
        #expect(script.row["spread"]?.value == -0.01)
        script.depth(3, [bid(103, 0), ask(102, 0)])
        #expect(script.updates.last?.bookState == .live)
        #expect(script.row["mid"]?.status == .null && script.row["bid"]?.value == 1)
        #expect(script.row["ask"]?.status == .null && script.row["imbalance_1"]?.status == .null)
        let state = column("state", of: MarketTables.book)
        let states = script.rows(of: MarketTables.book).filter { $0[4] == .text("change") }.map { $0[state] }
        #expect(states == [.text("crossed"), .text("live"), .text("live")])
    }

    @Test("compares quotes with the book at equal update ids, whichever comes first")
    func quoteCheck() {
        var script = LiveScript()
        script.quote(2, bid: (1, 1), ask: (1, 1))
        script.goLive()
        script.quote(3, bid: (101, 2), ask: (102, 5))
        script.quote(4, bid: (101, 9), ask: (102, 5))
        script.depth(3, [bid(101, 2)])
        #expect(script.counts.booksCompared == 1 && script.counts.bookMismatches == 0)
        script.depth(4, [bid(101, 8)])
        #expect(script.counts.booksCompared == 2 && script.counts.bookMismatches == 1)
        script.quote(4, bid: (101, 8), ask: (102, 5))
        #expect(script.counts.booksCompared == 3 && script.counts.bookMismatches == 1)
        for id in 5..<5_000 { script.quote(Int64(id), bid: (101, 8), ask: (102, 5)) }
        script.depth(4_999, [])
        #expect(script.counts.booksCompared == 4 && script.counts.bookMismatches == 1)
        #expect(script.rows(of: MarketTables.quotes).count == 4_999)
    }

    @Test("survives absurd numbers", arguments: [Int64.max, .min, 0, -1])
    func absurd(number: Int64) {
        var script = LiveScript()
        script.time = number
        script.state(.syncing, .start)
        script.snapshot(number, [bid(number, .max), ask(number, .max), bid(1, number)])
        script.state(.live, .synced)
        for _ in 0..<5 {
            script.depth(number, [bid(number, .max), ask(.max, number), ask(3, 4)])
            script.depth(number, [bid(.min, .max), ask(.min, .max), bid(.max, .max)])
            script.trade(number, number)
            script.trade(.max, .max, .ask)
            script.quote(number, bid: (number, number), ask: (number, number))
            script.time = number == .max ? .min : .max
            script.clock()
        }
        script.state(.stale, .gap)
        #expect(!script.updates.isEmpty)
    }

    @Test("tells why rows were not kept, goes on publishing, and writes the whole book when rows are kept again")
    func failingSink() {
        var script = LiveScript()
        script.goLive()
        script.depth(2, [bid(99, 4)])
        script.replay.recorder.state.withLock { $0.failure = TableError(.diskFull, "disk full") }
        script.depth(3, [bid(98, 3)])
        script.trade(100, 1)
        #expect(script.counts.appendFailures == 2)
        #expect(script.replay.runtime.statistics[0].lastFailure?.code == .diskFull)
        #expect(script.row["last_price"]?.value == 1)
        script.replay.recorder.state.withLock { $0.failure = nil }
        script.depth(4, [bid(97, 2)])
        #expect(script.replay.runtime.statistics[0].lastFailure == nil)
        let rows = script.rows(of: MarketTables.book).filter { $0[2] == .int64(script.seq) }
        #expect(rows.map { $0[4] } == [.text("change")] + [Scalar](repeating: .text("keyframe"), count: 5))
        script.depth(5, [bid(97, 1)])
        #expect(script.rows(of: MarketTables.book).count { $0[2] == .int64(script.seq) } == 1)
    }

    @Test("hands a failure to whoever waits, once, after all shards")
    func joinedCompletion() {
        let replay = LiveReplay(shards: 2)
        var batch = EventBatch()
        for name in ["A", "B"] {
            let id = replay.registry.register(Instrument(symbol: name, venue: "T", priceScale: 2, sizeScale: 2))
            var event = MarketEvent(kind: .trade, instrument: id, time: 5, receiveTime: 6)
            event.seq = 1
            batch.append(event)
        }
        final class Results: @unchecked Sendable { var all: [Result<LSN, TableError>] = [] }
        let results = Results()
        replay.runtime.process(batch, durability: .sync) { results.all.append($0) }
        replay.recorder.state.withLock { $0.failure = TableError(.diskFull, "disk full") }
        replay.runtime.process(batch, durability: .sync) { results.all.append($0) }
        replay.runtime.process(EventBatch(), durability: .sync) { results.all.append($0) }
        #expect(results.all.count == 3)
        #expect(throws: Never.self) { try results.all[0].get() == 2 }
        #expect(throws: TableError.self) { try results.all[1].get() }
    }

    @Test("gives an event whose changes are not in the batch none")
    func foreignChanges() {
        var script = LiveScript()
        script.goLive()
        var event = script.event(.depth)
        event.changesStart = 7
        event.changesCount = 9
        var batch = EventBatch()
        batch.append(event)
        script.replay.send(batch)
        #expect(script.row["bid"]?.value == 1)
    }
}
