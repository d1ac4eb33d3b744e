import Columnar

/// Gives the slices of one series partition by partition, so that the first row of a range costs the same however many
/// partitions follow.
///
/// The range falls into windows: each partition that has segments, and the gaps between them, where only memtables may have
/// rows. No two windows share a time, so their slices need no merge.
struct WindowedCursor: SliceCursor {
    private let finder: RunFinder
    private let context: SeriesContext
    private let isForward: Bool
    private let partitions: ArraySlice<TableSegments.Partition>
    /// Whether memtables may have rows of the series; else gaps have none.
    private let looksIntoGaps: Bool
    /// Windows that are left: 0, 2, 4 … are gaps, 1, 3, 5 … partitions.
    private var windows: Range<Int>
    private var current: SeriesCursor?
    /// The window of the summary that was looked at.
    private var summarized: Int?

    init(finder: RunFinder, context: SeriesContext, isForward: Bool) {
        self.finder = finder
        self.context = context
        self.isForward = isForward
        partitions = finder.state.segments(of: context.entry.id)
            .partitions(in: finder.time, unit: context.schema.partition)
        looksIntoGaps = finder.state.memtables.contains { $0.table(context.entry.id)?.series(context.id) != nil }
        windows = 0..<2 * partitions.count + 1
    }

    mutating func next() throws(TableError) -> (any SeriesSlice)? {
        while true {
            if let slice = try current?.next() { return slice }
            current = nil
            guard let window = isForward ? windows.first : windows.last else { return nil }
            windows = isForward ? windows.dropFirst() : windows.dropLast()
            guard window % 2 == 1 || looksIntoGaps else { continue }
            let time = range(of: window)
            guard !time.isEmpty else { continue }
            let runs = try finder.narrowed(to: time).runs(of: context)
            if !runs.isEmpty { current = SeriesCursor(runs: runs, context: context, isForward: isForward) }
        }
    }

    mutating func peekSummary() throws(TableError) -> (any SeriesSlice)? {
        summarized = nil
        guard current == nil, !looksIntoGaps else { return nil }
        let window = isForward ? windows.first { $0 % 2 == 1 } : windows.last { $0 % 2 == 1 }
        guard let window, let summary = try finder.narrowed(to: range(of: window)).summary(of: context) else {
            return nil
        }
        summarized = window
        return summary
    }

    mutating func skipSummary() {
        guard let summarized else { return }
        windows = isForward ? summarized + 1..<windows.upperBound : windows.lowerBound..<summarized
        self.summarized = nil
    }

    private func range(of window: Int) -> TimeRange {
        let unit = context.schema.partition
        let place = partitions.startIndex + window / 2
        guard window % 2 == 0 else { return unit.range(of: partitions[place].index).intersection(finder.time) }
        let before = place > partitions.startIndex ? unit.range(of: partitions[place - 1].index).end : finder.time.start
        let after = place < partitions.endIndex ? unit.range(of: partitions[place].index).start : finder.time.end
        // A partition without an end leaves no gap after it.
        if place > partitions.startIndex, before == .max { return TimeRange(start: 0, end: 0) }
        return TimeRange(start: before, end: after).intersection(finder.time)
    }
}
