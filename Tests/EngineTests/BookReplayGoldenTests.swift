import Columnar
import Foundation
import Market
import QueryLang
import QuerySupport
import Testing

@testable import Engine

@Suite(
    "Functions of the book over the stored BTC-USDT feed",
    .enabled(if: Recordings.isPresent, "TICKGATE_SHARED is absent")
)
struct BookReplayGoldenTests {
    private static let book = "FROM book WHERE symbol = 'BTC-USDT.BINANCE'"

    @Test("give the bits of the live features after each of the 6,492 depth events, which are the golden ones")
    func historyEqualsLive() throws {
        let run = try RecordedRun.bitcoin.get()
        let rows = try run.rows(
            "SELECT seq, state, \(StoredRun.list), update_id, time, receive_time, kind \(Self.book)"
        )
        #expect(run.differences(rows).prefix(5) == [])
        var golden = Dictionary(uniqueKeysWithValues: try Recordings.golden().map { (Int64($0[2])!, $0) })
        #expect(golden.count == 6_492)
        let last = StoredRun.columns.count + 2
        var latest = Int64.min
        let exact = [(2, 5), (3, 6), (4, 7), (5, 8), (6, 9), (7, 10), (13, 16), (14, 17), (15, 18)]
        for row in rows where row[1] == .text("live") && row[last + 3] != .text("state") {
            guard case .int64(let id) = row[last], let expected = golden.removeValue(forKey: id) else { continue }
            // The snapshot has the time of the last message before it; changes that were kept for it are older.
            let time = row[last + 1].int64 ?? 0
            latest = max(latest, Int64(expected[1])! * 1_000_000)
            #expect(time == latest || (golden.count > 6_480 && time > latest))
            #expect(row[last + 2] == .timestamp(Int64(expected[0])!))
            for (column, field) in exact where row[column] != .float64(Double(expected[field])!) {
                Issue.record("\(StoredRun.columns[column - 2].text) at \(id): \(row[column]), not \(expected[field])")
            }
        }
        #expect(golden.isEmpty)
    }

    @Test("do not depend on the range that is asked for, nor on the size of batches", arguments: 0..<6)
    func rangesEqualLive(number: Int) throws {
        let run = try RecordedRun.bitcoin.get()
        let start = 1_723_161_263 + number * 97
        let lower = CivilTime.text(Int64(start) * CivilTime.second)
        let upper = CivilTime.text(Int64(start + [1, 5, 20][number % 3]) * CivilTime.second)
        let text = "SELECT seq, state, \(StoredRun.list) \(Self.book) AND time >= '\(lower)' AND time < '\(upper)'"
        let rows = try run.rows(text, batchRows: [1, 3, 1024][number % 3])
        #expect(rows.count > 5)
        #expect(run.differences(rows).prefix(5) == [])
    }

    @Test("explain price changes by order flow, as the acceptance values say")
    func orderFlowRegression() throws {
        let run = try RecordedRun.bitcoin.get()
        func squared(_ step: String) throws -> (slope: Double, squared: Double) {
            let text = """
                SELECT kyle_lambda(d, f), corr(d, f) FROM (SELECT time, diff(m) AS d, f FROM
                  (SELECT time, mid() AS m, ofi() AS f \(Self.book) AND kind = 'change' AND state = 'live' SAMPLE BY \(step)))
                """
            let row = try #require(try run.rows(text).first)
            let correlation = try #require(row[1].double)
            return (try #require(row[0].double), correlation * correlation)
        }
        let second = try squared("1s")
        #expect(abs(second.slope - 0.547545147896) < 1e-9)
        #expect(abs(second.squared - 0.404069196202) < 1e-9)
        #expect(abs(try squared("10s").squared - 0.613253239463) < 1e-9)
        let total = try run.rows("SELECT sum(ofi()), last(ofi_cum()), ofi() \(Self.book)")
        #expect(total == [[.float64(-48.99235), .float64(-48.99235), .float64(-48.99235)]])
    }

    @Test("and of its trades equal the acceptance values")
    func trades() throws {
        let run = try RecordedRun.bitcoin.get()
        let trades = "FROM trades WHERE symbol = 'BTC-USDT.BINANCE'"
        let text =
            "SELECT trade_imbalance(side, size), signed_volume(side, size), roll_spread(price), "
            + "vpin(side, size, 5, 50), vpin(side, size, 5) \(trades)"
        let row = try #require(try run.rows(text).first)
        #expect(abs(try #require(row[0].double) + 0.0660704603482) < 1e-12)
        #expect(row[1] == .float64(-28.93328))
        #expect(abs(try #require(row[2].double) - 0.182184662737) < 1e-9)
        #expect(abs(try #require(row[3].double) - 0.40944024) < 1e-12)
        #expect(abs(try #require(row[4].double) - 0.4532183908045977) < 1e-12)
        let kyle = """
            SELECT kyle_lambda(d, v), corr(d, v) FROM (SELECT time, diff(p) AS d, v FROM
              (SELECT time, last(price) AS p, signed_volume(side, size) AS v \(trades) SAMPLE BY 1s FILL(PREV, 0)))
            """
        let slope = try #require(try run.rows(kyle).first)
        #expect(abs(try #require(slope[0].double) - 3.15230616248) < 1e-9)
        #expect(abs(pow(try #require(slope[1].double), 2) - 0.356298848319) < 1e-9)
        let spreads = """
            SELECT effective_spread(t.side, t.price, b.m) AS e FROM trades t
              ASOF JOIN (SELECT time, symbol, mid() AS m FROM book) b ON (symbol) LIMIT 5000
            """
        #expect(try run.rows(spreads).compactMap { $0[0].double }.allSatisfy { abs($0) < 0.01 })
    }
}
