import Columnar
import QueryLang

/// The first and the last time of the windows around left rows; where they would pass an end of time they stop there.
struct WindowBounds {
    /// First times, included.
    let lower: Buffer<Int64>
    /// Last times, included. A window that ends before it begins ends just before it begins.
    let upper: Buffer<Int64>

    init(_ window: WindowJoin, _ times: Buffer<Int64>) {
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

    private static func sum(_ time: Int64, _ distance: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(distance)
        return overflow ? (distance < 0 ? .min : .max) : sum
    }

    private static func difference(_ time: Int64, _ distance: Int64) -> Int64 {
        let (difference, overflow) = time.subtractingReportingOverflow(distance)
        return overflow ? (distance < 0 ? .max : .min) : difference
    }
}
