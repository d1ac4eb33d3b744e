import Columnar
import Foundation
import Market
import QueryLang
import Store
import TestSupport
import Testing

@testable import Engine

/// What the first event after a start waits for.
///
///     TICKGATE_START_ROWS=2000000 swift test --filter FeatureViewStartTests
///
/// measures, with and without a checkpoint over the same rows; without the variable it is a smoke test.
@Suite(.serialized) struct FeatureViewStartTests {
    private static let wanted = ProcessInfo.processInfo.environment["TICKGATE_START_ROWS"].flatMap { Int($0) }
    private static let rowCount = wanted ?? 20_000
    private static let batchRows = 20_000
    private static let schema = MarketTables.schemas[0]
    private static let step: Int64 = 1_000_000_000

    private static let statements = [
        """
        CREATE FEATURE VIEW slow STORE NONE AS SELECT ema(price, 1000) AS e, \
        stddev_samp(price) OVER (ROWS 100000 PRECEDING) AS d FROM trades
        """
    ]

    /// Writes trades as a feed would have, and waits until they are computed.
    private func write(_ range: Range<Int>, to fixture: FeatureViewFixture) throws {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.batchRows) {
            let rows = start..<min(start + Self.batchRows, range.upperBound)
            let times = rows.map { RandomFeed.start + Int64($0) * Self.step }
            var columns = [Vector?](repeating: nil, count: Self.schema.columns.count)
            func put(_ name: String, _ vector: Vector) throws {
                columns[try #require(Self.schema.index(of: name))] = vector
            }
            try put("time", .timestamps(times))
            try put("receive_time", .timestamps(times))
            try put("seq", .int64(rows.map { Int64($0) + 1 }))
            try put("price", .decimals(rows.map { 10_000 + Int64($0 &* 7_919 % 101) }, scale: 2))
            try put("size", .decimals(rows.map { 1 + Int64($0 % 13) }, scale: 3))
            let group = AppendGroup(table: MarketTables.trades, series: "X-Y.T", columns: columns, rowCount: rows.count)
            try fixture.store.append(AppendBatch(groups: [group]), durability: .interval)
            try fixture.settle()
        }
    }

    /// Nanoseconds from the first row after a start until it is computed, and what was told of it.
    private func start(_ fixture: FeatureViewFixture, _ place: Int) throws -> (Int64, [ViewUpdate.Value]) {
        let begin = MonotonicClock.now()
        try write(place..<place + 1, to: fixture)
        let elapsed = MonotonicClock.now() - begin
        return (elapsed, try #require(fixture.recorder.states("slow@v1", "X-Y.T").last?.values))
    }

    @Test func aStartFromACheckpointReadsWhatCameSince() throws {
        let fixture = try FeatureViewFixture(checkpointInterval: .max, parityInterval: .max, Self.statements)
        try write(0..<Self.rowCount, to: fixture)
        try fixture.restart()
        let (resumed, values) = try start(fixture, Self.rowCount)
        #expect(fixture.views.statistics.checkpointsResumed.value == 1)
        try fixture.restart { for name in try fixture.files.names() { try fixture.files.remove(name) } }
        let (begun, _) = try start(fixture, Self.rowCount + 1)
        #expect(fixture.views.statistics.checkpointsResumed.value == 0)

        let whole = try FeatureViewFixture(parityInterval: .max, Self.statements)
        try write(0..<Self.rowCount + 1, to: whole)
        let expected = try #require(whole.recorder.states("slow@v1", "X-Y.T").last?.values)
        #expect(values.map { $0.value?.bitPattern } == expected.map { $0.value?.bitPattern })
        if Self.wanted != nil {
            print("\(Self.rowCount) rows: \(resumed / 1_000) µs resumed, \(begun / 1_000) µs from the store")
        }
    }
}
