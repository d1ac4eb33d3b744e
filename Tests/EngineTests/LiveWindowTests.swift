import Columnar
import Market
import TestSupport
import Testing

@testable import Engine

@Suite("Bars, seconds and keyframes of the live runtime")
struct LiveWindowTests {
    private func bars(_ script: LiveScript) -> [[Scalar]] { script.rows(of: MarketTables.bars) }

    private func bar(_ start: Int64, _ values: Double...) -> [Scalar] {
        [.timestamp(start), .text("X-Y.T")] + values.map { .float64($0) }
    }

    @Test("close a bar two seconds after its minute, by whatever event comes, and keep late trades out of it")
    func bars() {
        var script = LiveScript()
        script.state(.syncing, .start)
        let start = script.time
        script.trade(100, 1)
        script.time += 59 * CivilTime.second
        script.trade(90, 2, .ask)
        script.time += 2 * CivilTime.second
        script.trade(110, 4)
        script.time -= 2 * CivilTime.second
        script.trade(95, 1)
        #expect(script.row["bar_open"]?.value == 1.1, "a late trade of the minute before is not of the current minute")
        #expect(bars(script).isEmpty)
        script.time += 4 * CivilTime.second
        script.clock()
        #expect(bars(script) == [bar(start, 1, 1, 0.9, 0.95, 0.04)])
        script.time = start
        script.trade(1, 1)
        #expect(script.counts.lateTrades == 1)
        #expect(script.rows(of: MarketTables.trades).count == 5)
        script.time += 10 * liveMinute
        script.quote(0, bid: (1, 1), ask: (2, 2))
        #expect(bars(script).last == bar(start + liveMinute, 1.1, 1.1, 1.1, 1.1, 0.04))
    }

    @Test("do not believe a time far in the future, until many events in a row agree on it")
    func timeJump() {
        var script = LiveScript()
        script.trade(100, 1)
        let real = script.time
        for _ in 0..<50 {
            var wild = script.event(.trade)
            wild.time = Int64.random(in: real + 6 * liveMinute...Int64.max)
            wild.price = 100
            wild.size = 1
            script.send(wild)
            script.trade(101, 1)
        }
        #expect(script.counts.timeJumps == 50 && bars(script).isEmpty)
        #expect(script.row["bar_volume"]?.value == 0.51)
        for _ in 0..<Watermark.jumpsMax + 1 {
            var later = script.event(.trade)
            later.time = real + 60 * liveMinute
            later.price = 7
            later.size = 1
            script.send(later)
        }
        #expect(script.counts.timeJumps == 50 + Watermark.jumpsMax && bars(script).count == 1)
        #expect(script.row["bar_open"]?.value == 0.07 && script.row["bar_volume"]?.value == 0.01)
    }

    @Test("follow a pause that the receiver's clock saw")
    func pause() {
        var script = LiveScript()
        script.trade(100, 1)
        script.time += 24 * 60 * liveMinute
        script.trade(101, 1)
        #expect(script.counts.timeJumps == 0 && bars(script).count == 1)
    }

    @Test("begin again with an older recording, and keep what was open")
    func olderRecording() {
        var script = LiveScript()
        let start = script.time
        for replay in 0..<2 {
            script.time = start
            script.state(.syncing, .start)
            script.trade(100 + Int64(replay), 1)
            script.time += 2 * liveMinute
            script.trade(200, 1)
        }
        #expect(
            bars(script) == [
                bar(start, 1, 1, 1, 1, 0.01), bar(start + 2 * liveMinute, 2, 2, 2, 2, 0.01),
                bar(start, 1.01, 1.01, 1.01, 1.01, 0.01),
            ]
        )
    }

    @Test("are whole after a restart: what was traded before it in the open minute is read back")
    func warmUp() {
        var first = LiveScript()
        first.state(.syncing, .start)
        let start = first.time
        first.trade(100, 1)
        first.time += 61 * CivilTime.second
        first.trade(130, 3)
        first.time += 2 * CivilTime.second
        first.trade(120, 5, .ask)
        #expect(bars(first).count == 1)
        let tables = MarketTables.schemas.map { MemoryTable($0, rows: first.rows(of: $0.name)) }
        var second = LiveScript(source: MemoryTableSource(tables, sliceRows: 1, forms: .decimals, scale: 2))
        second.seq = first.seq
        second.time = first.time + CivilTime.second
        second.state(.syncing, .start)
        second.trade(140, 7)
        #expect(second.row["bar_open"]?.value == 1.3 && second.row["bar_volume"]?.value == 0.15)
        #expect(second.row["buy_volume"]?.value == 0.07, "sums are of this epoch")
        var late = second.event(.trade)
        late.time = start
        late.price = 1
        late.size = 1
        second.send(late)
        #expect(second.counts.lateTrades == 1, "a stored bar is closed")
        second.time += 2 * liveMinute
        second.clock()
        #expect(bars(second) == [bar(start + liveMinute, 1.3, 1.4, 1.2, 1.4, 0.15)])
    }

    @Test("go on without what could not be read back, and count it")
    func warmUpFails() {
        var script = LiveScript(source: MemoryTableSource([]))
        script.trade(100, 1)
        #expect(script.counts.warmUpFailures == 1 && script.row["bar_open"]?.value == 1)
    }

    @Test("store a view's features once a second, as they were after the second's last event")
    func seconds() {
        var script = LiveScript()
        script.goLive()
        script.depth(2, [bid(101, 1)])
        script.trade(100, 1)
        script.time += CivilTime.second
        let first = script.time - CivilTime.second
        script.quote(9, bid: (1, 1), ask: (2, 2))
        script.depth(3, [bid(101, 2)])
        script.time += 3 * CivilTime.second
        script.clock()
        let book = script.rows(of: FeatureCatalog.bookView)
        #expect(book.map { $0[0] } == [.timestamp(first), .timestamp(first + CivilTime.second)])
        #expect(book.map { $0[2] } == [.int64(4), .int64(7)])
        #expect(book.map { $0[4] } == [.text("live"), .text("live")])
        let size = column("bid_size", of: FeatureCatalog.bookView)
        #expect(book.map { $0[size] } == [.float64(0.01), .float64(0.02)])
        let trades = script.rows(of: FeatureCatalog.tradeView)
        #expect(trades.count == 1 && trades[0][2] == .int64(5))
        script.trade(100, 2)
        script.replay.runtime.finish { _ in }
        #expect(script.rows(of: FeatureCatalog.tradeView).count == 2, "the last second is stored at the end")
    }

    @Test("write the whole book on a new day, after five minutes and after many changes, and no more often")
    func keyframes() {
        var script = LiveScript()
        script.time = 86_399 * CivilTime.second
        script.goLive()
        func keyframes(_ script: LiveScript) -> Int {
            Set(script.rows(of: MarketTables.book).filter { $0[4] == .text("keyframe") }.map { $0[2] }).count
        }
        script.depth(2, [bid(99, 1)])
        #expect(keyframes(script) == 1)
        script.time += CivilTime.second
        script.depth(3, [bid(99, 2)])
        #expect(keyframes(script) == 2, "a new day")
        script.time += 5 * liveMinute - 1
        script.depth(4, [bid(99, 2)])
        #expect(keyframes(script) == 2)
        script.time += 1
        script.depth(5, [bid(99, 3)])
        #expect(keyframes(script) == 3, "five minutes")
        let many = (0..<KeyframeSchedule.changesMax / 2).map { bid(99, 1 + Int64($0 % 2)) }
        script.depth(6, many)
        #expect(keyframes(script) == 3)
        script.depth(7, many)
        #expect(keyframes(script) == 4, "many changes")
    }

    @Test("store an event that changed no level as one row without a level")
    func emptyDepth() {
        var script = LiveScript()
        script.goLive()
        script.depth(9, [])
        script.clock()
        let rows = script.rows(of: MarketTables.book).suffix(2)
        #expect(rows.map { $0[4] } == [.text("change"), .text("clock")])
        #expect(rows.allSatisfy { $0[5] == .null && $0[6] == .null && $0[7] == .null && $0[9] == .text("live") })
        #expect(rows.first?[8] == .int64(9))
        let states = script.rows(of: MarketTables.book).filter { $0[4] == .text("state") }
        #expect(states.map { $0[9] } == [.text("syncing"), .text("live")])
        #expect(states.map { $0[10] } == [.text("start"), .text("synced")])
    }
}
