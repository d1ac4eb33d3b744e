import Glibc

/// The one place that reads the wall clock.
enum WallClock {
    /// Nanoseconds since the Unix epoch.
    static let now: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
