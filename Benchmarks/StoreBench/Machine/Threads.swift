import Glibc
import Synchronization

/// Runs `body` on that many threads at once and waits for all. Throws what the first that failed threw.
///
/// The first of them is the caller's own.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    if count == 1 { return try body(0) }
    let failure = Failure()
    let guarded: @Sendable (Int) -> Void = { index in
        do { try body(index) } catch { failure.keep("\(error)") }
    }
    let threads = (1..<count).map { index in startThread { guarded(index) } }
    guarded(0)
    for thread in threads { pthread_join(thread, nil) }
    if let message = failure.message { throw BenchFailure(message) }
}

/// Starts a thread, which must be joined.
func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(ThreadBody(body))
    let status = pthread_create(&thread, nil, runThreadBody, box.toOpaque())
    precondition(status == 0, "no thread could be started")
    return thread
}

private func runThreadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// The first failure of several threads.
final class Failure: Sendable {
    private let first = Mutex<String?>(nil)

    /// What went wrong first; nil if nothing did.
    var message: String? { first.withLock { $0 } }

    /// Keeps a failure unless there is one.
    func keep(_ message: String) { first.withLock { if $0 == nil { $0 = message } } }
}
