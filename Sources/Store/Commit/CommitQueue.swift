import Columnar
import Synchronization

/// What the WAL thread is asked to do.
enum CommitRequest: Sendable {
    typealias Completion = @Sendable (Result<LSN, TableError>) -> Void

    /// Write and apply a batch.
    case rows(PreparedBatch, Durability, Completion)
    /// Tell a writer, on the WAL thread, that its batch was refused.
    case refused(TableError, Completion)
    /// Change the catalog, or delete rows.
    case change(CatalogChange, @Sendable (TableError?) -> Void)
    /// Seal the memtable and have it flushed.
    case flush(@Sendable (TableError?) -> Void)
    /// Finish all that is queued and end; flush first if true.
    case stop(Bool)

    /// What it counts against the queue's bound.
    var byteCount: Int {
        guard case .rows(let batch, _, _) = self else { return 0 }
        return batch.byteCount
    }
}

/// The bounded queue between writers and the WAL thread.
///
/// Bound: `bytesMax` of batches. At the bound a batch is refused as congested; the refusal takes a place in the queue,
/// so that it is told on the WAL thread, and those are bounded too.
final class CommitQueue: Sendable {
    private struct State {
        var requests: [CommitRequest] = []
        var refusals = 0
        var isClosed = false
    }

    enum Admission {
        case queued
        case full
        case closed
    }

    /// Batches taken at once: one write call of a size that a disk likes, and a bound on the latency of a group.
    private static let groupBytesMax = 16 << 20
    /// Refusals that may wait; past it a writer is told on its own thread.
    private static let refusalsMax = 16_384

    private let state = Monitor(State())
    private let bytesMax: Int
    let byteCount = Atomic<Int>(0)

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isHalfFull: Bool { byteCount.load(ordering: .relaxed) >= bytesMax / 2 }

    /// Queues a request. One batch is always let into an empty queue, however big; what is no batch always is.
    func admit(_ request: CommitRequest) -> Admission {
        let size = request.byteCount
        return state.update { state in
            if state.isClosed { return .closed }
            let waiting = byteCount.load(ordering: .relaxed)
            guard size == 0 || waiting == 0 || waiting + size <= bytesMax else { return .full }
            byteCount.add(size, ordering: .relaxed)
            state.requests.append(request)
            return .queued
        }
    }

    /// Queues a refusal; false if too many wait.
    func refuse(_ request: CommitRequest) -> Bool {
        state.update { state in
            guard !state.isClosed, state.refusals < Self.refusalsMax else { return false }
            state.refusals += 1
            state.requests.append(request)
            return true
        }
    }

    /// Queues the last request; what comes after it is refused as closed. False if it was closed before.
    func close(_ request: CommitRequest) -> Bool {
        state.update { state in
            if state.isClosed { return false }
            state.isClosed = true
            state.requests.append(request)
            return true
        }
    }

    /// The next requests in order: batches that go together, or one request of another kind. Empty once the deadline
    /// has passed.
    func take(until deadline: UInt64?) -> [CommitRequest] {
        state.wait(until: deadline) { state -> [CommitRequest]? in
            guard !state.requests.isEmpty else { return nil }
            let count = Self.groupCount(state.requests)
            let taken = Array(state.requests[..<count])
            state.requests.removeFirst(count)
            for case .refused in taken { state.refusals -= 1 }
            return taken
        } ?? []
    }

    /// Gives the room of batches back, once they are written.
    func release(_ requests: [CommitRequest]) {
        byteCount.subtract(requests.reduce(0) { $0 + $1.byteCount }, ordering: .relaxed)
    }

    private static func groupCount(_ requests: [CommitRequest]) -> Int {
        var bytes = 0
        for (index, request) in requests.enumerated() {
            switch request {
            case .rows, .refused:
                bytes += request.byteCount
                if bytes > groupBytesMax, index > 0 { return index }
            case .change, .flush, .stop: return max(index, 1)
            }
        }
        return requests.count
    }
}
