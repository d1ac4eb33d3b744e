import Columnar
import Market
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Updates of feature views that are made again from the store are the ones that were published.
@Suite("Rebuilt updates of views") struct ViewRebuilderTests {
    private static let views = ["micro@v1", "flow@v1", "tape@v1", "trend@v1", "slow@v1", "top@v1"]

    private func canonical(_ updates: some Sequence<ViewUpdate>) -> [String] {
        updates.map { update in
            let values = update.values.map { value in
                "\(value.field)=\(value.value.map { String($0.bitPattern, radix: 16) } ?? "-"):\(value.status.name)"
            }
            return "\(update.epoch) \(update.prev) \(update.seq) \(update.exchangeTime) \(update.receiveTime) "
                + values.joined(separator: " ")
        }
    }

    /// Runs of updates of one epoch, without the one that begins it.
    private func chains(_ updates: [ViewUpdate]) -> [ArraySlice<ViewUpdate>] {
        var chains: [ArraySlice<ViewUpdate>] = []
        var start = 0
        for place in updates.indices where place > 0 && updates[place].isEpochStart {
            chains.append(updates[start..<place])
            start = place
        }
        chains.append(updates[start...])
        return chains.filter { $0.count > 2 }
    }

    @Test("are the same bit by bit, from any update to any later one of the epoch", arguments: [1, 2, 3] as [UInt64])
    func rebuiltUpdatesAreThoseThatWerePublished(seed: UInt64) throws {
        let fixture = try FeatureViewFixture(Array(FeatureViewParityTests.statements.prefix(6)))
        try fixture.feed(RandomFeed.events(3_000, seed: seed, fixture.registry), sizes: [1, 7, 30])
        let rebuilder = ViewRebuilder(source: fixture.store, clock: { 42 })
        var random = SeededGenerator(seed: seed)
        var compared = 0
        for view in Self.views {
            for symbol in FeatureViewFixture.symbols {
                for chain in chains(fixture.recorder.updates(of: view, symbol)) {
                    let first = random.int(chain.startIndex...chain.endIndex - 2)
                    let last = random.int(first + 1...chain.endIndex - 1)
                    let gap = ViewGap(
                        view: view,
                        symbol: symbol,
                        epoch: chain[first].epoch,
                        after: chain[first].seq,
                        through: chain[last].seq
                    )
                    guard let made = rebuilder.updates(gap) else { continue }
                    #expect(made.first?.seq == gap.after && made.first?.isEpochStart == true)
                    #expect(canonical(made.dropFirst()) == canonical(chain[(first + 1)...last]), "\(gap)")
                    compared += 1
                }
            }
        }
        #expect(compared > 12)
        withExtendedLifetime(fixture) {}
    }

    private static func trade(_ id: InstrumentID, _ seq: Int64, _ time: Int64) -> MarketEvent {
        var event = MarketEvent(kind: .trade, instrument: id, time: time, receiveTime: time + 1_000)
        event.seq = seq
        event.price = 10_000 + seq * 7 % 13
        event.size = 1_000 + seq * 3 % 11
        event.side = seq % 2 == 0 ? .bid : .ask
        return event
    }

    private static let windowed =
        "CREATE FEATURE VIEW v AS SELECT avg(price) OVER (RANGE 2s PRECEDING) AS mean, price FROM trades"

    private func trades(
        _ count: Int64,
        late: Int64? = nil,
        _ view: String = windowed
    ) throws -> (FeatureViewFixture, [ViewUpdate]) {
        let fixture = try FeatureViewFixture([view])
        let id = fixture.registry.register(Instrument(symbol: "X-Y", venue: "T", priceScale: 2, sizeScale: 3))
        var batch = EventBatch()
        for seq in 1...count {
            let time = RandomFeed.start + seq * 100_000_000 - (seq == late ? 1_500_000_000 : 0)
            batch.append(Self.trade(id, seq, time))
        }
        try fixture.feed(batch, sizes: [3])
        return (fixture, fixture.recorder.updates(of: "v@v1", "X-Y.T"))
    }

    @Test("are made whole, whatever else the view's rows are stored by")
    func everyUpdateAfterTheLastKnownOneIsMade() throws {
        let (fixture, updates) = try trades(200)
        #expect(updates.count == 200)
        let rebuilder = ViewRebuilder(source: fixture.store, clock: { 42 })
        let gap = ViewGap(view: "v@v1", symbol: "X-Y.T", epoch: "k1", after: 30, through: 190)
        let made = try #require(rebuilder.updates(gap))
        #expect(canonical(made.dropFirst()) == canonical(updates[30..<190]))
        // No more than may be made for all gaps of a request.
        #expect(rebuilder.updates(gap, countMax: made.count)?.count == made.count)
        #expect(rebuilder.updates(gap, countMax: made.count - 1) == nil)
        withExtendedLifetime(fixture) {}
    }

    @Test("are not made where a row of the gap lies before all that is read, though no window looks back")
    func aLateRowBeforeTheGapIsNotLeftOut() throws {
        let (fixture, _) = try trades(200, late: 100, "CREATE FEATURE VIEW v AS SELECT price * 2 AS twice FROM trades")
        let rebuilder = ViewRebuilder(source: fixture.store, clock: { 42 })
        func updates(_ after: Int64, _ through: Int64) -> Int? {
            let gap = ViewGap(view: "v@v1", symbol: "X-Y.T", epoch: "k1", after: after, through: through)
            return rebuilder.updates(gap)?.count
        }
        // The row 100 lies behind the row 85.
        #expect(updates(90, 150) == nil)
        #expect(updates(99, 101) == nil)
        #expect(updates(90, 99) == 10)
        #expect(updates(101, 150) == 50)
        withExtendedLifetime(fixture) {}
    }

    @Test("are not made where a row came late, or the gap has no such ends")
    func whatCannotBeMadeTheSameIsNotMade() throws {
        let (fixture, _) = try trades(200, late: 100)
        let rebuilder = ViewRebuilder(source: fixture.store, clock: { 42 })
        func updates(
            _ after: Int64,
            _ through: Int64,
            view: String = "v@v1",
            symbol: String = "X-Y.T"
        ) -> [ViewUpdate]? {
            rebuilder.updates(ViewGap(view: view, symbol: symbol, epoch: "k1", after: after, through: through))
        }
        #expect(updates(60, 150) == nil)
        // What is read for a gap after it, windows included, has nothing late.
        #expect(updates(150, 190)?.count == 41)
        #expect(updates(150, 500) == nil)
        #expect(updates(1_000, 1_001) == nil)
        #expect(updates(150, 190, view: "w@v1") == nil)
        #expect(updates(150, 190, symbol: "Z-Y.T") == nil)
        withExtendedLifetime(fixture) {}
    }
}
