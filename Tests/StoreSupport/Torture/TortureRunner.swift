import Glibc
import Synchronization
import TestSupport

/// Runs many seeds on all cores, until there is no more to run, time is over or one fails.
public struct TortureRunner: Sendable {
    /// The first seed; the others follow it.
    public var firstSeed: UInt64
    /// How many seeds at most.
    public var seedsMax: UInt64
    /// How long at most.
    public var seconds: Double
    /// Seeds at once.
    public var workers: Int

    /// What was done.
    public struct Report: Sendable {
        /// Seeds that were run to their end.
        public var seeds: UInt64
        /// How long it took.
        public var seconds: Double
        /// Failures, at most one a worker.
        public var failures: [TortureFailure]

        /// One line for logs.
        public var summary: String { "torture: \(seeds) seeds in \(Int(seconds.rounded(.up))) s" }
    }

    /// Takes the bounds from `TORTURE_SEED` (one seed), `TORTURE_SEEDS` (a number of them), `TORTURE_FIRST` (where they
    /// begin) and `TORTURE_SECONDS`, or the defaults.
    public init(seedsMax: UInt64, seconds: Double) {
        func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
        let one = number("TORTURE_SEED")
        let count = one != nil ? 1 : number("TORTURE_SEEDS")
        let bound = number("TORTURE_SECONDS")
        firstSeed = one ?? number("TORTURE_FIRST") ?? 1
        self.seedsMax = count ?? (bound == nil ? seedsMax : .max)
        self.seconds = bound.map { Double($0) } ?? (count == nil ? seconds : .infinity)
        workers = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Runs them. Threads of their own, because a store waits.
    public func run() -> Report {
        let progress = Progress()
        let start = Self.now
        DyingSeeds.watch()
        let threads = (0..<workers).map { worker in
            SupportThread.start {
                while Self.now - start < seconds, progress.failures.withLock({ $0.isEmpty }) {
                    let index = progress.next.add(1, ordering: .relaxed).oldValue
                    guard index < seedsMax else { return }
                    let seed = firstSeed &+ index
                    DyingSeeds.begin(seed, worker: worker)
                    do throws(TortureFailure) {
                        try TortureRun(seed: seed).run()
                        progress.done.add(1, ordering: .relaxed)
                    } catch {
                        progress.failures.withLock { $0.append(error) }
                    }
                }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return Report(
            seeds: progress.done.load(ordering: .relaxed),
            seconds: Self.now - start,
            failures: progress.failures.withLock { $0 }
        )
    }

    private final class Progress: Sendable {
        let next = Atomic<UInt64>(0)
        let done = Atomic<UInt64>(0)
        let failures = Mutex<[TortureFailure]>([])
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
