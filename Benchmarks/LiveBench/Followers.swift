import Engine
import Foundation
import QueryLang
import Synchronization

/// Times from frames to what they caused.
final class Latencies: Sendable {
    private let values = Mutex<[Int64]>([])

    func add(since time: Int64) {
        let elapsed = WallClock.now() - time
        values.withLock { $0.append(elapsed) }
    }

    func clear() { values.withLock { $0 = [] } }

    var percentiles: Percentiles {
        let sorted = values.withLock { $0.sorted() }
        func value(_ part: Double) -> Double? {
            sorted.isEmpty ? nil : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) / 1_000
        }
        return Percentiles(p50: value(0.5), p99: value(0.99))
    }
}

/// Microseconds.
struct Percentiles {
    let p50: Double?
    let p99: Double?

    var text: String { [p50, p99].map { $0.map { String(format: "%.0f", $0) } ?? "-" }.joined(separator: "\t") }
}

/// Takes the built-in features.
final class BuiltIn: FeaturePublisher {
    let latencies = Latencies()

    func publish(_ batch: FeatureBatch, shard: Int) {
        for update in batch.updates { latencies.add(since: update.receiveTime) }
    }
}

/// One subscriber.
final class Follower: LiveQuerySubscriber {
    private let latencies: Latencies
    private let seq = Atomic<Int64>(-1)
    /// The one whose rows it is told of; nil if all are.
    let instrument: Int?

    init(_ latencies: Latencies, instrument: Int?) {
        self.latencies = latencies
        self.instrument = instrument
    }

    func receive(_ event: LiveEvent, of query: LiveQuery) {
        switch event {
        case .snapshot(let snapshot): seq.store(snapshot.seq, ordering: .releasing)
        case .change(let change):
            latencies.add(since: change.receiveTime)
            seq.store(change.seq, ordering: .releasing)
        case .ended(let error) where error.code == .unavailable: return
        case .ended(let error):
            print("a query ended: \(error)")
            exit(1)
        }
    }

    func waitForSnapshot() { while seq.load(ordering: .acquiring) < 0 { usleep(100) } }

    func wait(for last: Int64) { while seq.load(ordering: .acquiring) < last { usleep(100) } }
}
