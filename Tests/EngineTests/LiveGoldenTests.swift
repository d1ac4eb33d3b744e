import Columnar
import Market
import Testing

@testable import Engine

@Suite("The live features of the recorded BTC-USDT feed", .enabled(if: Recordings.isPresent, "TICKGATE_SHARED is absent"))
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

    @Test("equal the golden values after every depth event")
    func featuresEqualGolden() throws {
        let replay = LiveReplay()
        try replay.run(Recordings.bitcoin)
        var golden = Dictionary(uniqueKeysWithValues: try Recordings.golden().map { (Int64($0[2])!, $0) })
        #expect(golden.count == 6_492)
        var row = [FeatureValue?](repeating: nil, count: FeatureCatalog.features.count)
        var mismatches: [String] = []
        for (update, values) in zip(replay.recorder.updates, replay.recorder.values) {
            for value in values { row[value.feature] = value }
            guard update.updateID > 0, let expected = golden.removeValue(forKey: update.updateID) else { continue }
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
            guard let actual, actual.status == .present else { return "\(name) at \(golden[2]): \(String(describing: actual))" }
            let isEqual =
                exact.contains(name) ? actual.value == value : abs(actual.value - value) <= 1e-12 * abs(value)
            return isEqual ? nil : "\(name) at \(golden[2]): \(actual.value), not \(value)"
        }
    }

    @Test("and of its trades equal exact totals")
    func tradesEqualTotals() throws {
        let replay = LiveReplay()
        try replay.run(Recordings.bitcoin)
        #expect(replay.recorder.rows(of: MarketTables.trades).count == 19_904)
        var last: [String: Double] = [:]
        for value in replay.recorder.values.flatMap({ $0 }) where value.hasValue {
            last[FeatureCatalog.features[value.feature].name] = value.value
        }
        #expect(last["buy_volume"] == 204.49112)
        #expect(last["sell_volume"] == 233.4244)
        #expect(last["signed_volume"] == -28.93328)
        #expect(abs(last["vwap"]! - 61671.5516067) < 1e-7)
        #expect(replay.runtime.statistics[0].counts.booksCompared == 1_072)
        #expect(replay.runtime.statistics[0].counts.bookMismatches == 0)
    }

    @Test("close the bars that the trades make")
    func barsEqualTrades() throws {
        let replay = LiveReplay()
        try replay.run(Recordings.bitcoin)
        var expected: [Int64: [Double]] = [:]
        for row in replay.recorder.rows(of: MarketTables.trades) {
            guard case .timestamp(let time) = row[0], case .float64(let price) = row[6], case .float64(let size) = row[7]
            else { continue }
            let start = time / 60_000_000_000 * 60_000_000_000
            var bar = expected[start] ?? [price, price, price, price, 0]
            bar[1] = max(bar[1], price)
            bar[2] = min(bar[2], price)
            bar[3] = price
            bar[4] += size
            expected[start] = bar
        }
        let bars = replay.recorder.rows(of: MarketTables.bars)
        #expect(bars.count == expected.count - 1, "all but the last, which is open")
        for bar in bars {
            guard case .timestamp(let start) = bar[0], let wanted = expected[start] else {
                Issue.record("a bar without trades: \(bar)")
                continue
            }
            for (index, value) in wanted.enumerated() {
                guard case .float64(let actual) = bar[2 + index] else { continue }
                #expect(abs(actual - value) <= 1e-9 * value)
            }
        }
    }

    @Test("are the same bit for bit however the input is cut and sharded", arguments: [(1, 977), (2, 1 << 16), (3, 100_000)])
    func updatesDoNotDependOnBatching(shards: Int, chunkBytes: Int) throws {
        let reference = LiveReplay()
        try reference.run([Recordings.bitcoin[0]])
        let other = LiveReplay(shards: shards)
        try other.run([Recordings.bitcoin[0]], chunkBytes: chunkBytes)
        let id = InstrumentID(rawValue: 0)
        #expect(reference.recorder.canonical(symbol: id) == other.recorder.canonical(symbol: id))
        for table in [MarketTables.book, MarketTables.bars, FeatureCatalog.bookView, FeatureCatalog.tradeView] {
            #expect(reference.recorder.rows(of: table) == other.recorder.rows(of: table), "\(table)")
        }
    }
}
