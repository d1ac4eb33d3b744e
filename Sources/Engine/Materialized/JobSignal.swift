internal import Glibc

/// Wakes the one thread of a job.
final class JobSignal: @unchecked Sendable {
    // Sendable: the flags are touched only while `mutex` is held.

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isSet = false
    private var hasStopped = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// There is something to do. Costs no wake-up if that is known.
    func set() {
        pthread_mutex_lock(mutex)
        if !isSet {
            isSet = true
            pthread_cond_signal(condition)
        }
        pthread_mutex_unlock(mutex)
    }

    /// Ends waiting for good.
    func stop() {
        pthread_mutex_lock(mutex)
        hasStopped = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until there is something to do, or for some nanoseconds at most. False once it has stopped.
    func wait(nanosecondsMax: Int64?) -> Bool {
        var deadline = Self.time(after: nanosecondsMax ?? 0)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isSet, !hasStopped {
            if nanosecondsMax != nil {
                if pthread_cond_timedwait(condition, mutex, &deadline) != 0 { break }
            } else {
                pthread_cond_wait(condition, mutex)
            }
        }
        isSet = false
        return !hasStopped
    }

    /// Waits for some nanoseconds, unless it is stopped. False once it has stopped.
    func pause(nanoseconds: Int64) -> Bool {
        var deadline = Self.time(after: nanoseconds)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !hasStopped, pthread_cond_timedwait(condition, mutex, &deadline) == 0 {}
        return !hasStopped
    }

    private static func time(after nanoseconds: Int64) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let sum = Int64(time.tv_nsec) + nanoseconds % 1_000_000_000
        time.tv_sec += Int(nanoseconds / 1_000_000_000 + sum / 1_000_000_000)
        time.tv_nsec = Int(sum % 1_000_000_000)
        return time
    }
}

/// The thread of a job in the background: it yields to event loops and to the WAL.
final class JobThread: @unchecked Sendable {
    // Sendable: `thread` is written before anyone else sees it, and joined once.

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private var thread = pthread_t()
    private let isStarted: Bool
    private static let niceness: Int32 = 10

    init(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        isStarted = pthread_create(&thread, nil, Self.entry, box.toOpaque()) == 0
        if !isStarted { box.release() }
        self.thread = thread
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        body.run()
        return nil
    }

    /// Waits for its end. Once.
    func join() { if isStarted { pthread_join(thread, nil) } }
}
