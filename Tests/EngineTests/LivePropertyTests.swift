import Columnar
import Market
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite("The updates and rows of a shard, whatever happens to its feed")
struct LivePropertyTests {
    /// Ratios are compared within this; everything else bit for bit.
    private static let ratios: Set<String> = [
        "spread_bps", "weighted_mid", "imbalance_1", "imbalance_5", "imbalance_10", "vwap",
    ]

    /// What a subscriber and a reader of the store make of it, checked against the oracle after every event.
    private final class Observer {
        var oracle = LiveOracle()
        var row: [String: FeatureValue] = [:]
        var taken = 0
        var seq: Int64 = 0
        var epoch = ""

        func check(_ script: LiveScript, _ event: MarketEvent, _ changes: [LevelChange]) {
            oracle.take(event, changes)
            let recorder = script.replay.recorder
            let (updates, values) = recorder.state.withLock { state in
                (Array(state.updates[taken...]), Array(state.values[taken...]))
            }
            taken += updates.count
            #expect(updates.count <= 1)
            for (update, values) in zip(updates, values) { take(update, values) }
            if !row.isEmpty { compare(event) }
        }

        private func take(_ update: FeatureUpdate, _ values: [FeatureValue]) {
            #expect(update.isEpochStart == (update.epoch != epoch))
            #expect(update.epoch == (oracle.epochs == 0 ? "k3" : "k3-\(oracle.epochs)"))
            #expect(update.prev == (update.isEpochStart ? 0 : seq))
            #expect(update.seq > seq && update.computeTime == 42)
            #expect(update.bookState == oracle.state)
            #expect(!update.isEpochStart || values.map(\.feature) == Array(FeatureCatalog.features.indices))
            if update.isEpochStart { row = [:] }
            for value in values {
                let name = FeatureCatalog.features[value.feature].name
                if row[name] == value { Issue.record("\(name) did not change at \(update.seq)") }
                row[name] = value
            }
            (seq, epoch) = (update.seq, update.epoch)
        }

        private func compare(_ event: MarketEvent) {
            for (name, expected) in oracle.features {
                let actual = row[name]
                let isClose =
                    ratios.contains(name)
                    && abs((actual?.value ?? .nan) - expected.value) <= 1e-12 * abs(expected.value)
                guard actual?.status == expected.status, isClose || actual?.value == expected.value else {
                    Issue.record("\(name) after \(event): \(String(describing: actual)), not \(expected)")
                    return
                }
            }
        }
    }

    @Test(
        "give a subscriber every feature of a naive recomputation, in unbroken chains",
        arguments: 1...12 as ClosedRange<UInt64>
    )
    func subscriberEqualsOracle(seed: UInt64) {
        var script = LiveScript(generation: 3)
        let observer = Observer()
        let recorded = script
        script.observe = { observer.check(recorded, $0, $1) }
        Self.live(&script, seed: seed, events: 500)
        #expect(observer.taken > 200)
    }

    @Test("let a reader of the book's rows rebuild it from any keyframe on", arguments: 1...6 as ClosedRange<UInt64>)
    func rowsRebuildTheBook(seed: UInt64) throws {
        var script = LiveScript()
        final class Books { var bySeq: [Int64: [Side: [Int64: Int64]]] = [:]; var oracle = LiveOracle() }
        let books = Books()
        script.observe = { event, changes in
            books.oracle.take(event, changes)
            books.bySeq[event.seq] = books.oracle.book
        }
        Self.live(&script, seed: seed, events: 1_500, timeStep: 2_000)
        let rows = try script.rows(of: MarketTables.book).map(StoredLevel.init)
        let starts = rows.indices.filter { rows[$0].kind == "keyframe" && ($0 == 0 || rows[$0 - 1].kind != "keyframe") }
        #expect(starts.count > 5)
        for start in starts.suffix(8) {
            var reader = BookReader()
            for (index, row) in rows.enumerated().dropFirst(start) {
                reader.take(row)
                let isLast = index + 1 == rows.count || rows[index + 1].seq != row.seq
                if isLast, reader.book != books.bySeq[row.seq] { Issue.record("from row \(start), after \(row)") }
            }
        }
    }

    @Test("store every accepted event once, with its sequence number", arguments: 1...4 as ClosedRange<UInt64>)
    func everyEventIsStored(seed: UInt64) {
        var script = LiveScript()
        Self.live(&script, seed: seed, events: 800)
        var seen: [Int64: String] = [:]
        for table in [MarketTables.trades, MarketTables.quotes, MarketTables.book] {
            for row in script.rows(of: table) {
                guard case .int64(let seq) = row[2] else { continue }
                #expect(seen[seq] == nil || seen[seq] == table)
                seen[seq] = table
            }
        }
        let rejected = script.counts.rejected
        #expect(seen.count == Int(script.seq) - rejected)
    }

    /// A feed that loses its book again and again, with trades, quotes and silence.
    static func live(_ script: inout LiveScript, seed: UInt64, events: Int, timeStep: Int64 = 300) {
        var random = SeededGenerator(seed: seed)
        script.state(.syncing, .start)
        var isLive = false
        while script.seq < events {
            script.time += Int64.random(in: 0...timeStep, using: &random) * 1_000_000
            let id = script.seq
            switch Int.random(in: 0..<100, using: &random) {
            case 0, 1: script.state(.stale, Bool.random(using: &random) ? .gap : .disconnect); isLive = false
            case 2 where random.next() % 4 == 0: script.state(.syncing, .start); isLive = false
            case 3 where isLive && random.next() % 4 == 0: script.snapshot(id, levels(&random, count: 30))
            case 4: script.clock()
            case 5: script.depth(id, [])
            case 6...12 where !isLive:
                script.snapshot(id, levels(&random, count: 30))
                if Bool.random(using: &random) { script.depth(id + 1, levels(&random, count: 3)) }
                if random.next() % 5 == 0 { break }
                script.state(.live, .synced)
                isLive = true
            case 13...30: trade(&script, &random)
            case 31...40: script.quote(id, bid: (100, 1), ask: (101, 1))
            default: script.depth(id, levels(&random, count: Int.random(in: 1...8, using: &random)))
            }
        }
    }

    private static func trade(_ script: inout LiveScript, _ random: inout SeededGenerator) {
        let side: Side = Bool.random(using: &random) ? .bid : .ask
        script.trade(Int64.random(in: 9_000...11_000, using: &random), Int64.random(in: 1...900, using: &random), side)
    }

    private static func levels(_ random: inout SeededGenerator, count: Int) -> [LevelChange] {
        (0..<count).map { _ in
            let side: Side = Bool.random(using: &random) ? .bid : .ask
            let distance = Int64.random(in: 0...14, using: &random)
            let price = side == .bid ? 10_003 - distance : 10_000 + distance
            return LevelChange(side: side, price: price, size: Int64.random(in: 0...4, using: &random))
        }
    }
}

/// A row of the `book` table.
private struct StoredLevel {
    let seq: Int64
    let kind: String
    let change: LevelChange?

    init(_ row: [Scalar]) throws {
        guard case .int64(let seq) = row[2], case .text(let kind) = row[4] else { throw TableError(.invalid, "\(row)") }
        self.seq = seq
        self.kind = kind
        guard case .text(let side) = row[5], case .float64(let price) = row[6], case .float64(let size) = row[7] else {
            change = nil
            return
        }
        change = LevelChange(
            side: side == "bid" ? .bid : .ask,
            price: Int64((price * 100).rounded()),
            size: Int64((size * 100).rounded())
        )
    }
}

/// Rebuilds a book from stored rows: keyframe rows of one event replace it, changes change it.
private struct BookReader {
    var book: [Side: [Int64: Int64]] = [.bid: [:], .ask: [:]]
    private var keyframe: Int64?

    mutating func take(_ row: StoredLevel) {
        if row.kind == "keyframe", keyframe != row.seq {
            keyframe = row.seq
            book = [.bid: [:], .ask: [:]]
        }
        if let change = row.change { book[change.side]![change.price] = change.size == 0 ? nil : change.size }
    }
}
