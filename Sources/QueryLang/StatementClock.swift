import Columnar
import Glibc

/// The instant that `now()` is in the statement which is being bound.
///
/// It is carried beside the binders, because every scope, sub-query and view in a statement must see the same one.
enum StatementClock {
    @TaskLocal private static var bound: Int64?

    /// Nanoseconds since the epoch.
    static var instant: Int64 { bound ?? WallClock.now() }

    /// Runs `body`, in which it is `instant`.
    static func at<Value>(_ instant: Int64, _ body: () throws(QueryError) -> Value) throws(QueryError) -> Value {
        let result = $bound.withValue(instant) { () -> Result<Value, QueryError> in
            do throws(QueryError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// The clock of the operating system.
public enum WallClock {
    /// Nanoseconds since the Unix epoch.
    public static let now: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * CivilTime.second + Int64(time.tv_nsec)
    }
}
