import Columnar
import QueryLang

/// ASOF and LT JOIN of rows as they arrive: each row of the left side gets the last row of the right side that is known then.
///
/// Of the right side the rows of the last minute are kept in each series, and the last one before. Belongs to the live thread.
final class LiveAsof {
    /// Right rows by time.
    private struct Held {
        var batches: [RowBatch] = []
        var rowCount = 0
        var lastTime = Int64.min
        /// No row from this time on was let go.
        var since = Int64.min
    }

    /// How late a left row may be and still find its right row: what books allow their rows.
    static let keptNanoseconds = BookAnchor.disorderMax
    /// A row that had arrived is looked for as far back again.
    private var kept: Int64 { plan.arrival == nil ? Self.keptNanoseconds : 2 * Self.keptNanoseconds }
    /// How far back from a left row its right row is looked for, but for the last one before that.
    private var reach: Int64 { plan.arrival == nil ? 0 : AsofArrival.disorderMax }
    /// Batches of a series that are put together to one: matching looks at each.
    private static let batchesMax = 64

    private let left: LiveShape.Branch
    private let right: LiveShape.Branch
    private let rightScan: ScanPlan
    private let rightSeries: Set<String>?
    private let plan: AsofPlan
    private let leftChain: LiveChain
    private let rightChain: LiveChain
    private let context: ExecutionContext
    private var held: [String: Held] = [:]

    init(_ left: LiveShape.Branch, _ right: LiveShape.Branch, _ plan: AsofPlan, _ context: ExecutionContext) {
        self.left = left
        self.right = right
        self.rightScan = right.scan
        self.rightSeries = right.scan.series.names
        self.plan = plan
        self.context = context
        self.leftChain = LiveChain(left.steps, context)
        self.rightChain = LiveChain(right.steps, context)
    }

    /// Reads the newest right rows of every series.
    func load(_ history: LiveHistory) throws(QueryError) {
        var backward = right
        if case .scan(var scan) = right.source {
            scan.isForward = false
            backward.source = .scan(scan)
        }
        let rows = try history.relation(backward)
        for (index, name) in rows.series.enumerated() {
            let source = try rows.open(index, history.worker, rowsMax: Self.readRows)
            var batches: [RowBatch] = []
            var newest: Int64?
            while let batch = try source.next() {
                try history.context.checkpoint()
                let times = try batch.times().int64Values
                batches.insert(try materialized(batch), at: 0)
                newest = newest ?? times[times.count - 1]
                if let newest, times[0] < newest &- kept {
                    held[name] = Held(since: times[0])
                    break
                }
            }
            for batch in batches { try keep(batch, series: name) }
        }
    }

    /// Rows that are read at once, from the newest on.
    private static let readRows = 512

    /// Takes the rows of the right side that a batch has.
    func takeRight(_ commit: LiveCommit) throws(QueryError) {
        for place in commit.batch.groups.indices { try takeRight(place, commit) }
    }

    private func takeRight(_ place: Int, _ commit: LiveCommit) throws(QueryError) {
        let group = commit.batch.groups[place]
        if isRight(group) { try takeRight(try commit.rows(of: place, rightScan.table).batch, group) }
    }

    /// Takes rows of the right side, if they are.
    func takeRight(_ group: AppendGroup) throws(QueryError) {
        if isRight(group) { try takeRight(LiveBatch.rows(group, rightScan.table), group) }
    }

    private func isRight(_ group: AppendGroup) -> Bool {
        group.rowCount > 0 && group.table == rightScan.table.name && rightSeries?.contains(group.series) ?? true
    }

    private func takeRight(_ rows: RowBatch, _ group: AppendGroup) throws(QueryError) {
        let raw = try LiveBatch.narrowed(rows, to: rightScan.times)
        for batch in try rightChain.apply(raw, series: group.series) {
            try keep(try materialized(batch), series: group.series)
        }
    }

    /// Rows of the left side with those of the right side that they match.
    func join(_ rows: RowBatch, series: String, _ input: inout LiveInput) throws(QueryError) -> [RowBatch] {
        var joined: [RowBatch] = []
        let known = held[series]
        for batch in try leftChain.apply(rows, series: series) {
            if let known, try batch.times().int64Values[0] &- reach < known.since { input.needsRestart = true }
            let source = AsofRows(ListedRows([batch]), ListedRows(known?.batches ?? []), plan, context)
            while let batch = try source.next() { joined.append(batch) }
        }
        return joined
    }

    /// The greatest time of a right row of a series.
    func lastTime(of series: String) -> Int64? { held[series]?.lastTime }

    private func keep(_ batch: RowBatch, series: String) throws(QueryError) {
        var known = held[series] ?? Held()
        let times = try batch.times().int64Values
        let isLate = times[0] < known.lastTime
        known.batches.append(batch)
        known.rowCount += batch.rowCount
        known.lastTime = max(known.lastTime, times[times.count - 1])
        try context.hold(bytes: bytes(batch.rowCount))
        if isLate || known.batches.count > Self.batchesMax { try compact(&known) }
        held[series] = known
    }

    /// Puts all rows of a series together by time, and lets old ones go.
    private func compact(_ known: inout Held) throws(QueryError) {
        let builders = right.shape.types.map { VectorBuilder($0) }
        let time = VectorBuilder(.timestamp)
        for batch in known.batches {
            for (index, builder) in builders.enumerated() {
                builder.append(try batch.column(index), 0..<batch.rowCount)
            }
            time.append(try batch.times(), 0..<batch.rowCount)
        }
        let times = time.take().int64Values
        var order = (0..<times.count).sorted { (times[$0], $0) < (times[$1], $1) }
        let floor = known.lastTime &- kept
        // The last row before the kept ones may match, too.
        let old = order.firstIndex { times[$0] >= floor } ?? order.count
        if old > 1 {
            order.removeFirst(old - 1)
            known.since = max(known.since, times[order[0]])
        }
        let rows = order.map { UInt32(truncatingIfNeeded: $0) }
        let columns = rows.withUnsafeBufferPointer { rows in builders.map { $0.take().gather(rows) } }
        let sorted = Vector.timestamps(order.map { times[$0] })
        try context.hold(bytes: bytes(rows.count - known.rowCount))
        known.rowCount = rows.count
        known.batches = [RowBatch(MaterializedColumns(columns, times: sorted, rowCount: rows.count))]
    }

    private func bytes(_ rows: Int) -> Int { rows * 8 * (right.shape.types.count + 1) }

    /// The same rows in columns of their own, which hold no slice of a snapshot.
    private func materialized(_ batch: RowBatch) throws(QueryError) -> RowBatch {
        let record = try batch.record()
        return RowBatch(MaterializedColumns(record.columns, times: try batch.times(), rowCount: record.rowCount))
    }
}

/// Batches that are at hand, one after the other.
final class ListedRows: RowSource {
    private let batches: [RowBatch]
    private var place = 0

    init(_ batches: [RowBatch]) { self.batches = batches }

    func next() throws(QueryError) -> RowBatch? {
        guard place < batches.count else { return nil }
        place += 1
        return batches[place - 1]
    }

    func peekTime() throws(QueryError) -> Int64? {
        place < batches.count ? try batches[place].times().int64Values[0] : nil
    }
}
