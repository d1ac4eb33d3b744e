import Columnar
import Market
import Store
import StoreSupport
import TestSupport
import Testing

@testable import Engine

/// Updates made again from stored events are those that were published, bit for bit.
@Suite struct FeatureRebuilderTests {
    private final class Fixture {
        let store: Store
        let registry = InstrumentRegistry()
        let checkpoints = FeatureCheckpoints()
        let recorder = LiveRecorder()
        let history: FeatureRebuilder
        private let shards: LiveRuntime

        init() throws {
            store = try Store.open(directory: "/data", fileSystem: SimulatedDisk(seed: 7))
            for schema in MarketTables.schemas { try store.createTable(schema) }
            history = FeatureRebuilder(source: store, instruments: registry, checkpoints: checkpoints, clock: { 42 })
            shards = LiveRuntime(
                executors: [{ $0() }],
                dependencies: Shard.Dependencies(
                    instruments: registry,
                    sink: store,
                    publisher: recorder,
                    generation: 1,
                    clock: { 42 },
                    checkpoints: checkpoints
                )
            )
        }

        deinit { store.close(flush: false) }

        func feed(_ batch: EventBatch) throws {
            var part = EventBatch()
            for (index, event) in batch.events.enumerated() {
                part.append(event, changes: batch.changes[event.changes])
                if index % 50 == 49 {
                    shards.process(part, durability: .interval) { _ in }
                    part = EventBatch()
                }
            }
            shards.process(part, durability: .interval) { _ in }
        }

        /// The updates of an instrument as they were published, with their values.
        func published(_ id: InstrumentID) -> [(update: FeatureUpdate, values: [FeatureValue])] {
            zip(recorder.updates, recorder.values).filter { $0.0.instrument == id }.map { ($0.0, $0.1) }
        }
    }

    private func text(_ update: FeatureUpdate, _ values: some Sequence<FeatureValue>) -> String {
        let changed = values.map { "\($0.feature)=\($0.value.bitPattern):\($0.status.name)" }
        return "\(update.epoch) \(update.isEpochStart) \(update.prev) \(update.seq) \(update.exchangeTime) "
            + "\(update.receiveTime) \(update.updateID) \(update.bookState.name) \(changed.joined(separator: ","))"
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func updatesMadeAgainAreThoseThatWerePublished(seed: UInt64) throws {
        let fixture = try Fixture()
        try fixture.feed(RandomFeed.events(3_000, seed: seed, fixture.registry))
        var random = SeededGenerator(seed: seed)
        var made = 0
        for number in 0..<2 {
            let id = InstrumentID(rawValue: UInt32(number))
            let published = fixture.published(id)
            for _ in 0..<12 {
                let from = random.int(1...published.count - 2)
                let to = random.int(from + 1...published.count - 1)
                let gap = FeatureGap(
                    instrument: id,
                    after: published[from].update.seq,
                    through: published[to].update.seq
                )
                let rebuilt = try #require(fixture.history.updates(gap), "seed \(seed), \(gap)")
                let again = rebuilt.batch.updates.filter { $0.seq > gap.after }.map {
                    text($0, rebuilt.batch.values[$0.valueRange])
                }
                #expect(again == published[from + 1...to].map { text($0.update, $0.values) })
                made += again.count
            }
        }
        #expect(made > 1_000)
    }

    @Test func whatIsNotAllThereIsNotMade() throws {
        let fixture = try Fixture()
        try fixture.feed(RandomFeed.events(400, seed: 1, fixture.registry))
        let id = InstrumentID(rawValue: 0)
        let last = try #require(fixture.published(id).last).update.seq
        #expect(fixture.history.updates(FeatureGap(instrument: id, after: 0, through: last)) == nil, "no checkpoint")
        #expect(
            fixture.history.updates(FeatureGap(instrument: id, after: 5, through: last + 9)) == nil,
            "no such event"
        )
        let stranger = InstrumentID(rawValue: 1_000)
        #expect(fixture.history.updates(FeatureGap(instrument: stranger, after: 5, through: 9)) == nil)
        try fixture.store.dropRows(of: MarketTables.trades, series: .all, time: .all)
        #expect(
            fixture.history.updates(FeatureGap(instrument: id, after: 5, through: last)) == nil,
            "events are missing"
        )
    }

    @Test func theOldestCheckpointsGo() {
        let checkpoints = FeatureCheckpoints()
        let instrument = Instrument(symbol: "X-Y", venue: "T", priceScale: 2, sizeScale: 3)
        let state = InstrumentState(
            id: InstrumentID(rawValue: 0),
            instrument: instrument,
            bars: OpenBars(),
            generation: 1,
            counter: LoopCounts(),
            checkpoints: checkpoints
        )
        var output = FeatureBatch()
        let count = Int64(FeatureCheckpoints.countMax + 10)
        for seq in 1...count {
            var event = MarketEvent(kind: .snapshot, instrument: state.id, time: seq, receiveTime: seq)
            event.seq = seq
            _ = state.process(event, UnsafeBufferPointer(start: nil, count: 0), into: &output)
        }
        #expect(checkpoints.newest(of: state.id, through: 10) == nil)
        #expect(checkpoints.newest(of: state.id, through: 11)?.seq == 11)
        #expect(checkpoints.newest(of: state.id, through: .max)?.seq == count)
    }
}
