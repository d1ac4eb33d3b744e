import Columnar
import QueryLang

/// A view of one table: the operators of its query, whose input goes on.
final class FollowedPlan: FollowedInput {
    /// Where it begins.
    enum Start {
        /// With the stored rows from a time on.
        case reading(from: Int64)
        /// With the states of its windows, which the context has, and the stored rows after them.
        case resuming(InputPosition)
    }

    /// The window steps; nil if nobody asked for checkpoints.
    let windows: FollowedWindows?
    private let series: FollowedSeries
    private let rows: any PhysicalOperator
    private let isStrict: Bool
    /// Whether rows that are older than ones before them must be left out: windows go by time.
    private let isByTime: Bool
    private var watermark: Int64
    private(set) var lateCount = 0

    /// How far rows were taken; nil if nobody asked for checkpoints.
    var progress: InputProgress? { series.progress }

    init(
        _ plan: FeatureViewPlan,
        _ symbol: String,
        _ start: Start,
        watermark: Int64,
        _ progress: InputProgress?,
        _ snapshot: any TableSnapshot,
        _ context: ExecutionContext
    ) throws(QueryError) {
        let table = plan.view.inputs[0]
        series = FollowedSeries(table, symbol)
        series.progress = progress
        windows = context.windows
        if case .regular = table.kind { isStrict = true } else { isStrict = false }
        isByTime = !plan.view.hasBookState && (isStrict || plan.lookback != WindowReach())
        self.watermark = watermark
        var range = TimeRange.all
        var takenSeq: Int64?
        switch start {
        case .reading(let time): range = TimeRange(start: time, end: .max)
        case .resuming(let position) where isStrict:
            let (next, overflow) = position.time.addingReportingOverflow(1)
            range = TimeRange(start: overflow ? .max : next, end: .max)
        case .resuming(let position):
            range = TimeRange(start: position.time, end: .max)
            takenSeq = position.seq
            if isByTime {
                let replayed = try RowsToReplay(table, symbol, after: position, snapshot)
                lateCount = replayed.lateCount
                series.stored = replayed
            }
        }
        rows = try OperatorBuilder(
            snapshot: FollowingSnapshot(stored: snapshot, series: series),
            worker: Worker(context)
        ).stream(plan.reading(.named([symbol]), range, takenSeq: takenSeq))
        guard case .resuming = start else { return }
        // The states are read now, so that whoever asked can begin anew if they cannot be.
        try (rows as? Concatenate)?.begin()
        guard let windows, windows.isComplete else {
            throw QueryError(.storage, "the plan has fewer windows than states were written")
        }
    }

    func append(_ group: AppendGroup) {
        guard let slice = CommittedSlice(group, series.table) else { return }
        series.progress?.noteCome(slice)
        guard isByTime else { return series.append(slice) }
        let (timely, late) = slice.timely(after: watermark, isStrict: isStrict)
        lateCount += late
        guard let timely else { return }
        watermark = timely.lastTime
        series.append(timely)
    }

    func next() throws(QueryError) -> RecordBatch? { try rows.next() }
}
