import Columnar
import Market
import QueryLang
import QuerySupport
import TestSupport
import Testing

@testable import Engine

@Suite("A replay of the book's stored events")
struct BookReplayPropertyTests {
    private static func stored(seed: UInt64, events: Int = 500, timeStep: Int64 = 300) throws -> StoredRun {
        var script = LiveScript()
        LivePropertyTests.live(&script, seed: seed, events: events, timeStep: timeStep)
        return try StoredRun(script.replay.recorder, seed: seed)
    }

    @Test("gives what was live, whatever happened to the feed", arguments: 1...8 as ClosedRange<UInt64>)
    func historyEqualsLive(seed: UInt64) throws {
        let run = try Self.stored(seed: seed)
        for batchRows in [1, 3, 1024] {
            let rows = try run.rows("SELECT seq, state, \(StoredRun.list) FROM book", batchRows: batchRows)
            #expect(rows.count > 100)
            #expect(run.differences(rows).prefix(3) == [])
        }
    }

    @Test("of any range gives the rows of a replay of everything", arguments: 1...8 as ClosedRange<UInt64>)
    func rangesEqualTheWhole(seed: UInt64) throws {
        // Over an hour of event time, so that ranges begin behind keyframes.
        let run = try Self.stored(seed: seed, events: 700, timeStep: 12_000)
        var generator = SeededGenerator(seed: seed)
        let flows = "ofi(), ofi(3), added(), removed('ask'), changes()"
        let counts = "additions('bid'), removals(), quote_changes()"
        let list = "SELECT time, seq, state, kind, \(StoredRun.list), \(flows), \(counts), quote_age() FROM book"
        let whole = try run.rows(list)
        // Without sums over the epoch a replay begins at a keyframe.
        let states = "SELECT time, seq, state, mid(), imbalance(3), depth(4), \(flows), \(counts) FROM book"
        let wholeStates = try run.rows(states)
        let times = whole.compactMap { $0[0].int64 }
        #expect(times == times.sorted())
        for _ in 0..<6 {
            let ends = [generator.pick(times), generator.pick(times)].sorted()
            let range = "time >= '\(CivilTime.text(ends[0]))' AND time < '\(CivilTime.text(ends[1]))'"
            for (text, all) in [(list, whole), (states, wholeStates)] {
                let expected = all.filter { row in row[0].int64.map { $0 >= ends[0] && $0 < ends[1] } ?? false }
                let rows = try run.rows("\(text) WHERE \(range)")
                #expect(rows.count == expected.count)
                if let (row, other) = zip(rows, expected).first(where: { $0 != $1 }) {
                    Issue.record("\(row) is not \(other)")
                }
            }
        }
    }

    @Test("sums flows and takes the last state in a bucket", arguments: 1...4 as ClosedRange<UInt64>)
    func buckets(seed: UInt64) throws {
        let run = try Self.stored(seed: seed)
        let rows = try run.rows("SELECT time, mid(), ofi(), added(), count() FROM book SAMPLE BY 10s")
        let spelled = try run.rows(
            "SELECT time, last(mid()), sum(ofi()), sum(added()), count(*) FROM book SAMPLE BY 10s"
        )
        #expect(rows.count > 3 && rows == spelled)
        let events = "(SELECT time, mid() AS m, ofi() AS f, added() AS a FROM book)"
        let outer = try run.rows("SELECT time, last(m), sum(f), sum(a), count() FROM \(events) SAMPLE BY 10s")
        #expect(rows == outer)
        #expect(try run.rows("SELECT mid(), count() FROM book").count == 1)
    }
}
