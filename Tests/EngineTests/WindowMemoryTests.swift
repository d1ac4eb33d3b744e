import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("The memory of windows")
struct WindowMemoryTests {
    private final class Account {
        var bytes = 0
        var most = 0
    }

    private static let batchRows = 4096

    /// The most bytes that calls held over many rows, and what they held when they were gone.
    private func bytes(_ calls: [WindowCall], batches: Int, limit: Int = .max) throws -> (most: Int, left: Int) {
        let account = Account()
        do {
            let machine = WindowMachine(
                calls,
                hold: { (bytes) throws(QueryError) in
                    account.bytes += bytes
                    account.most = max(account.most, account.bytes)
                    if account.bytes > limit { throw QueryError(.limit, "too much") }
                },
                checkpoint: {}
            )
            try machine.beginPartition()
            for batch in 0..<batches {
                let first = Int64(batch * Self.batchRows)
                let rows = first..<first + Int64(Self.batchRows)
                let input = WindowInput(
                    arguments: calls.map { call in
                        call.arguments.map { _ in .decimals(rows.map { $0 % 1000 }, scale: 2) }
                    },
                    axis: .timestamps(rows.map { $0 * 10 }),
                    rowCount: Self.batchRows
                )
                try machine.append(input)
                _ = try machine.take(machine.decidedCount)
            }
            machine.endPartition()
            _ = try machine.take(machine.decidedCount)
        }
        return (account.most, account.bytes)
    }

    private func call(_ function: WindowFunction, _ frame: WindowFrame) -> WindowCall {
        WindowCall(
            function: function,
            arguments: [.column(0, .float64)],
            partition: [],
            order: [],
            frame: frame,
            type: function == .aggregate(.count) ? .int64 : .float64
        )
    }

    private static let lookingBack: [WindowFrame] = [
        WindowFrame(unit: .rows, start: .preceding(99), end: .currentRow),
        WindowFrame(unit: .range, start: .preceding(1000), end: .currentRow), .running,
        WindowFrame(unit: .rows, start: .unboundedPreceding, end: .preceding(3)),
    ]

    private static let functions: [WindowFunction] = [
        .aggregate(.sum), .aggregate(.avg), .aggregate(.min), .aggregate(.count), .aggregate(.first),
        .aggregate(.last), .lag(offset: 50), .difference(offset: 3), .simpleMovingAverage(count: 50),
        .exponentialMovingAverage(count: 20), .cumulativeSum,
    ]

    @Test("does not grow with the partition where frames look back", arguments: functions)
    func bounded(function: WindowFunction) throws {
        for frame in Self.lookingBack {
            let few = try bytes([call(function, frame)], batches: 8)
            let many = try bytes([call(function, frame)], batches: 64)
            #expect(many.most <= few.most)
            #expect(many.left == 0)
        }
    }

    @Test("is accounted for where frames need the partition, and can be refused")
    func accounted() throws {
        let frame = WindowFrame(unit: .rows, start: .currentRow, end: .unboundedFollowing)
        let sum = call(.aggregate(.sum), frame)
        #expect(try bytes([sum], batches: 32).most >= 32 * Self.batchRows * 8)
        #expect(throws: QueryError.self) { try bytes([sum], batches: 32, limit: 100_000) }
    }

    @Test("of whole partitions is not needed for sums")
    func whole() throws {
        let few = try bytes([call(.aggregate(.sum), .whole)], batches: 8)
        #expect(try bytes([call(.aggregate(.sum), .whole)], batches: 64).most <= few.most)
    }
}
