import Columnar
import Foundation
import QueryLang
import Testing

@testable import Engine

/// The query of the documentation that tells what came to levels and was cancelled there from what was traded.
@Suite(
    "Rates of additions and cancellations over the stored BTC-USDT feed",
    .enabled(if: Recordings.isPresent, "TICKGATE_SHARED is absent")
)
struct BookRateTests {
    private static let query = """
        SELECT d.time, count_if(d.change + coalesce(t.taken, 0) > 0) AS adds, \
        sum(greatest(d.change + coalesce(t.taken, 0), 0)) AS added, \
        count_if(d.change + coalesce(t.taken, 0) < 0) AS cancels, \
        sum(greatest(-d.change - coalesce(t.taken, 0), 0)) AS cancelled \
        FROM (SELECT time, symbol, side, price, sum(change) AS change FROM \
        (SELECT time, symbol, side, price, size - lag(size) OVER (PARTITION BY symbol, side, price ORDER BY time) AS change \
        FROM book WHERE kind = 'change' AND side IS NOT NULL) SAMPLE BY 1s) d \
        LEFT JOIN (SELECT time, symbol, CASE WHEN side = 'buy' THEN 'ask' ELSE 'bid' END AS side, price, sum(size) AS taken \
        FROM trades SAMPLE BY 1s) t ON (time, symbol, side, price) GROUP BY d.time ORDER BY d.time
        """

    private struct Level: Hashable {
        var side: String
        var price: Double
    }

    @Test("equal what levels say one by one")
    func rates() throws {
        let run = try RecordedRun.bitcoin.get()
        let answer = try run.rows(Self.query)
        var sizes: [Level: Double] = [:]
        var changes: [Int64: [Level: Double]] = [:]
        for row in try run.rows("SELECT time, side, price, size FROM book WHERE kind = 'change' AND side IS NOT NULL") {
            guard let time = row[0].int64, let side = row[1].text, let price = row[2].double, let size = row[3].double
            else { continue }
            let level = Level(side: side, price: price)
            let second = time / CivilTime.second
            // Before the first change of a level its size is not known, and nothing can be said of it.
            if let before = sizes[level] { changes[second, default: [:]][level, default: 0] += size - before }
            sizes[level] = size
        }
        var taken: [Int64: [Level: Double]] = [:]
        for row in try run.rows("SELECT time, side, price, size FROM trades") {
            guard let time = row[0].int64, let side = row[1].text, let price = row[2].double, let size = row[3].double
            else { continue }
            let level = Level(side: side == "buy" ? "ask" : "bid", price: price)
            taken[time / CivilTime.second, default: [:]][level, default: 0] += size
        }
        #expect(answer.count > 600)
        var cancelled = 0.0
        for row in answer {
            let second = (row[0].int64 ?? 0) / CivilTime.second
            let unexplained = (changes[second] ?? [:]).map { $0.value + (taken[second]?[$0.key] ?? 0) }
            let added = unexplained.reduce(0) { $0 + max($1, 0) }
            let removed = unexplained.reduce(0) { $0 + max(-$1, 0) }
            #expect(abs((row[2].double ?? 0) - added) < 1e-9 && abs((row[4].double ?? 0) - removed) < 1e-9)
            // What is left by rounding of a level that changed by nothing is neither.
            let clear = unexplained.filter { abs($0) > 1e-9 }
            #expect(abs((row[1].int64 ?? 0) - Int64(clear.count { $0 > 0 })) <= Int64(unexplained.count - clear.count))
            #expect(abs((row[3].int64 ?? 0) - Int64(clear.count { $0 < 0 })) <= Int64(unexplained.count - clear.count))
            cancelled += removed
        }
        #expect(cancelled > 100)
    }
}
