internal import Glibc
import Synchronization

/// Where live queries do their work: one piece after the other, never two at once.
public protocol LiveExecutor: Sendable {
    /// Has work done soon. Called from any thread; must not do it itself while the caller waits.
    func execute(_ work: @escaping @Sendable () -> Void)
}

/// A thread of its own.
public final class LiveThread: LiveExecutor {
    private let core = Core()

    /// Starts the thread.
    public init() { core.start() }

    deinit { core.stop() }

    /// See ``LiveExecutor/execute(_:)``.
    public func execute(_ work: @escaping @Sendable () -> Void) { core.add(work) }

    /// What the thread and its owner share; kept alive by the thread until it has ended.
    private final class Core: @unchecked Sendable {
        // Sendable: `waiting` and `isStopped` are guarded by `mutex`.

        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let signal = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var waiting: [@Sendable () -> Void] = []
        private var isStopped = false

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(signal, nil)
        }

        deinit {
            pthread_cond_destroy(signal)
            pthread_mutex_destroy(mutex)
            signal.deallocate()
            mutex.deallocate()
        }

        func start() {
            var thread = pthread_t()
            let core = Unmanaged.passRetained(self)
            let status = pthread_create(&thread, nil, Core.entry, core.toOpaque())
            if status == 0 { pthread_detach(thread) } else { core.release() }
        }

        private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument else { return nil }
            Unmanaged<Core>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }

        func add(_ work: @escaping @Sendable () -> Void) {
            pthread_mutex_lock(mutex)
            waiting.append(work)
            pthread_cond_signal(signal)
            pthread_mutex_unlock(mutex)
        }

        func stop() {
            pthread_mutex_lock(mutex)
            isStopped = true
            pthread_cond_signal(signal)
            pthread_mutex_unlock(mutex)
        }

        private func run() {
            pthread_mutex_lock(mutex)
            while true {
                if waiting.isEmpty {
                    if isStopped { break }
                    pthread_cond_wait(signal, mutex)
                    continue
                }
                let work = waiting
                waiting = []
                pthread_mutex_unlock(mutex)
                for piece in work { piece() }
                pthread_mutex_lock(mutex)
            }
            pthread_mutex_unlock(mutex)
        }
    }
}
