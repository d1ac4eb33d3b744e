import Columnar
import Dispatch
import Market
import Synchronization
import Testing

@testable import Engine

@Suite(
    "The live features of the recorded BTC-USDT feed",
    .enabled(if: Recordings.isPresent, "TICKGATE_SHARED is absent")
)
struct LiveGoldenTests {
    private static let exact = [
        "bid", "bid_size", "ask", "ask_size", "spread", "mid", "bid_liquidity_10bps", "ask_liquidity_10bps", "ofi_cum",
        "ofi_1_cum", "ofi_2_cum", "ofi_3_cum", "ofi_4_cum", "ofi_5_cum",
    ]

    /// Columns of the golden file by feature.
    private static let columns: [String: Int] = [
        "bid": 5, "bid_size": 6, "ask": 7, "ask_size": 8, "spread": 9, "mid": 10, "spread_bps": 11, "weighted_mid": 12,
        "imbalance_1": 13, "imbalance_5": 14, "imbalance_10": 15, "bid_liquidity_10bps": 16, "ask_liquidity_10bps": 17,
        "ofi_cum": 18,
    ]

    /// One run over everything, which several tests look at.
    private static let whole: LiveReplay = {
        let replay = LiveReplay(registry: Recordings.registry)
        replay.run(Recordings.events)
        return replay
    }()

    @Test("equal the golden values after every depth event")
    func featuresEqualGolden() throws {
        var golden = Dictionary(uniqueKeysWithValues: try Recordings.golden().map { (Int64($0[2])!, $0) })
        #expect(golden.count == 6_492)
        let recorder = Self.whole.recorder
        var row = [FeatureValue?](repeating: nil, count: FeatureCatalog.features.count)
        var mismatches: [String] = []
        for (update, values) in zip(recorder.updates, recorder.values) {
            for value in values { row[value.feature] = value }
            guard update.updateID > 0, update.bookState == .live,
                let expected = golden.removeValue(forKey: update.updateID)
            else { continue }
            if update.exchangeTime != Int64(expected[1])! * 1_000_000 || update.receiveTime != Int64(expected[0])! {
                mismatches.append("times of \(update)")
            }
            mismatches += Self.compare(row, expected)
        }
        let unmatched = golden.count
        #expect(unmatched == 0, "golden rows without an update")
        #expect(mismatches.isEmpty, "\(mismatches.prefix(5))")
    }

    private static func compare(_ row: [FeatureValue?], _ golden: [String]) -> [String] {
        var expected = columns.mapValues { Double(golden[$0])! }
        for (level, text) in golden[19].split(separator: " ").enumerated() {
            expected["ofi_\(level + 1)_cum"] = Double(text)!
        }
        return expected.compactMap { name, value in
            let actual = row[FeatureCatalog.index(of: name)!]
            guard let actual, actual.status == .present else {
                return "\(name) at \(golden[2]): \(String(describing: actual))"
            }
            let isEqual =
                exact.contains(name) ? actual.value == value : abs(actual.value - value) <= 1e-12 * abs(value)
            return isEqual ? nil : "\(name) at \(golden[2]): \(actual.value), not \(value)"
        }
    }

    @Test("and of its trades equal exact totals, and its quotes the book")
    func tradesEqualTotals() {
        let replay = Self.whole
        var last: [String: Double] = [:]
        for value in replay.recorder.values.joined() where value.hasValue {
            last[FeatureCatalog.features[value.feature].name] = value.value
        }
        #expect(last["buy_volume"] == 204.49112)
        #expect(last["sell_volume"] == 233.4244)
        #expect(last["signed_volume"] == -28.93328)
        #expect(abs(last["vwap"]! - 61671.5516067) < 1e-7)
        #expect(last["ofi_cum"] == -48.99235)
        let counts = replay.runtime.statistics[0].counts
        #expect(counts.trades == 19_904 && counts.quotes == 73_174 && counts.snapshots == 1)
        #expect(counts.booksCompared == 1_072 && counts.bookMismatches == 0)
        #expect(counts.rejected == 0 && counts.lateTrades == 0 && counts.timeJumps == 0 && counts.levelsRefused == 0)
    }

    @Test("are stored beside the raw rows, each once")
    func rowCounts() {
        let recorder = Self.whole.recorder
        let groups = recorder.state.withLock { $0.groups }
        func rows(_ table: String) -> Int { groups.filter { $0.table == table }.reduce(0) { $0 + $1.rowCount } }
        #expect(rows(MarketTables.trades) == 19_904)
        #expect(rows(MarketTables.quotes) == 73_174)
        let kind = column("kind", of: MarketTables.book)
        let kinds = groups.filter { $0.table == MarketTables.book }.flatMap { group in
            (0..<group.rowCount).map { group.columns[kind]!.scalar(at: $0) }
        }
        let changes = Recordings.events.events.filter { $0.kind == .depth }.reduce(0) { $0 + Int($1.changesCount) }
        #expect(kinds.count { $0 == .text("change") } == changes)
        #expect(kinds.count { $0 == .text("state") } == 2)
        #expect(Self.whole.runtime.statistics[0].counts.rows == groups.reduce(0) { $0 + $1.rowCount })
    }

    @Test("close the bars that the trades make")
    func barsEqualTrades() {
        var expected: [Int64: [Int64]] = [:]
        for event in Recordings.events.events where event.kind == .trade {
            let start = event.time / 60_000_000_000 * 60_000_000_000
            var bar = expected[start] ?? [event.price, event.price, event.price, event.price, 0]
            bar[1] = max(bar[1], event.price)
            bar[2] = min(bar[2], event.price)
            bar[3] = event.price
            bar[4] += event.size
            expected[start] = bar
        }
        let open = expected.keys.max()!
        expected[open] = nil
        let wanted = expected.sorted { $0.key < $1.key }.map { start, bar -> [Scalar] in
            [.timestamp(start), .text("BTC-USDT.BINANCE")] + bar.map { .float64(Double($0) / 1e8) }
        }
        #expect(wanted.count == 11)
        #expect(Self.whole.recorder.rows(of: MarketTables.bars) == wanted)
    }

    /// The first events of the recording as three instruments whose events alternate.
    private static let three: (registry: InstrumentRegistry, events: EventBatch) = {
        let registry = InstrumentRegistry()
        let ids = ["A", "B", "C"].map {
            registry.register(Instrument(symbol: $0, venue: "BINANCE", priceScale: 8, sizeScale: 8))
        }
        var batch = EventBatch()
        for event in Recordings.events.events.prefix(6_000) {
            for id in ids {
                var copy = event
                copy.instrument = id
                batch.append(copy, changes: Recordings.events.changes[event.changes])
            }
        }
        return (registry, batch)
    }()

    private static let reference: LiveReplay = {
        let replay = LiveReplay(registry: three.registry)
        replay.run(three.events)
        return replay
    }()

    @Test(
        "are the same bit for bit however the input is cut and sharded",
        arguments: [1, 2, 3],
        [1, 7, 100, 1 << 20]
    )
    func updatesDoNotDependOnBatching(shards: Int, eventsAtATime: Int) {
        let other = LiveReplay(registry: Self.three.registry, shards: shards)
        other.run(Self.three.events, eventsAtATime: eventsAtATime)
        let expected = Self.reference.recorder
        for (number, name) in ["A.BINANCE", "B.BINANCE", "C.BINANCE"].enumerated() {
            let id = InstrumentID(rawValue: UInt32(number))
            let updates = expected.canonical(symbol: id)
            #expect(updates.count > 500 && updates == other.recorder.canonical(symbol: id))
            #expect(updates == expected.canonical(symbol: InstrumentID(rawValue: 0)))
            for table in [MarketTables.bars, FeatureCatalog.bookView, FeatureCatalog.tradeView, MarketTables.quotes] {
                #expect(
                    expected.rows(of: table, series: name) == other.recorder.rows(of: table, series: name),
                    "\(table)"
                )
            }
            guard number == 0, eventsAtATime != 7 else { continue }
            let book = expected.rows(of: MarketTables.book, series: name)
            #expect(book == other.recorder.rows(of: MarketTables.book, series: name))
        }
    }

    @Test("are the same bit for bit when shards run on threads of their own")
    func updatesDoNotDependOnThreads() {
        let queues = (0..<3).map { DispatchQueue(label: "shard \($0)") }
        let executors = queues.map { queue -> LiveRuntime.Executor in { queue.async(execute: $0) } }
        let other = LiveReplay(registry: Self.three.registry, executors: executors)
        other.run(Self.three.events, eventsAtATime: 50)
        for queue in queues { queue.sync {} }
        for number in 0..<3 as Range<UInt32> {
            let id = InstrumentID(rawValue: number)
            #expect(Self.reference.recorder.canonical(symbol: id) == other.recorder.canonical(symbol: id))
        }
        #expect(other.runtime.statistics.reduce(0) { $0 + $1.counts.events } == Self.three.events.events.count)
    }
}
