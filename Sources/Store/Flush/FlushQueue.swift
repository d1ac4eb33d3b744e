import Columnar
import Synchronization

/// A memtable that takes no more rows, and what the catalog was when it was sealed.
struct SealedMemtable: Sendable {
    let memtable: Memtable
    /// The last record whose rows it, or a segment, holds.
    let lastLSN: LSN
    /// The tables as of ``lastLSN``.
    let catalog: CatalogState
    let tables: [Manifest.TableImage]
    /// Told when the flush is durable or has failed for the first time.
    let completion: FlushCompletion
}

/// Someone who waits for a flush; told once, though a flush that met a full disk is tried again.
final class FlushCompletion: Sendable {
    private let waiting: Mutex<(@Sendable (TableError?) -> Void)?>

    init(_ tell: @escaping @Sendable (TableError?) -> Void) { waiting = Mutex(tell) }

    func tell(_ error: TableError?) {
        let waiter = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiter?(error)
    }
}

/// Sealed memtables on their way to segments, oldest first. Bounded by the memory that they hold: the writer is refused
/// before there are many.
final class FlushQueue: Sendable {
    private struct State {
        var waiting: [SealedMemtable] = []
        var isStopping = false
    }

    private let state = Monitor(State())

    func add(_ sealed: SealedMemtable) { state.update { $0.waiting.append(sealed) } }

    /// Ends the thread once what waits was tried.
    func stop() { state.update { $0.isStopping = true } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    var count: Int { state.withLock { $0.waiting.count } }

    /// The oldest memtable, which stays in the queue; nil if there is none.
    var first: SealedMemtable? { state.withLock { $0.waiting.first } }

    /// All that wait, oldest first.
    var waiting: [SealedMemtable] { state.withLock { $0.waiting } }

    /// The oldest memtable, which stays in the queue, once there is one; nil when there is none and there will be none.
    func next() -> SealedMemtable? {
        state.wait { state -> SealedMemtable?? in
            if let first = state.waiting.first { return .some(first) }
            return state.isStopping ? .some(nil) : nil
        } ?? nil
    }

    func removeFirst() { state.update { _ = $0.waiting.removeFirst() } }

    /// Waits for a while, or until the queue stops.
    func pause(until deadline: UInt64) {
        _ = state.wait(until: deadline) { $0.isStopping ? true : nil }
    }
}
