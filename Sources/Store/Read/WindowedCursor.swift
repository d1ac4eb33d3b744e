import Columnar

/// Gives the slices of one series partition by partition, so that the first row of a range costs the same however many
/// partitions follow.
///
/// The range falls into windows: each partition that has segments, and the gaps between them, where only memtables may have
/// rows. No two windows share a time, so their slices need no merge. Where few rows are asked for, a window is cut between row
/// groups, so that the others of its partition are not even looked at.
struct WindowedCursor: SliceCursor {
    private let finder: RunFinder
    private let context: SeriesContext
    private let isForward: Bool
    private let rowsMax: Int?
    private let partitions: ArraySlice<TableSegments.Partition>
    /// Whether memtables may have rows of the series; else gaps have none.
    private let looksIntoGaps: Bool
    /// Windows that are left: 0, 2, 4 … are gaps, 1, 3, 5 … partitions.
    private var windows: Range<Int>
    /// What is left of a window that was cut.
    private var rest: RunFinder?
    private var current: SeriesCursor?
    /// The window of the summary that was looked at.
    private var summarized: Int?

    init(finder: RunFinder, context: SeriesContext, isForward: Bool, rowsMax: Int? = nil) {
        self.finder = finder
        self.context = context
        self.isForward = isForward
        self.rowsMax = rowsMax
        partitions = finder.partitions(of: context.entry)
        looksIntoGaps = finder.state.memtables.contains { $0.table(context.entry.id)?.series(context.id) != nil }
        windows = 0..<2 * partitions.count + 1
    }

    mutating func next() throws(TableError) -> (any SeriesSlice)? {
        while true {
            if let slice = try current?.next() { return slice }
            current = nil
            guard let runs = try nextPart()?.runs(of: context) else { return nil }
            guard !runs.isEmpty else { continue }
            current = SeriesCursor(runs: runs, context: context, isForward: isForward, rowsMax: rowsMax)
        }
    }

    /// The next window, or the next part of one; nil after the last.
    private mutating func nextPart() throws(TableError) -> RunFinder? {
        var next = rest
        if next == nil { next = try nextWindow() }
        guard let part = next else { return nil }
        rest = nil
        guard let rowsMax, let cut = try part.cut(context, rowsMax: rowsMax, isForward: isForward) else { return part }
        let before = part.narrowed(to: TimeRange(start: part.time.start, end: cut), part.partitions(of: context.entry))
        let after = part.narrowed(to: TimeRange(start: cut, end: part.time.end), part.partitions(of: context.entry))
        rest = isForward ? after : before
        return isForward ? before : after
    }

    private mutating func nextWindow() throws(TableError) -> RunFinder? {
        while let window = isForward ? windows.first : windows.last {
            windows = isForward ? windows.dropFirst() : windows.dropLast()
            if !looksIntoGaps { guard try mayHaveRows(window) else { continue } }
            let time = range(of: window)
            if !time.isEmpty { return finder.narrowed(to: time, partitions(of: window)) }
        }
        return nil
    }

    /// Whether a segment of the window's partition has rows of the series; of many partitions often few have.
    private func mayHaveRows(_ window: Int) throws(TableError) -> Bool {
        for partition in partitions(of: window) {
            for segment in partition.segments where segment.overlaps(finder.time) {
                if try segment.reader().has(context.id) { return true }
            }
        }
        return false
    }

    /// The window's partition; none for a gap.
    private func partitions(of window: Int) -> ArraySlice<TableSegments.Partition> {
        let place = partitions.startIndex + window / 2
        return partitions[place..<place + window % 2]
    }

    mutating func peekSummary() throws(TableError) -> (any SeriesSlice)? {
        summarized = nil
        guard current == nil, rest == nil, !looksIntoGaps else { return nil }
        let window = isForward ? windows.first { $0 % 2 == 1 } : windows.last { $0 % 2 == 1 }
        guard let window,
            let summary = try finder.narrowed(to: range(of: window), partitions(of: window)).summary(of: context)
        else { return nil }
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
