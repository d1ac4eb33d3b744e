internal import Glibc
internal import Synchronization

/// The `Date` field of responses, `Sun, 06 Nov 1994 08:49:37 GMT`, built once a second.
enum HTTPDate {
    private struct Cached {
        var second: Int = -1
        var text = ""
    }

    private static let cached = Mutex(Cached())

    /// The text for now.
    static func now() -> String {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        let second = clock.tv_sec
        return cached.withLock { cached in
            if cached.second != second { cached = Cached(second: second, text: text(second)) }
            return cached.text
        }
    }

    /// The text for a second since the Unix epoch.
    static func text(_ second: Int) -> String {
        var input = time_t(second)
        var parts = tm()
        gmtime_r(&input, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = days[Int(parts.tm_wday) % 7]
        let month = months[Int(parts.tm_mon) % 12]
        let date = "\(two(parts.tm_mday)) \(month) \(Int(parts.tm_year) + 1900)"
        return "\(day), \(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
