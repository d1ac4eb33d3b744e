import Columnar
import Foundation
import QueryLang
import QuerySupport
import Testing

@testable import Engine

/// Functions of how the book changed, against rows of its state.
@Suite("Changes and age of the book's quote")
struct BookQuoteTests {
    @Test("follow from the rows before", arguments: 1...8 as ClosedRange<UInt64>)
    func quote(seed: UInt64) throws {
        let run = try BookEstimateQueryTests.stored(seed: seed)
        let rows = try run.rows(
            "SELECT time, kind, state, bid(), bid_size(), ask(), ask_size(), quote_changes(), quote_age() FROM book"
        )
        var since: Int64?
        var before: ArraySlice<Scalar>?
        var (changed, kept) = (0, 0)
        var lastAge = Scalar.null
        for row in rows {
            let isLive = row[2] == .text("live") || row[2] == .text("crossed")
            let time = try #require(row[0].int64)
            guard isLive else {
                #expect(row[7] == .null)
                // A stale book keeps what was true when it was last believed; one that is being rebuilt has nothing.
                if row[2] == .text("syncing") { #expect(row[8] == .null) }
                if row[2] == .text("stale"), row[8] != .null, row[1] != .text("state") {
                    #expect(row[8] == lastAge)
                    kept += 1
                }
                lastAge = row[8]
                before = nil
                continue
            }
            let quote = row[3...6]
            if row[1] == .text("change"), let before {
                #expect(row[7] == .int64(quote == before ? 0 : 1))
                if quote != before {
                    since = time
                    changed += 1
                }
            } else {
                #expect(row[7] == .null)
                since = time
            }
            let age = since.map { Double(time - $0) / 1e9 }
            #expect(row[8] == age.map { .float64($0) } ?? .null)
            before = quote
            lastAge = row[8]
        }
        #expect(changed > 20)
    }

    @Test("count the levels that grew and shrank", arguments: 1...4 as ClosedRange<UInt64>)
    func counts(seed: UInt64) throws {
        let run = try BookEstimateQueryTests.stored(seed: seed)
        let rows = try run.rows(
            "SELECT additions(), additions('bid'), additions('ask'), removals(), removals('bid'), removals('ask'), changes(), "
                + "added(), removed(), added('bid') FROM book"
        )
        var total: Int64 = 0
        for row in rows where row[6] != .null {
            let counts = row.prefix(7).compactMap(\.int64)
            try #require(counts.count == 7)
            #expect(counts[0] == counts[1] + counts[2] && counts[3] == counts[4] + counts[5])
            // A level that is set to the size that it has neither grows nor shrinks.
            #expect(counts[0] + counts[3] <= counts[6])
            #expect((counts[0] > 0) == ((row[7].double ?? 0) > 0))
            #expect((counts[3] > 0) == ((row[8].double ?? 0) > 0))
            #expect((counts[1] > 0) == ((row[9].double ?? 0) > 0))
            total += counts[0]
        }
        #expect(try run.rows("SELECT sum(additions()) FROM book") == [[.int64(total)]])
        let sampled = try run.rows(
            "SELECT time, additions('bid'), quote_changes(), quote_age() FROM book SAMPLE BY 10s"
        )
        let spelled = try run.rows(
            "SELECT time, sum(additions('bid')), sum(quote_changes()), last(quote_age()) FROM book SAMPLE BY 10s"
        )
        #expect(sampled == spelled && sampled.count > 3)
    }
}
