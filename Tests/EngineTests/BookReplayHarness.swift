import Columnar
import Market
import QueryLang
import QuerySupport
import Store
import Synchronization

@testable import Engine

/// The recorded feed, replayed once for all tests.
enum RecordedRun {
    static let bitcoin: Result<StoredRun, any Error> = Result {
        let replay = LiveReplay(registry: Recordings.registry)
        replay.run(Recordings.events)
        return try StoredRun(replay.recorder, seed: 3)
    }
}

/// What a live run stored, in a store, beside what it published.
final class StoredRun: @unchecked Sendable {
    // Sendable: nothing changes after it is made.

    /// Book functions and the live features that they equal.
    static let columns: [(text: String, feature: Int)] = [
        ("bid()", FeatureIndex.bid), ("bid_size()", FeatureIndex.bidSize), ("ask()", FeatureIndex.ask),
        ("ask_size()", FeatureIndex.askSize), ("spread()", FeatureIndex.spread), ("mid()", FeatureIndex.mid),
        ("spread_bps()", FeatureIndex.spreadBps), ("microprice()", FeatureIndex.weightedMid),
        ("imbalance()", FeatureIndex.imbalance1), ("imbalance(5)", FeatureIndex.imbalance5),
        ("imbalance(10)", FeatureIndex.imbalance10), ("liquidity(10, 'bid')", FeatureIndex.bidLiquidity),
        ("liquidity(10, 'ask')", FeatureIndex.askLiquidity), ("ofi_cum()", FeatureIndex.ofi),
        ("ofi_cum(1)", FeatureIndex.ofiLevel1), ("ofi_cum(2)", FeatureIndex.ofiLevel1 + 1),
        ("ofi_cum(3)", FeatureIndex.ofiLevel1 + 2), ("ofi_cum(4)", FeatureIndex.ofiLevel1 + 3),
        ("ofi_cum(5)", FeatureIndex.ofiLevel1 + 4),
    ]

    static let list = columns.map(\.text).joined(separator: ", ")

    let fixture: StoreFixture
    /// After each update its `seq` and all features.
    let live: [(seq: Int64, row: [FeatureValue?], state: BookState)]

    init(_ recorder: LiveRecorder, seed: UInt64) throws {
        fixture = try StoreFixture([], seed: seed)
        for schema in MarketTables.schemas { try fixture.store.createTable(schema) }
        let groups = recorder.state.withLock { $0.groups }
        var rest = groups[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(64))
            rest = rest.dropFirst(part.count)
            _ = try fixture.store.append(AppendBatch(groups: part), durability: .interval)
            if rest.count % 3 == 0 { try fixture.store.flush() }
        }
        var row = [FeatureValue?](repeating: nil, count: FeatureCatalog.features.count)
        var published: [(seq: Int64, row: [FeatureValue?], state: BookState)] = []
        for (update, values) in zip(recorder.updates, recorder.values) {
            for value in values { row[value.feature] = value }
            published.append((update.seq, row, update.bookState))
        }
        live = published
    }

    func rows(_ text: String, batchRows: Int = 1024, usesOptimizer: Bool = true) throws -> [[Scalar]] {
        let options = ExecutionOptions(batchRows: batchRows, usesOptimizer: usesOptimizer)
        let engine = QueryEngine(source: fixture.store, options: options)
        return try EngineAnswer(engine, try engine.prepare(text)).rows
    }

    /// How the rows of `SELECT seq, state, <list> FROM book …` differ from what was live; none if they are the same bits.
    func differences(_ rows: [[Scalar]]) -> [String] {
        var differences: [String] = []
        for row in rows {
            guard case .int64(let seq) = row[0] else { return ["a row without seq"] }
            var (lower, upper) = (0, live.count)
            while lower < upper {
                let middle = (lower + upper) / 2
                if live[middle].seq <= seq { lower = middle + 1 } else { upper = middle }
            }
            guard lower > 0 else { continue }
            let expected = live[lower - 1]
            for (index, column) in Self.columns.enumerated() {
                let value = expected.row[column.feature].flatMap { $0.hasValue ? $0.value : nil }
                if value?.bitPattern != row[index + 2].double?.bitPattern {
                    differences.append("\(column.text) at \(seq): \(row[index + 2]), live \(String(describing: value))")
                }
            }
            if expected.seq == seq, row[1] != .text(expected.state.name) { differences.append("state at \(seq)") }
        }
        return differences
    }
}
