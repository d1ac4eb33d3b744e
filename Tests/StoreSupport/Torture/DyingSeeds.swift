import Glibc
import Synchronization

/// Says which seeds were running when a trap or a signal ends the process: a trap cannot be caught, a run that hangs is
/// ended from outside, and without its seed neither can be found again.
public enum DyingSeeds {
    private static let workersMax = 64
    /// The seed of each worker, 0 for none. Never freed: a signal may come at any time.
    nonisolated(unsafe) private static let seeds: UnsafeMutablePointer<UInt64> = {
        let seeds = UnsafeMutablePointer<UInt64>.allocate(capacity: workersMax)
        seeds.initialize(repeating: 0, count: workersMax)
        return seeds
    }()
    /// What handled the signals before, by signal number.
    nonisolated(unsafe) private static let before: UnsafeMutablePointer<sigaction> = {
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: workersMax)
        actions.initialize(repeating: sigaction(), count: workersMax)
        return actions
    }()

    /// A worker begins with a seed.
    public static func begin(_ seed: UInt64, worker: Int) { if worker < workersMax { seeds[worker] = seed } }

    /// From now on a signal that ends the process tells the seeds.
    public static func watch() {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGTERM] {
            _ = seeds
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                DyingSeeds.tell()
                // The one before gets its turn when the instruction traps again.
                sigaction(number, DyingSeeds.before + Int(number), nil)
                if number == SIGABRT || number == SIGTERM { raise(number) }
            }
            sigaction(number, &action, before + Int(number))
        }
    }

    /// Only what a signal handler may do: no allocation, one write.
    private static func tell() {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32 * workersMax) { text in
            var length = 0
            func put(_ bytes: StaticString) {
                bytes.withUTF8Buffer { for byte in $0 { put(byte) } }
            }
            func put(_ byte: UInt8) {
                if length < text.count { text[length] = byte }
                length += 1
            }
            for worker in 0..<workersMax where seeds[worker] != 0 {
                put("\ntorture: died with TORTURE_SEED=")
                var divisor: UInt64 = 1
                while seeds[worker] / divisor >= 10 { divisor *= 10 }
                while divisor > 0 {
                    put(UInt8(ascii: "0") + UInt8(seeds[worker] / divisor % 10))
                    divisor /= 10
                }
            }
            put(UInt8(ascii: "\n"))
            _ = write(2, text.baseAddress, min(length, text.count))
        }
    }
}
