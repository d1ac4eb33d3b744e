internal import Glibc
import Synchronization

/// Threads that help executions with loops whose steps do not depend on each other.
///
/// A loop belongs to the thread that runs it: it takes part itself and needs no helper to get done. Idle helpers join in,
/// each takes the next step that nobody has, and the loop ends when all steps are done.
public final class WorkerPool: Sendable {
    /// How many threads help.
    public var helperCount: Int { core.helpersStarted }
    private let core: WorkerPoolCore

    /// Starts the threads.
    public init(helperCount: Int) { core = WorkerPoolCore(helperCount: max(0, helperCount)) }

    deinit { core.stop() }

    /// Runs `step(participant, index)` for every index below `count`, in any order, some of them at once. A participant is
    /// a thread, numbered from 0 (the caller) to `threads - 1`; it does one step at a time.
    func run(count: Int, threads: Int, _ step: @escaping @Sendable (_ participant: Int, _ index: Int) -> Void) {
        core.run(count: count, threads: threads, step)
    }
}

/// What the threads of a pool share; kept alive by them until they have ended.
private final class WorkerPoolCore: @unchecked Sendable {
    // Sendable: `loops` and `isStopped` are guarded by `mutex`; `threads` belongs to whoever creates and stops the pool.

    /// One loop that is being run.
    private final class Loop: @unchecked Sendable {
        // Sendable: `helpers` and `helpersMax` are guarded by the pool's mutex; `next` is atomic.

        let count: Int
        let step: @Sendable (Int, Int) -> Void
        let next = Atomic<Int>(0)
        var helpers = 0
        var joined = 0
        let helpersMax: Int

        init(count: Int, helpersMax: Int, step: @escaping @Sendable (Int, Int) -> Void) {
            self.count = count
            self.helpersMax = helpersMax
            self.step = step
        }

        func run(as participant: Int) {
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= count { return }
                step(participant, index)
            }
        }

        var isExhausted: Bool { next.load(ordering: .relaxed) >= count }
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Signalled when there is a loop to help with.
    private let work = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Signalled when a helper has left a loop.
    private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var loops: [Loop] = []
    private var isStopped = false
    private var threads: [pthread_t] = []

    /// Helpers yield to event loops and to the WAL, as everything that computes answers does.
    private static let niceness: Int32 = 10

    var helpersStarted: Int { threads.count }

    init(helperCount: Int) {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(work, nil)
        pthread_cond_init(done, nil)
        for _ in 0..<helperCount {
            var thread = pthread_t()
            let core = Unmanaged.passRetained(self)
            let status = pthread_create(&thread, nil, WorkerPoolCore.entry, core.toOpaque())
            if status == 0 { threads.append(thread) } else { core.release() }
        }
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let core = Unmanaged<WorkerPoolCore>.fromOpaque(argument).takeRetainedValue()
        // On Linux this concerns the calling thread alone. It may be refused; then all are equal.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        core.help()
        return nil
    }

    deinit {
        pthread_cond_destroy(work)
        pthread_cond_destroy(done)
        pthread_mutex_destroy(mutex)
        work.deallocate()
        done.deallocate()
        mutex.deallocate()
    }

    /// Ends the threads, once.
    func stop() {
        pthread_mutex_lock(mutex)
        isStopped = true
        pthread_cond_broadcast(work)
        pthread_mutex_unlock(mutex)
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    func run(count: Int, threads: Int, _ step: @escaping @Sendable (_ participant: Int, _ index: Int) -> Void) {
        let helpersMax = min(threads - 1, helpersStarted, count - 1)
        let loop = Loop(count: count, helpersMax: helpersMax, step: step)
        guard helpersMax > 0 else { return loop.run(as: 0) }
        pthread_mutex_lock(mutex)
        loops.append(loop)
        if helpersMax == 1 { pthread_cond_signal(work) } else { pthread_cond_broadcast(work) }
        pthread_mutex_unlock(mutex)
        loop.run(as: 0)
        pthread_mutex_lock(mutex)
        loops.removeAll { $0 === loop }
        while loop.helpers > 0 { pthread_cond_wait(done, mutex) }
        pthread_mutex_unlock(mutex)
    }

    private func help() {
        pthread_mutex_lock(mutex)
        while !isStopped {
            guard let loop = loops.first(where: { $0.joined < $0.helpersMax && !$0.isExhausted }) else {
                pthread_cond_wait(work, mutex)
                continue
            }
            loop.helpers += 1
            loop.joined += 1
            let participant = loop.joined
            pthread_mutex_unlock(mutex)
            loop.run(as: participant)
            pthread_mutex_lock(mutex)
            loop.helpers -= 1
            if loop.helpers == 0 { pthread_cond_broadcast(done) }
        }
        pthread_mutex_unlock(mutex)
    }
}
