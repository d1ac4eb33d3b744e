import Columnar
internal import Glibc

/// What was committed and not yet computed: filled by the thread that writes the store, emptied by the one that computes
/// feature views. Bounded: past ``rowsMax`` everything is let go of, and the reader starts again from the store.
final class FeatureViewQueue: @unchecked Sendable {
    // Sendable: all state is guarded by `mutex`.

    /// What came.
    enum Item {
        /// Rows of tables that somebody reads.
        case rows(lsn: LSN, [AppendGroup])
        /// A table that somebody reads was made, dropped or changed, or rows of it were removed.
        case changed(LSN)
        /// Rows were let go of.
        case lost
    }

    private let rowsMax: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var items: [Item] = []
    private var rows = 0
    private var isBusy = false
    private var isStopped = false

    init(rowsMax: Int) {
        self.rowsMax = rowsMax
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    func append(_ item: Item, rows added: Int = 0) {
        locked {
            if isStopped { return }
            if rows + added > rowsMax, !items.isEmpty {
                items = [.lost]
                rows = 0
            }
            items.append(item)
            rows += added
            pthread_cond_broadcast(condition)
        }
    }

    /// Waits for items and takes all of them; nil once the queue was stopped.
    func take() -> [Item]? {
        locked {
            isBusy = false
            pthread_cond_broadcast(condition)
            while items.isEmpty, !isStopped { pthread_cond_wait(condition, mutex) }
            if isStopped { return nil }
            isBusy = true
            let taken = items
            items = []
            rows = 0
            return taken
        }
    }

    /// Waits until all that came was taken and worked off.
    func waitUntilIdle() {
        locked {
            while isBusy || !items.isEmpty, !isStopped { pthread_cond_wait(condition, mutex) }
        }
    }

    func stop() {
        locked {
            isStopped = true
            items = []
            pthread_cond_broadcast(condition)
        }
    }
}

private final class ThreadBody {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// A thread that somebody owns and waits for.
struct OwnedThread {
    private let thread: pthread_t

    /// Nil if the system has no thread to give.
    init?(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            return nil
        }
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }
}
