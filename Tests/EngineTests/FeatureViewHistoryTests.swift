import Columnar
import Market
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Backfills and training sets.
@Suite struct FeatureViewHistoryTests {
    @Test func backfillStoresWhatIsMissingAndNothingElse() throws {
        let fixture = try FeatureViewFixture([])
        try fixture.feed(RandomFeed.events(4_000, seed: 5, fixture.registry), sizes: [100])
        try fixture.run("CREATE FEATURE VIEW late TIER BATCH AS SELECT mid(), ofi_cum() FROM book")
        let table = "\"late@v1/stored\""
        let second = RandomFeed.start + 5 * CivilTime.second
        let (from, to) = (CivilTime.text(second), CivilTime.text(second + 20 * CivilTime.second))
        let first = try fixture.run("BACKFILL late FROM '\(from)' TO '\(to)'")[0][0]
        let some = try fixture.run("SELECT * FROM \(table)")
        #expect(first == .int64(Int64(some.count)) && some.count > 20)
        #expect(some.allSatisfy { ($0[0].int64 ?? 0) >= second && ($0[0].int64 ?? 0) < second + 20 * CivilTime.second })
        #expect(try fixture.run("BACKFILL late FROM '\(from)' TO '\(to)'") == [[.int64(0)]])
        let rest = try fixture.run("BACKFILL late")[0][0]
        let all = try fixture.run("SELECT * FROM \(table)")
        #expect(rest == .int64(Int64(all.count - some.count)))
        try fixture.run("DELETE FROM \(table) WHERE time < '\(to)'")
        #expect(try fixture.run("BACKFILL late")[0][0] != .int64(0))
        #expect(try fixture.run("SELECT * FROM \(table)").map(bits) == all.map(bits))
        // Each stored row is one of the view, the last of its second.
        let rows = try fixture.run("SELECT * FROM late")
        let known = Set(rows.map { bits($0) })
        #expect(all.allSatisfy { known.contains(bits($0)) })
        #expect(fixture.failure("BACKFILL late FROM '2024' TO '2023'")?.code == .semantic)
        #expect(fixture.failure("BACKFILL lat")?.hint?.contains("late") == true)
    }

    /// What was known of a view at a time, by looking at every row.
    private func brute(
        _ rows: [[Scalar]],
        _ symbol: String,
        _ time: Int64,
        timeToLive: Int64?
    ) -> (row: [Scalar]?, isStale: Bool) {
        var best: [Scalar]?
        for row in rows where row[1] == .text(symbol) {
            guard let available = row[4].int64, available <= time else { continue }
            guard let old = best else {
                best = row
                continue
            }
            let (oldTime, newTime) = (old[4].int64 ?? 0, available)
            if (oldTime, old[2].int64 ?? 0) < (newTime, row[2].int64 ?? 0) { best = row }
        }
        guard let best else { return (nil, false) }
        if let timeToLive, time - (best[4].int64 ?? 0) > timeToLive { return (best, true) }
        return (best, false)
    }

    @Test(arguments: 1...4) func trainingSetIsWhatWasKnownAtEachTime(seed: Int) throws {
        let fixture = try FeatureViewFixture([
            "CREATE FEATURE VIEW micro STORE NONE AS SELECT spread_bps(), mid() FROM book",
            """
            CREATE FEATURE VIEW tape STORE NONE TTL 200ms LATENCY 7ms AS SELECT price, \
            sum(size) OVER (RANGE 1s PRECEDING) AS volume FROM trades
            """,
        ])
        try fixture.feed(RandomFeed.events(3_000, seed: UInt64(seed), fixture.registry), sizes: [100])
        var random = SeededGenerator(seed: UInt64(seed) + 100)
        let micro = try fixture.run("SELECT * FROM micro")
        let tape = try fixture.run("SELECT * FROM tape")
        let times = micro.compactMap { $0[4].int64 } + tape.compactMap { $0[4].int64 }
        var set = TrainingSetRequest(features: ["micro", "tape@v1:volume", "tape@v1:price"], symbols: [], times: [])
        for _ in 0..<400 {
            set.symbols.append(random.pick(FeatureViewFixture.symbols + ["NONE.T"]))
            // At, just before and long after the moments at which rows become known.
            set.times.append(random.pick(times) + random.pick([-1, 0, 1, 5_000_000, 900_000_000, -3_600_000_000_000]))
        }
        set.labels = [TrainingSetRequest.Label(name: "y", values: set.times.map { .int64($0 % 7) })]
        let prepared = try fixture.engine.prepare(set)
        #expect(
            prepared.columns.map(\.name) == [
                "symbol", "time", "y", "micro:spread_bps", "micro:spread_bps:status", "micro:mid", "micro:mid:status",
                "micro:available_time", "tape@v1:volume", "tape@v1:volume:status", "tape@v1:price",
                "tape@v1:price:status", "tape@v1:available_time",
            ]
        )
        let answer = try fixture.rows(of: set)
        #expect(answer.count == set.times.count)
        var statuses: Set<Scalar> = []
        for (index, row) in answer.enumerated() {
            let (symbol, time) = (set.symbols[index], set.times[index])
            #expect(row[0] == .text(symbol) && row[1] == .timestamp(time) && row[2] == .int64(time % 7))
            let book = brute(micro, symbol, time, timeToLive: nil)
            let trade = brute(tape, symbol, time, timeToLive: 200_000_000)
            #expect(row[7] == book.row?[4] ?? .null && row[12] == trade.row?[4] ?? .null)
            // What is known at the time was received, with the declared latency, no later than that.
            for column in [7, 12] { #expect(row[column].int64 ?? .min <= time) }
            let hidden = book.row.map { $0[5] == .text("syncing") } ?? true
            #expect(bits([row[3], row[5]]) == (hidden ? ["null", "null"] : bits(Array((book.row ?? [])[6...7]))))
            let isThere = trade.row != nil && !trade.isStale
            #expect(
                bits([row[8], row[10]])
                    == (isThere ? bits([(trade.row ?? [])[6], (trade.row ?? [])[5]]) : ["null", "null"])
            )
            for column in [4, 6, 9, 11] { statuses.insert(row[column]) }
            if symbol == "NONE.T" { #expect(row[4] == .text("NOT_FOUND") && row[9] == .text("NOT_FOUND")) }
            if trade.isStale { #expect(row[9] == .text("STALE")) }
        }
        #expect(statuses.isSuperset(of: [.text("PRESENT"), .text("NOT_FOUND"), .text("WARMING"), .text("STALE")]))
    }

    @Test func trainingSetTellsWhatIsWrongWithIt() throws {
        let fixture = try FeatureViewFixture(["CREATE FEATURE VIEW micro AS SELECT mid() FROM book"])
        func failure(_ features: [String], symbols: [String] = ["A"], times: [Int64] = [0]) -> QueryError? {
            do throws(QueryError) {
                _ = try fixture.engine.prepare(TrainingSetRequest(features: features, symbols: symbols, times: times))
                return nil
            } catch {
                return error
            }
        }
        #expect(failure(["micro:mid"]) == nil)
        #expect(failure([])?.code == .semantic)
        #expect(failure(["nothing"])?.code == .unknownTable)
        #expect(failure(["micro:spread"])?.code == .unknownColumn)
        #expect(failure(["micro:mid"], times: [])?.code == .semantic)
        #expect(failure(["trade_features"])?.code == .semantic)
        #expect(failure(["micro:mid", "micro:mid"])?.code == .semantic)
    }
}
