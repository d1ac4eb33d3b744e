internal import Glibc

/// State that threads share, and that they wait for.
final class Monitor<State>: @unchecked Sendable {
    // Sendable: `state` is touched only while `mutex` is held, and closures that touch it give nothing of it away but results.

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: sending State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Changes the state, and wakes those who wait, unless `wakes` says that nothing has changed for them.
    func change<Result>(_ body: (inout State) -> Result, wakes: (Result) -> Bool = { _ in true }) -> Result {
        pthread_mutex_lock(mutex)
        let result = body(&state)
        if wakes(result) { pthread_cond_broadcast(condition) }
        pthread_mutex_unlock(mutex)
        return result
    }

    /// Waits until `body`, which is asked at once and after every change, gives something; or, if there is a bound, until so
    /// many nanoseconds have passed: then nil.
    func wait<Result>(nanosecondsMax: Int64? = nil, _ body: (inout State) -> Result?) -> Result? {
        var deadline = Self.time(after: nanosecondsMax ?? 0)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if nanosecondsMax == nil {
                pthread_cond_wait(condition, mutex)
            } else if pthread_cond_timedwait(condition, mutex, &deadline) != 0 {
                return body(&state)
            }
        }
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
