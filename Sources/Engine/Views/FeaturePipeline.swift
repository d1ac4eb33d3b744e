import Columnar
import Market
import QueryLang

/// The live plan of one view over one instrument. Belongs to one thread.
final class FeaturePipeline {
    let plan: FeatureViewPlan
    /// The state of the store after which rows come through ``append(_:)``.
    let spliced: LSN
    private let input: any FollowedInput
    /// Time of the first row that is stored, or came.
    private var firstTime: Int64?
    /// Rows that came out so far.
    private var rowCount = 0
    /// Rows that came too late for windows that were told of.
    var lateCount: Int { input.lateCount }

    /// Starts with the rows that are stored, from as far back as the values of rows after `time` need, and of those that are
    /// asked for.
    ///
    /// - Parameters:
    ///   - time: of the first row whose values will count; nil for the last one that is stored.
    ///   - memoryBytesMax: what the operators may hold.
    init(
        _ plan: FeatureViewPlan,
        symbol: String,
        from time: Int64?,
        _ snapshot: any TableSnapshot,
        memoryBytesMax: Int = ExecutionLimits.memoryBytesDefault
    ) throws(QueryError) {
        self.plan = plan
        spliced = snapshot.committed
        var options = ExecutionOptions(isOrdered: true)
        options.isFollowing = plan.joined == nil
        let context = ExecutionContext(
            limits: ExecutionLimits(memoryBytesMax: memoryBytesMax, timeoutNanoseconds: nil),
            options: options,
            cancellation: CancellationFlag(),
            workers: nil,
            now: { 0 }
        )
        let ends = try StoredEnds(plan.view.inputs[0], symbol, snapshot)
        firstTime = ends.firstTime
        let start = try ends.start(plan, from: time, snapshot)
        if let joined = plan.joined {
            input = try FollowedJoin(joined, symbol, from: start, ends.lastTime, snapshot, context)
        } else {
            input = try FollowedPlan(plan, symbol, from: start, ends.lastTime, snapshot, context)
        }
    }

    /// Takes rows of a committed batch, of any of the tables that the view reads.
    func append(_ group: AppendGroup) {
        if firstTime == nil, group.table == plan.view.inputs[0].name {
            firstTime = CommittedSlice(group, plan.view.inputs[0])?.firstTime
        }
        input.append(group)
    }

    /// The next rows; nil if there are none for now.
    func next() throws(QueryError) -> FeatureRows? {
        guard let batch = try input.next() else { return nil }
        let rows = FeatureRows(batch, plan.view)
        if firstTime == nil, rows.count > 0 { firstTime = rows.times[0] }
        return rows
    }

    /// Notes that a row came out.
    func count() { rowCount += 1 }

    /// Whether the windows of a feature have seen as much as they look back on, at a row of a time that was counted.
    func isFilled(_ field: Int, at time: Int64) -> Bool {
        let reach = plan.fieldReach[field]
        guard rowCount > reach.rows else { return false }
        guard reach.time > 0, let firstTime else { return true }
        let (passed, overflow) = time.subtractingReportingOverflow(firstTime)
        return overflow || passed >= reach.time
    }
}

/// What makes rows of a view out of rows that are stored, and then out of those that come.
protocol FollowedInput: AnyObject {
    /// Takes rows of a committed batch.
    func append(_ group: AppendGroup)
    /// The next rows; nil if there are none for now.
    func next() throws(QueryError) -> RecordBatch?
    /// Rows that came too late, and are left out.
    var lateCount: Int { get }
}

/// A view of one table: the operators of its query, whose input goes on.
final class FollowedPlan: FollowedInput {
    private let series: FollowedSeries
    private let rows: any PhysicalOperator
    private let isStrict: Bool
    /// Whether rows that are older than ones before them must be left out: windows go by time.
    private let isByTime: Bool
    private var watermark: Int64
    private(set) var lateCount = 0

    init(
        _ plan: FeatureViewPlan,
        _ symbol: String,
        from start: Int64,
        _ lastTime: Int64?,
        _ snapshot: any TableSnapshot,
        _ context: ExecutionContext
    ) throws(QueryError) {
        let table = plan.view.inputs[0]
        series = FollowedSeries(table, symbol)
        if case .regular = table.kind { isStrict = true } else { isStrict = false }
        isByTime = !plan.view.hasBookState && (isStrict || plan.lookback != WindowReach())
        watermark = lastTime ?? .min
        rows = try OperatorBuilder(
            snapshot: FollowingSnapshot(stored: snapshot, series: series),
            worker: Worker(context)
        ).stream(plan.reading(.named([symbol]), TimeRange(start: start, end: .max)))
    }

    func append(_ group: AppendGroup) {
        guard let slice = CommittedSlice(group, series.table) else { return }
        guard isByTime else { return series.append(slice) }
        let (timely, late) = slice.timely(after: watermark, isStrict: isStrict)
        lateCount += late
        guard let timely else { return }
        watermark = timely.lastTime
        series.append(timely)
    }

    func next() throws(QueryError) -> RecordBatch? { try rows.next() }
}

/// Where the stored rows of a series begin and end.
struct StoredEnds {
    let firstTime: Int64?
    let lastTime: Int64?
    private let table: TableSchema
    private let name: String

    init(_ table: TableSchema, _ name: String, _ snapshot: any TableSnapshot) throws(QueryError) {
        self.table = table
        self.name = name
        func end(isForward: Bool) throws(TableError) -> Int64? {
            let request = ScanRequest(
                table: table.name,
                series: .named([name]),
                columns: [table.timeColumn],
                isForward: isForward
            )
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return nil }
            var cursor = try scan.open(series: 0)
            let slice = try cursor.next()
            return isForward ? slice?.firstTime : slice?.lastTime
        }
        do throws(TableError) {
            firstTime = try end(isForward: true)
            lastTime = try end(isForward: false)
        } catch {
            throw QueryError(error)
        }
    }

    /// The time from which rows must be read so that values from a time on, or of the last row, are the ones that all of
    /// history gives.
    func start(
        _ plan: FeatureViewPlan,
        from time: Int64?,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> Int64 {
        let reach = plan.lookback
        guard !reach.isWhole, let lastTime else { return .min }
        let first = min(time ?? lastTime, lastTime)
        if reach.rows > 0 { return try self.time(ofRow: reach.rows, before: first, snapshot) }
        let (start, overflow) = first.subtractingReportingOverflow(reach.time)
        return overflow ? .min : start
    }

    /// A time that at least so many rows before another one have, or all that there are.
    private func time(
        ofRow count: Int,
        before time: Int64,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> Int64 {
        do throws(TableError) {
            let request = ScanRequest(
                table: table.name,
                series: .named([name]),
                time: TimeRange(start: .min, end: time),
                columns: [table.timeColumn],
                isForward: false
            )
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return .min }
            var cursor = try scan.open(series: 0)
            var rest = count
            while let slice = try cursor.next() {
                if slice.count >= rest {
                    return try slice.vector(column: table.timeColumn).int64Values[slice.count - rest]
                }
                rest -= slice.count
            }
            return .min
        } catch {
            throw QueryError(error)
        }
    }
}
