import Columnar
import Market
import QueryLang

/// The live plan of one view over one instrument. Belongs to one thread.
final class FeaturePipeline {
    let plan: FeatureViewPlan
    /// The state of the store after which rows come through ``append(_:)``.
    let spliced: LSN
    private let input: any FollowedInput
    private let symbol: String
    /// The number of the table that it reads; see ``TableSnapshot/number(of:)``.
    private let tableNumber: UInt32?
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
    ///   - isCheckpointed: whether ``checkpoint(lsn:generation:_:)`` will be asked for.
    ///   - memoryBytesMax: what the operators may hold.
    init(
        _ plan: FeatureViewPlan,
        symbol: String,
        from time: Int64?,
        _ snapshot: any TableSnapshot,
        isCheckpointed: Bool = false,
        memoryBytesMax: Int = ExecutionLimits.memoryBytesDefault
    ) throws(QueryError) {
        self.plan = plan
        self.symbol = symbol
        spliced = snapshot.committed
        let table = plan.view.inputs[0]
        tableNumber = snapshot.number(of: table.name)
        let ends = try StoredEnds(table, symbol, snapshot)
        firstTime = ends.firstTime
        let start = try ends.start(plan, from: time, snapshot)
        if let joined = plan.joined {
            let context = Self.context(isFollowing: false, nil, memoryBytesMax)
            input = try FollowedJoin(joined, symbol, from: start, ends.lastTime, snapshot, context)
        } else {
            var progress: InputProgress?
            if isCheckpointed, plan.isCheckpointed {
                progress = InputProgress(table, rowCount: try StoredRows.count(table, symbol, snapshot))
            }
            let windows = progress.map { _ in FollowedWindows() }
            input = try FollowedPlan(
                plan,
                symbol,
                .reading(from: start),
                watermark: ends.lastTime ?? .min,
                progress,
                snapshot,
                Self.context(isFollowing: true, windows, memoryBytesMax)
            )
        }
    }

    /// Goes on from a checkpoint with the rows that were stored after it.
    init(
        resuming checkpoint: FeatureCheckpoint,
        _ plan: FeatureViewPlan,
        _ snapshot: any TableSnapshot,
        memoryBytesMax: Int = ExecutionLimits.memoryBytesDefault
    ) throws(QueryError) {
        self.plan = plan
        symbol = checkpoint.symbol
        spliced = snapshot.committed
        firstTime = checkpoint.firstTime
        rowCount = checkpoint.rowCount
        let table = plan.view.inputs[0]
        tableNumber = snapshot.number(of: table.name)
        let ends = try StoredEnds(table, symbol, snapshot)
        let stored = try StoredRows.count(table, symbol, snapshot)
        input = try FollowedPlan(
            plan,
            symbol,
            .resuming(checkpoint.position),
            watermark: max(ends.lastTime ?? .min, checkpoint.position.time),
            InputProgress(table, checkpoint.position, rowCount: stored),
            snapshot,
            Self.context(isFollowing: true, FollowedWindows(states: checkpoint.windows), memoryBytesMax)
        )
    }

    private static func context(
        isFollowing: Bool,
        _ windows: FollowedWindows?,
        _ memoryBytesMax: Int
    ) -> ExecutionContext {
        var options = ExecutionOptions(isOrdered: true)
        options.isFollowing = isFollowing
        return ExecutionContext(
            limits: ExecutionLimits(memoryBytesMax: memoryBytesMax, timeoutNanoseconds: nil),
            options: options,
            cancellation: CancellationFlag(),
            workers: nil,
            windows: windows,
            now: { 0 }
        )
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

/// Checkpoints.
extension FeaturePipeline {
    /// How far the input was taken; nil if nobody asked for checkpoints, or if the state is not that of the stored rows any more.
    var position: InputPosition? {
        guard let progress = (input as? FollowedPlan)?.progress, !progress.isRevised else { return nil }
        return progress.position
    }

    /// The state after all rows that came, which were given and counted. Nil if it cannot be written down now.
    ///
    /// - Parameters:
    ///   - lsn: of the last batch that was taken.
    ///   - snapshot: the store as it is, for what is behind the state.
    func checkpoint(
        lsn: LSN,
        generation: UInt64,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> FeatureCheckpoint? {
        guard let followed = input as? FollowedPlan, let progress = followed.progress, let position,
            position.time > .min, let windows = followed.windows?.encode(), !windows.isEmpty
        else { return nil }
        let table = plan.view.inputs[0]
        // What the state knows of was removed, with the table or without it: the plan is about to be begun anew.
        guard snapshot.number(of: table.name) == tableNumber else { return nil }
        let removed = snapshot.changes(of: table.name, since: spliced).removed
        if let removed, removed.start <= position.time { return nil }
        let stored = try StoredRows.count(table, symbol, through: position, snapshot)
        // More than came here: they wait to be taken. Less: old ones were let go of, by age.
        guard stored <= progress.rowCount else { return nil }
        progress.rowCount = stored
        return FeatureCheckpoint(
            symbol: symbol,
            lsn: max(lsn, spliced),
            generation: generation,
            position: position,
            storedCount: stored,
            firstTime: firstTime,
            rowCount: rowCount,
            last: nil,
            windows: windows
        )
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
