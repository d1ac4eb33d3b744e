import Glibc
import StoreSupport
import Synchronization

/// Runs many seeds of ``QueryTorture`` on all cores, until there is no more to run or time is over.
public struct QueryTortureRunner: Sendable {
    /// The first seed; the others follow it.
    public var firstSeed: UInt64
    /// How many seeds at most.
    public var seedsMax: UInt64
    /// How long at most.
    public var seconds: Double
    /// Seeds at once.
    public var workers: Int
    /// Setups of each case, besides the plainest.
    public var setupsPerCase = 4
    /// With so many failures it ends.
    public var failuresMax: Int

    /// Takes the bounds from `TORTURE_SEED` (one seed), `TORTURE_SEEDS` (a number of them), `TORTURE_FIRST` (where they
    /// begin), `TORTURE_SECONDS` and `TORTURE_FAILURES` (with how many it ends), or the defaults.
    public init(seedsMax: UInt64, seconds: Double) {
        func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
        let one = number("TORTURE_SEED")
        let count = one != nil ? 1 : number("TORTURE_SEEDS")
        let bound = number("TORTURE_SECONDS")
        firstSeed = one ?? number("TORTURE_FIRST") ?? 1
        self.seedsMax = count ?? (bound == nil ? seedsMax : .max)
        failuresMax = number("TORTURE_FAILURES").map { Int(clamping: $0) } ?? 5
        self.seconds = bound.map { Double($0) } ?? (count == nil ? seconds : .infinity)
        workers = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Runs them; how many seeds, and what came of them.
    public func run() -> (seeds: UInt64, report: QueryTorture.Report) {
        let start = Self.now
        DyingSeeds.watch()
        let shared = Shared()
        let threads = (0..<workers).map { worker in
            SupportThread.start {
                while Self.now - start < seconds, shared.total.withLock({ $0.report.failures.count }) < failuresMax {
                    let index = shared.next.add(1, ordering: .relaxed).oldValue
                    guard index < seedsMax else { return }
                    let seed = firstSeed &+ index
                    DyingSeeds.begin(seed, worker: worker)
                    let report = QueryTorture(seed: seed, setupsPerCase: setupsPerCase).run()
                    shared.total.withLock { total in
                        total.seeds += 1
                        total.report.add(report)
                    }
                }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return shared.total.withLock { $0 }
    }

    private final class Shared: Sendable {
        let next = Atomic<UInt64>(0)
        let total = Mutex((seeds: UInt64(0), report: QueryTorture.Report()))
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
