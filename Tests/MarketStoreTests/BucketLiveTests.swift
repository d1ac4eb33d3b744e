import Columnar
import MarketStore
import Synchronization
import Testing

@testable import Engine

@Suite("Buckets as names in continuous queries")
struct BucketLiveTests {
    /// Does the work of live queries when it is told to.
    private final class Waiting: LiveExecutor {
        private let work = Mutex<[@Sendable () -> Void]>([])

        func execute(_ work: @escaping @Sendable () -> Void) { self.work.withLock { $0.append(work) } }

        func run() {
            while true {
                let waiting = work.withLock { work in
                    defer { work = [] }
                    return work
                }
                if waiting.isEmpty { return }
                for piece in waiting { piece() }
            }
        }
    }

    private final class Told: LiveQuerySubscriber {
        private let told = Mutex<[String]>([])
        var rows: [String] { told.withLock { $0 } }

        func receive(_ event: LiveEvent, of query: LiveQuery) {
            told.withLock { told in
                switch event {
                case .snapshot(let snapshot): told += snapshot.rows.map { Self.text($0) }
                case .change(let change): told += change.rows.map { Self.text($0) }
                case .ended(let error): told.append("\(error)")
                }
            }
        }

        private static func text(_ row: LiveRow) -> String {
            row.values.map { value in
                switch value {
                case .float64(let number): "\(number)"
                case .timestamp(let time): CivilTime.text(time)
                default: "\(value)"
                }
            }.joined(separator: "|")
        }
    }

    @Test(
        "are followed as history answers them",
        arguments: [
            (
                "SELECT Epoch, Close FROM `AAPL/1Min/OHLCV` WHERE Epoch > '2024-01-02T14:30'",
                ["2024-01-02T14:31:00Z|2.0", "2024-01-02T14:33:00Z|2.5", "2024-01-02T14:34:00Z|9.0"]
            ),
            (
                "SELECT candlecandler('5Min', Open, High, Low, Close) FROM `AAPL/1Min/OHLCV`",
                ["2024-01-02T14:30:00Z|1.0|3.0|0.5|2.5", "2024-01-02T14:30:00Z|1.0|9.0|0.5|9.0"]
            ),
        ]
    )
    func follow(_ text: String, _ expected: [String]) throws {
        let fixture = try CapturedBuckets.fixture()
        let executor = Waiting()
        let live = LiveQueries(source: fixture.store, executor: executor)
        let told = Told()
        _ = try live.subscribe(try fixture.engine.prepare(text), told)
        executor.run()
        let minute: Int64 = 1_704_206_040_000_000_000
        try fixture.add(CapturedBuckets.bars("MSFT"), [(minute, ["8", "8", "8", "8", "8"])])
        try fixture.add(CapturedBuckets.bars("AAPL"), [(minute, ["9", "9", "9", "9", "9"])])
        executor.run()
        #expect(told.rows == expected)
        live.close()
    }
}
