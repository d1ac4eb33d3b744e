import Glibc

/// Time that passes, whatever the calendar does.
struct Stopwatch {
    private let start = Self.now()

    /// Seconds since it was made.
    var seconds: Double { Double(Self.now() - start) * 1e-9 }

    /// Nanoseconds since some moment.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let watch = Stopwatch()
    try body()
    return watch.seconds
}

/// The value at a place between the smallest (0) and the largest (1) of some; 0.5 is the median.
func quantile(_ values: [Double], _ place: Double) -> Double {
    guard !values.isEmpty else { return .nan }
    let index = Int((Double(values.count - 1) * place).rounded())
    return values.sorted()[index]
}
