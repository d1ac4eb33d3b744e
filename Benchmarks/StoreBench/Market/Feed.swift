import Columnar
import Glibc
import Store
import Synchronization

/// One writer of `interval` batches that waits when the store asks it to.
final class Feed: Sendable {
    private let store: Store
    private let sent = Atomic(0)
    private let answered = Atomic(0)
    private let failure = Failure()

    /// Batches that may be on their way: 50 ms at 5 M rows/s.
    static let batchesInFlight = 64
    private static let pauseMicroseconds: UInt32 = 100

    init(_ store: Store) { self.store = store }

    /// Appends a batch; waits first while too much is on its way.
    func send(_ batch: AppendBatch) throws(BenchFailure) {
        while sent.load(ordering: .relaxed) - answered.load(ordering: .acquiring) >= Self.batchesInFlight
            || store.isCongested
        {
            usleep(Self.pauseMicroseconds)
        }
        if let message = failure.message { throw BenchFailure("append: \(message)") }
        sent.add(1, ordering: .relaxed)
        store.append(batch, durability: .interval) { [self] result in
            if case .failure(let error) = result { failure.keep(error.message) }
            answered.add(1, ordering: .releasing)
        }
    }

    /// Waits for the last answer.
    func finish() throws(BenchFailure) {
        while answered.load(ordering: .acquiring) < sent.load(ordering: .relaxed) { usleep(Self.pauseMicroseconds) }
        if let message = failure.message { throw BenchFailure("append: \(message)") }
    }
}
