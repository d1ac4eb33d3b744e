import Columnar
import QueryLang

/// ASOF and LT JOIN of two relations by their series: a merge of the times of each series.
///
/// The columns are those of the left rows, then those of the right ones, which are copied when they are asked for. Of the
/// right side no slice is decoded that no left row needs, and a few at a time are held.
final class SeriesAsof: Relation {
    private let left: any Relation
    private let right: any Relation
    private let plan: AsofPlan
    /// For each series of the left side the right side's of that name.
    private let partners: [Int?]

    init(_ left: any Relation, _ right: any Relation, _ plan: AsofPlan) {
        self.left = left
        self.right = right
        self.plan = plan
        self.partners = SeriesPartners.find(left.series, right.series)
    }

    var series: [String] { left.series }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        let rows = try left.open(index, worker, rowsMax: rowsMax)
        let others = try partners[index].map { partner throws(QueryError) in
            try right.open(partner, worker, rowsMax: worker.context.sliceRows)
        }
        return AsofRows(rows, others, plan, worker.context)
    }
}

/// Merges the rows of one series.
final class AsofRows: RowSource {
    private let left: any RowSource
    private let right: (any RowSource)?
    private let plan: AsofPlan
    private let context: ExecutionContext
    /// Right batches that rows to come may match, in order.
    private var held: [TimedRows] = []
    private var isExhausted = false

    init(_ left: any RowSource, _ right: (any RowSource)?, _ plan: AsofPlan, _ context: ExecutionContext) {
        self.left = left
        self.right = right
        self.plan = plan
        self.context = context
    }

    func peekTime() throws(QueryError) -> Int64? { try left.peekTime() }

    func next() throws(QueryError) -> RowBatch? {
        try context.checkpoint()
        guard let batch = try left.next() else {
            held = []
            return nil
        }
        let times = try batch.times().int64Values
        try load(from: times[0], to: times[times.count - 1])
        let found: [AsofMatch]
        if let arrival = plan.arrival {
            found = try matches(times, try batch.column(arrival.left).int64Values, arrival.right)
        } else {
            found = try matches(times)
        }
        let columns = AsofMatches(
            found,
            types: plan.rightTypes,
            rowCount: batch.rowCount,
            hasPlainDoubles: plan.arrival != nil
        )
        return RowBatch(JoinedColumns(batch, columns))
    }

    /// Holds the right batches that rows of these times may match.
    private func load(from first: Int64, to last: Int64) throws(QueryError) {
        try drop(before: first)
        while !isExhausted {
            guard let right, let time = try right.peekTime() else {
                isExhausted = true
                break
            }
            if !comesBefore(time, last) { break }
            guard let batch = try right.next() else { continue }
            held.append(TimedRows(batch))
            try drop(before: first)
        }
    }

    /// Lets go of batches that are out of date: a later one begins before the first row.
    private func drop(before time: Int64) throws(QueryError) {
        let first = earliest(time)
        while held.count > 1, try held[1].begins({ comesBefore($0, first) }) { held.removeFirst() }
    }

    /// The time of the first right row that a left row of a time may look at, but for one before it.
    private func earliest(_ time: Int64) -> Int64 {
        if plan.arrival == nil { return time }
        let (floor, overflow) = time.subtractingReportingOverflow(AsofArrival.disorderMax)
        return overflow ? .min : floor
    }

    private func comesBefore(_ right: Int64, _ left: Int64) -> Bool { plan.isStrict ? right < left : right <= left }

    /// For each held batch the left rows that it is the last to begin before.
    private func matches(_ times: Buffer<Int64>) throws(QueryError) -> [AsofMatch] {
        var matches: [AsofMatch] = []
        var start = try held.first?.firstPlace(in: times, from: 0, isStrict: plan.isStrict) ?? times.count
        for (place, other) in held.enumerated() where start < times.count {
            var end = times.count
            if place + 1 < held.count {
                end = try held[place + 1].firstPlace(in: times, from: start, isStrict: plan.isStrict)
            }
            if end > start { matches.append(try match(other, times, start..<end)) }
            start = end
        }
        return matches
    }

    /// For each left row of a range the last row of a right batch that comes before it; the first one does.
    private func match(_ other: TimedRows, _ times: Buffer<Int64>, _ range: Range<Int>) throws(QueryError) -> AsofMatch
    {
        let right = try other.times()
        let left = times.slice(range)
        let counts = TimeMerge.counts(left, right, isStrict: plan.isStrict)
        let rows = BinaryKernel.map(.values(counts), .constant(1), count: range.count, &-)
        var isNear: Validity?
        if let tolerance = plan.tolerance {
            isNear = .filled(count: range.count) { row in
                let (distance, overflow) = left[row].subtractingReportingOverflow(right[Int(rows[row])])
                return !overflow && distance <= tolerance
            }
        }
        return AsofMatch(right: other.rows, range: range, rows: rows, isNear: isNear)
    }

    // MARK: By arrival

    /// For each left row the last right row by time of those that had arrived before it.
    private func matches(
        _ times: Buffer<Int64>,
        _ seqs: Buffer<Int64>,
        _ arrivals: Int
    ) throws(QueryError) -> [AsofMatch] {
        guard let first = held.first else { return [] }
        if held.count > 1 { held = [TimedRows(try joined(before: earliest(times[0])))] }
        let right = held.first ?? first
        let rightTimes = try right.times()
        let order = AsofArrival(arrivals: try right.rows.column(arrivals).int64Values, times: rightTimes)
        let counts = TimeMerge.counts(times, rightTimes, isStrict: plan.isStrict)
        var isNear = [Bool](repeating: false, count: times.count)
        let rows = Buffer<UInt32>.filled(count: times.count) { target in
            for row in 0..<times.count {
                let end = order.end(Int(counts[row]), from: 0, times[row], seqs[row])
                target[row] = UInt32(truncatingIfNeeded: max(end - 1, 0))
                guard end > 0 else { continue }
                let (distance, overflow) = times[row].subtractingReportingOverflow(rightTimes[end - 1])
                isNear[row] = plan.tolerance.map { !overflow && distance <= $0 } ?? true
            }
        }
        let validity = Validity.filled(count: times.count) { isNear[$0] }
        return [AsofMatch(right: right.rows, range: 0..<times.count, rows: rows, isNear: validity)]
    }

    /// All held rows as one batch, without those that no row to come looks at.
    private func joined(before floor: Int64) throws(QueryError) -> RowBatch {
        let builders = plan.rightTypes.map { VectorBuilder($0) }
        let time = VectorBuilder(.timestamp)
        for (place, rows) in held.enumerated() {
            let times = try rows.times()
            var start = 0
            if place == 0 {
                // The last row before the floor may match, too.
                start = times.withUnsafeBufferPointer { times in Gallop.end(in: times, from: 0) { $0 < floor } }
                start = max(start - 1, 0)
            }
            let range = start..<rows.rows.rowCount
            for (column, builder) in builders.enumerated() {
                if rows.rows.source.isNeeded(column) {
                    builder.append(try rows.rows.column(column), range)
                } else {
                    builder.append(.null, count: range.count)
                }
            }
            time.append(try rows.rows.times(), range)
        }
        let times = time.take()
        return RowBatch(MaterializedColumns(builders.map { $0.take() }, times: times, rowCount: times.count))
    }
}
