import Columnar
import Foundation
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// What windows cost a row.
///
///     TICKGATE_WINDOW_ROWS=500000 swift test -c release -Xswiftc -enable-testing --filter WindowSpeedTests
///
/// measures; without the variable it is a smoke test. `TICKGATE_WINDOW_ONLY` names one line, for `perf stat`.
@Suite("The speed of windows", .serialized)
struct WindowSpeedTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let rowCount = environment["TICKGATE_WINDOW_ROWS"].flatMap { Int($0) } ?? 20_000
    private static let isMeasuring = environment["TICKGATE_WINDOW_ROWS"] != nil
    private static let seriesCount = isMeasuring ? 20 : 2
    /// Rows of a row group.
    private static let batchRows = 8192

    private struct Batch {
        let decimals: Vector
        let sizes: Vector
        let doubles: Vector
        let times: Vector
        let nextTime: Int64?
    }

    private static let batches: [Batch] = {
        var generator = SeededGenerator(seed: 7)
        var price: Int64 = 6_500_000
        var time: Int64 = 1_700_000_000_000_000_000
        var batches: [Batch] = []
        var left = rowCount
        while left > 0 {
            let count = min(left, batchRows)
            left -= count
            var prices: [Int64] = []
            var sizes: [Int64] = []
            var times: [Int64] = []
            for _ in 0..<count {
                let random = generator.next()
                price += Int64(random & 31) - 15
                prices.append(price)
                sizes.append(Int64(random >> 8 & 0xFF_FFFF_FFFF))
                // Gaps of 172 ms on average, from nothing to a second and more: 58 rows in 10 s.
                let unit = Double(random >> 11) * 0x1p-53
                time += Int64(-log(1 - unit) * 172e6) + 1
                times.append(time)
            }
            batches.append(
                Batch(
                    decimals: .decimals(prices, scale: 2),
                    sizes: .decimals(sizes, scale: 8),
                    doubles: .float64(prices.map { Double($0) / 128 }),
                    times: .timestamps(times),
                    nextTime: left > 0 ? time : nil
                )
            )
        }
        return batches
    }()

    private static let rows = WindowFrame(unit: .rows, start: .preceding(99), end: .currentRow)
    private static let range = WindowFrame(unit: .range, start: .preceding(10_000_000_000), end: .currentRow)

    private static var lines: [(String, WindowFunction, WindowFrame, KeyPath<Batch, Vector>)] {
        [
            ("avg-rows", .aggregate(.avg), rows, \.decimals), ("sum-rows", .aggregate(.sum), rows, \.decimals),
            ("avg-range", .aggregate(.avg), range, \.decimals), ("sum-range", .aggregate(.sum), range, \.decimals),
            ("avg-rows-scale8", .aggregate(.avg), rows, \.sizes),
            ("avg-range-scale8", .aggregate(.avg), range, \.sizes),
            ("min-rows", .aggregate(.min), rows, \.decimals), ("max-range", .aggregate(.max), range, \.decimals),
            ("count-range", .aggregate(.count), range, \.decimals),
            ("first-range", .aggregate(.first), range, \.decimals),
            ("last-rows", .aggregate(.last), rows, \.decimals), ("lag", .lag(offset: 1), rows, \.decimals),
            ("diff", .difference(offset: 1), rows, \.decimals), ("cumsum", .cumulativeSum, rows, \.decimals),
            ("cumsum-scale8", .cumulativeSum, rows, \.sizes),
            ("sma", .simpleMovingAverage(count: 20), rows, \.decimals),
            ("ema", .exponentialMovingAverage(count: 20), rows, \.decimals),
            ("sum-running", .aggregate(.sum), .running, \.decimals),
            ("avg-rows-double", .aggregate(.avg), rows, \.doubles),
            ("sum-range-double", .aggregate(.sum), range, \.doubles),
            ("min-rows-double", .aggregate(.min), rows, \.doubles),
            ("max-range-double", .aggregate(.max), range, \.doubles),
            ("sum-running-double", .aggregate(.sum), .running, \.doubles),
        ]
    }

    @Test("is measured")
    func speed() throws {
        for (name, function, frame, argument) in Self.lines
        where Self.environment["TICKGATE_WINDOW_ONLY"].map({ $0 == name }) ?? true {
            let call = WindowCall(
                function: function,
                arguments: [.column(0, .float64)],
                partition: [],
                order: [],
                frame: frame,
                type: function == .aggregate(.count) ? .int64 : .float64
            )
            var best = Duration.seconds(1000)
            var check: UInt64 = 0
            let clock = ContinuousClock()
            for _ in 0..<(Self.isMeasuring ? 3 : 1) {
                let machine = WindowMachine([call], hold: { _ in }, checkpoint: {})
                check = 0
                var rows = 0
                let elapsed = try clock.measure {
                    for _ in 0..<Self.seriesCount {
                        try machine.beginPartition()
                        for batch in Self.batches {
                            let input = WindowInput(
                                arguments: [[batch[keyPath: argument]]],
                                axis: batch.times,
                                nextAxis: batch.nextTime,
                                rowCount: batch.times.count
                            )
                            try machine.append(input)
                            let count = machine.decidedCount
                            rows += count
                            let values = try machine.take(count)
                            if count > 0 { check = check &* 31 &+ Self.bits(values[0], count - 1) }
                        }
                        machine.endPartition()
                        rows += machine.decidedCount
                        _ = try machine.take(machine.decidedCount)
                    }
                }
                #expect(rows == Self.rowCount * Self.seriesCount)
                best = min(best, elapsed)
            }
            let total = Double(Self.rowCount * Self.seriesCount)
            let nanoseconds = (best / .nanoseconds(1)) / total
            if Self.isMeasuring { print("\(name): \(String(format: "%.2f", nanoseconds)) ns a row, check \(check)") }
        }
    }

    private static func bits(_ vector: Vector, _ row: Int) -> UInt64 {
        switch vector.scalar(at: row) {
        case .float64(let value): value.bitPattern
        case .int64(let value): UInt64(bitPattern: value)
        default: 0
        }
    }
}
