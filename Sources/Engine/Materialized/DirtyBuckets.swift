import Columnar

/// Numbers of buckets that have to be computed anew, of some series or all.
///
/// Bounded: beyond ``rangesMax`` ranges a series has one that covers them all. More than is needed may be named, never less.
struct DirtyBuckets: Sendable, Hashable {
    /// Ranges of a series that are kept apart.
    static let rangesMax = 64

    /// By series.
    private(set) var bySeries: [String: BucketRanges] = [:]
    /// Of all series.
    private(set) var ofAll = BucketRanges()
    /// Whether rows that are there may have to go.
    var mayShrink = false

    var isEmpty: Bool { bySeries.isEmpty && ofAll.ranges.isEmpty }

    /// How many buckets are named, as far as that can be counted.
    var count: Int {
        bySeries.values.reduce(ofAll.count) { $0.addingReportingOverflow($1.count).overflow ? .max : $0 + $1.count }
    }

    /// Names buckets of a series.
    mutating func insert(_ buckets: ClosedRange<Int64>, series: String) {
        bySeries[series, default: BucketRanges()].insert(buckets, rangesMax: Self.rangesMax)
    }

    /// Names buckets of all series.
    mutating func insert(_ buckets: ClosedRange<Int64>) { ofAll.insert(buckets, rangesMax: Self.rangesMax) }

    /// Takes over what `other` names.
    mutating func formUnion(_ other: DirtyBuckets) {
        for (series, buckets) in other.bySeries { for range in buckets.ranges { insert(range, series: series) } }
        for range in other.ofAll.ranges { insert(range) }
        mayShrink = mayShrink || other.mayShrink
    }
}

/// Sorted ranges that neither touch nor overlap.
struct BucketRanges: Sendable, Hashable {
    private(set) var ranges: [ClosedRange<Int64>] = []

    var count: Int {
        ranges.reduce(0) { total, range in
            let (span, isWide) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
            let (sum, isLarge) = total.addingReportingOverflow(Int(span))
            return isWide || isLarge || sum == .max ? .max : sum + 1
        }
    }

    /// O(n) at worst; the last range first, for that is where rows mostly come.
    mutating func insert(_ new: ClosedRange<Int64>, rangesMax: Int) {
        if let last = ranges.last, last.lowerBound <= new.lowerBound, new.upperBound <= last.upperBound { return }
        var merged = new
        var place = ranges.count
        while place > 0, !Self.isBefore(ranges[place - 1], merged) {
            let other = ranges[place - 1]
            place -= 1
            if Self.isBefore(merged, other) { continue }
            merged = min(merged.lowerBound, other.lowerBound)...max(merged.upperBound, other.upperBound)
            ranges.remove(at: place)
        }
        ranges.insert(merged, at: place)
        if ranges.count > rangesMax, let first = ranges.first, let last = ranges.last {
            ranges = [first.lowerBound...last.upperBound]
        }
    }

    /// Whether a range ends before another begins, with a bucket between them.
    private static func isBefore(_ left: ClosedRange<Int64>, _ right: ClosedRange<Int64>) -> Bool {
        left.upperBound < right.lowerBound && left.upperBound &+ 1 < right.lowerBound
    }
}
