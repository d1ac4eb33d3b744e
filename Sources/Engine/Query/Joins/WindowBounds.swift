import Columnar
import QueryLang

/// The first and the last time of the windows around left rows; where they would pass an end of time they stop there.
///
/// A window that lies beyond an end of time as a whole would then hold the rows of that very nanosecond, so it is told apart:
/// see ``endsBeforeTime(_:)`` and ``beginsAfterTime(_:)``.
struct WindowBounds {
    /// First times, included.
    let lower: Buffer<Int64>
    /// Last times, included. A window that ends before it begins ends just before it begins.
    let upper: Buffer<Int64>
    private let window: WindowJoin
    private let times: Buffer<Int64>

    init(_ window: WindowJoin, _ times: Buffer<Int64>) {
        self.window = window
        self.times = times
        let lower = Buffer<Int64>.filled(count: times.count) { target in
            for row in 0..<times.count { target[row] = Self.difference(times[row], window.preceding) }
        }
        self.lower = lower
        self.upper = .filled(count: times.count) { target in
            for row in 0..<times.count {
                target[row] = max(Self.sum(times[row], window.following), Self.difference(lower[row], 1))
            }
        }
    }

    /// Whether the window of a row lies before the first nanosecond there is. Of ascending rows these are the first ones.
    func endsBeforeTime(_ row: Int) -> Bool {
        window.following < 0 && lower[row] == .min && times[row].addingReportingOverflow(window.following).overflow
    }

    /// Whether the window of a row begins after the last nanosecond there is. Of ascending rows these are the last ones.
    func beginsAfterTime(_ row: Int) -> Bool {
        window.preceding < 0 && times[row].subtractingReportingOverflow(window.preceding).overflow
    }

    private static func sum(_ time: Int64, _ distance: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(distance)
        return overflow ? (distance < 0 ? .min : .max) : sum
    }

    private static func difference(_ time: Int64, _ distance: Int64) -> Int64 {
        let (difference, overflow) = time.subtractingReportingOverflow(distance)
        return overflow ? (distance < 0 ? .max : .min) : difference
    }
}
