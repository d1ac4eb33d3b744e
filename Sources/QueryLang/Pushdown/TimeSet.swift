import Columnar

/// A set of timestamps: closed intervals, sorted, with at least one timestamp between neighbours.
///
/// Closed, because the half-open ``TimeRange`` cannot say "all but the last nanosecond": an end of `Int64.max` is no end.
struct TimeSet: PushdownSet, Equatable {
    private(set) var intervals: [ClosedRange<Int64>]

    static var all: TimeSet { TimeSet(.min ... .max) }
    static var none: TimeSet { TimeSet(intervals: []) }

    init(_ interval: ClosedRange<Int64>) { self.intervals = [interval] }

    /// Of intervals in any order, which may overlap.
    init(unsorted intervals: [ClosedRange<Int64>]) {
        self.init(sorted: intervals.sorted { $0.lowerBound < $1.lowerBound })
    }

    private init(intervals: [ClosedRange<Int64>]) { self.intervals = intervals }

    private init(sorted: [ClosedRange<Int64>]) {
        var merged: [ClosedRange<Int64>] = []
        for interval in sorted {
            if let last = merged.last, last.upperBound == .max || interval.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, interval.upperBound)
            } else {
                merged.append(interval)
            }
        }
        self.intervals = merged
    }

    /// The timestamps for which a comparison with a constant holds.
    static func comparison(_ symbol: BinaryOperator, _ time: Int64) -> TimeSet? {
        switch symbol {
        case .equal: TimeSet(time...time)
        case .notEqual: TimeSet(time...time).complement
        case .lessOrEqual: TimeSet(.min...time)
        case .less: TimeSet(time ... .max).complement
        case .greaterOrEqual: TimeSet(time ... .max)
        case .greater: TimeSet(.min...time).complement
        case .add, .subtract, .multiply, .divide, .modulo, .and, .or: nil
        }
    }

    /// The timestamps whose floor to multiples of `step` compares so with a constant; nil where a border does not fit Int64.
    static func comparison(_ symbol: BinaryOperator, _ time: Int64, flooredTo step: Int64) -> TimeSet? {
        let into = time % step
        let (floor, underflow) = time.subtractingReportingOverflow(into < 0 ? into + step : into)
        let (next, overflow) = floor.addingReportingOverflow(step)
        guard !underflow, !overflow else { return nil }
        // Floors are multiples: what is at least a time between two is at least the next one.
        switch symbol {
        case .equal: return floor == time ? TimeSet(floor...(next - 1)) : TimeSet.none
        case .notEqual: return comparison(.equal, time, flooredTo: step)?.complement
        case .lessOrEqual: return comparison(.less, next)
        case .greater: return comparison(.greaterOrEqual, next)
        case .less: return comparison(.less, floor == time ? time : next)
        case .greaterOrEqual: return comparison(.greaterOrEqual, floor == time ? time : next)
        case .add, .subtract, .multiply, .divide, .modulo, .and, .or: return nil
        }
    }

    var complement: TimeSet {
        var gaps: [ClosedRange<Int64>] = []
        var next: Int64? = .min
        for interval in intervals {
            if let next, next < interval.lowerBound { gaps.append(next...(interval.lowerBound - 1)) }
            next = interval.upperBound == .max ? nil : interval.upperBound + 1
        }
        if let next { gaps.append(next ... .max) }
        return TimeSet(intervals: gaps)
    }

    func union(_ other: TimeSet) -> TimeSet {
        var merged: [ClosedRange<Int64>] = []
        merged.reserveCapacity(intervals.count + other.intervals.count)
        var left = intervals[...]
        var right = other.intervals[...]
        while let a = left.first, let b = right.first {
            if a.lowerBound <= b.lowerBound {
                merged.append(a)
                left.removeFirst()
            } else {
                merged.append(b)
                right.removeFirst()
            }
        }
        return TimeSet(sorted: merged + left + right)
    }

    func intersection(_ other: TimeSet) -> TimeSet {
        var common: [ClosedRange<Int64>] = []
        var left = intervals[...]
        var right = other.intervals[...]
        while let a = left.first, let b = right.first {
            if a.overlaps(b) { common.append(a.clamped(to: b)) }
            if a.upperBound < b.upperBound { left.removeFirst() } else { right.removeFirst() }
        }
        return TimeSet(intervals: common)
    }

    /// The set as half-open ranges. `isExact` is false if the last of them holds the last nanosecond, and the set does not.
    var ranges: (ranges: [TimeRange], isExact: Bool) {
        var isExact = true
        var ranges: [TimeRange] = []
        for interval in intervals {
            if interval.upperBound == .max - 1 { isExact = false }
            let end = interval.upperBound == .max ? .max : interval.upperBound + 1
            ranges.append(TimeRange(start: interval.lowerBound, end: end))
        }
        return (ranges, isExact)
    }
}
