internal import Glibc

/// A thread that somebody owns: waited for once by ``join()``, or left to end by itself.
final class BackgroundThread: @unchecked Sendable {
    // Sendable: `thread` is written before anyone else sees it; whoever owns the thread joins it, once.

    private final class Body {
        let niceness: Int32
        let run: @Sendable () -> Void

        init(niceness: Int32, _ run: @escaping @Sendable () -> Void) {
            self.niceness = niceness
            self.run = run
        }
    }

    /// For jobs that yield to event loops and to the WAL.
    static let nicenessOfJobs: Int32 = 10

    private var thread = pthread_t()
    private var isJoinable: Bool

    /// Whether the system had a thread to give.
    let isStarted: Bool

    /// Starts a thread.
    ///
    /// - Parameter niceness: how far it steps back behind others, as `nice` counts.
    init(niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(niceness: niceness, body))
        var thread = pthread_t()
        isStarted = pthread_create(&thread, nil, Self.entry, box.toOpaque()) == 0
        isJoinable = isStarted
        if !isStarted { box.release() }
        self.thread = thread
    }

    deinit { if isJoinable { pthread_detach(thread) } }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        if body.niceness != 0 { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, body.niceness) }
        body.run()
        return nil
    }

    /// Waits for its end.
    func join() {
        guard isJoinable else { return }
        isJoinable = false
        pthread_join(thread, nil)
    }
}
