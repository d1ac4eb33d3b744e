internal import Columnar
internal import NIOPosix
internal import Synchronization

/// The threads that look after the store: one job that reads and writes much at a time, and quick looks beside it.
///
/// A job goes on when the one who asked for it leaves, and when the gateway stops: closing the store ends it.
final class MaintenanceThreads: Sendable {
    /// What makes the disk busy; two at once would only slow each other down.
    enum Job: String, Sendable {
        case backup
        case compaction
    }

    /// One for the job, one for looks.
    private static let threadCount = 2

    private let pool = NIOThreadPool(numberOfThreads: threadCount)
    private let running = Mutex<Job?>(nil)

    init() { pool.start() }

    /// The job that runs now.
    var current: Job? { running.withLock { $0 } }

    /// Starts a job; returns the one that runs already if there is one.
    ///
    /// - Parameters:
    ///   - job: what it is.
    ///   - work: called on a thread; may block.
    ///   - completion: called on that thread with what came out, when the next job may start.
    func start(
        _ job: Job,
        _ work: @escaping @Sendable () throws(TableError) -> Void,
        completion: @escaping @Sendable (Result<Void, TableError>) -> Void
    ) -> Job? {
        let other = running.withLock { running in
            defer { running = running ?? job }
            return running
        }
        if let other { return other }
        look(work) { [self] result in
            running.withLock { $0 = nil }
            completion(result)
        }
        return nil
    }

    /// Runs something quick beside the job.
    func look<Value: Sendable>(
        _ work: @escaping @Sendable () throws(TableError) -> Value,
        completion: @escaping @Sendable (Result<Value, TableError>) -> Void
    ) {
        pool.submit { state in
            guard state == .active else {
                return completion(.failure(TableError(.closed, "the server is shutting down")))
            }
            do throws(TableError) {
                completion(.success(try work()))
            } catch {
                completion(.failure(error))
            }
        }
    }

    /// Takes no more work. Does not wait for the job.
    func stop() { pool.shutdownGracefully { _ in } }
}
