import Columnar

/// Chooses which segments of a partition are merged.
///
/// Segments are neighbours in the order of arrival, so that a merged one has a place in it. Small ones at the end are merged
/// until they are about as big as the one before them, so that a row is rewritten about log₂(partition / flush) times. A
/// partition that is left alone ends as one segment.
enum MergePolicy {
    /// Segments merged at once while a partition is written to: fewer merges more often, more leaves readers with more files.
    static let segmentsMin = 4
    /// Files beyond it are not merged in the background: a merge must end in minutes.
    static let bytesMax: UInt64 = 2 << 30
    /// The part of a partition that late rows must have added before it is rewritten at once.
    static let lateShare: UInt64 = 8
    /// How long a partition must be left alone before it is rewritten for a few late rows.
    static let restNanoseconds: UInt64 = 600_000_000_000

    /// The segments to merge.
    ///
    /// - Parameters:
    ///   - sizes: bytes of each segment, in the order of arrival.
    ///   - isCold: whether the table was flushed since without touching the partition.
    ///   - isRested: whether the partition was left alone for ``restNanoseconds``.
    static func pick(sizes: [UInt64], isCold: Bool, isRested: Bool) -> Range<Int>? {
        guard sizes.count > 1 else { return nil }
        var start = sizes.count - 1
        var total = sizes[start]
        while start > 0, sizes[start - 1] <= 2 * total, total + sizes[start - 1] <= bytesMax {
            start -= 1
            total += sizes[start]
        }
        if sizes.count - start >= segmentsMin { return start..<sizes.count }
        let all = sizes.reduce(0, +)
        let rest = all - (sizes.max() ?? 0)
        guard isCold, all <= bytesMax, isRested || rest >= all / lateShare else { return nil }
        return sizes.indices
    }

    /// Bytes that merging a partition into one segment would add to its largest.
    static func debt(sizes: [UInt64]) -> UInt64 { sizes.reduce(0, +) - (sizes.max() ?? 0) }
}
