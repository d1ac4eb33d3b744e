import Columnar
import QueryLang

/// A view of an ASOF or LT JOIN over one instrument: each left row is joined as it comes, with what had come before it.
///
/// It is the merge that joins stored rows, over the newest right rows; the steps after it are those of continuous queries.
final class FollowedJoin: FollowedInput {
    private let branch: LiveShape.Branch
    private let asof: LiveAsof
    private let chain: LiveChain
    private let symbol: String
    private let right: ScanPlan
    private let worker: Worker
    /// What is stored, as far as it was not given yet.
    private var stored: (any RowSource)?
    private var waiting: [RowBatch] = []
    private var ready: [RecordBatch] = []
    private var failure: QueryError?
    /// No left row before it is taken: windows go by time.
    private var watermark: Int64
    private(set) var lateCount = 0

    init(
        _ branch: LiveShape.Branch,
        _ symbol: String,
        from start: Int64,
        _ lastTime: Int64?,
        _ snapshot: any TableSnapshot,
        _ context: ExecutionContext
    ) throws(QueryError) {
        guard case .asof(let left, let right, let plan) = branch.source else {
            throw QueryError(.bug, "BUG: a joined view without a join")
        }
        let rows = right.restricted(times: right.scan.times, series: .named([symbol]))
        self.branch = branch
        self.symbol = symbol
        self.right = rows.scan
        worker = Worker(context)
        asof = LiveAsof(left, rows, plan, context)
        chain = LiveChain(branch.steps, context)
        watermark = lastTime ?? .min
        let history = LiveHistory(snapshot: snapshot, worker: worker)
        try asof.load(history)
        var joined = branch
        joined.source = .asof(left, rows, plan)
        let range = [TimeRange(start: start, end: .max)]
        let relation = try history.relation(joined.restricted(times: range, series: .named([symbol])))
        if !relation.series.isEmpty { stored = try relation.open(0, worker, rowsMax: context.batchRows) }
    }

    func append(_ group: AppendGroup) {
        do throws(QueryError) {
            if group.table == right.table.name { try asof.takeRight(group) }
            if group.table == branch.scan.table.name { try appendLeft(group) }
        } catch {
            failure = failure ?? error
        }
    }

    /// Left rows wait until all of their batch is taken.
    private func appendLeft(_ group: AppendGroup) throws(QueryError) {
        let rows = LiveBatch.rows(group, branch.scan.table)
        let times = try rows.times().int64Values
        let floor = try max(watermark, earliest())
        let timely = LiveBatch.select(rows) { times[$0] >= floor }
        lateCount += rows.rowCount - timely.rowCount
        guard timely.rowCount > 0 else { return }
        watermark = times[times.count - 1]
        waiting.append(timely)
    }

    /// Right rows that an older left row would look for may have been let go.
    private func earliest() throws(QueryError) -> Int64 {
        guard let last = asof.lastTime(of: symbol) else { return .min }
        let (time, overflow) = last.subtractingReportingOverflow(LiveAsof.keptNanoseconds)
        return overflow ? .min : time
    }

    func next() throws(QueryError) -> RecordBatch? {
        if let failure { throw failure }
        while true {
            if !ready.isEmpty { return ready.removeFirst() }
            if let stored {
                if let batch = try stored.next() {
                    try take(try chain.apply(batch, series: symbol, from: branch.firstWindow))
                } else {
                    self.stored = nil
                }
            } else if waiting.isEmpty {
                return nil
            } else {
                var input = LiveInput()
                for batch in try asof.join(waiting.removeFirst(), series: symbol, &input) {
                    try take(try chain.apply(batch, series: symbol))
                }
            }
        }
    }

    private func take(_ batches: [RowBatch]) throws(QueryError) {
        for batch in batches { ready.append(try batch.record()) }
    }
}
