import Columnar
import QueryLang

/// Joins entities with the features that were known at their times: of each view the last row whose `available_time` is not
/// after the entity's time. Nothing that became known later is looked at.
final class TrainingSet: PhysicalOperator {
    private let prepared: PreparedTrainingSet
    private let snapshot: any TableSnapshot
    private let context: ExecutionContext
    private var answer: Values?

    /// How far a venue's clock may be from ours: rows are found by the one, and count by the other.
    static let clockDifferenceMax = CivilTime.day

    init(_ prepared: PreparedTrainingSet, _ snapshot: any TableSnapshot, _ context: ExecutionContext) {
        self.prepared = prepared
        self.snapshot = snapshot
        self.context = context
    }

    func next() throws(QueryError) -> RecordBatch? {
        if let answer { return try answer.next() }
        let made = Values(try compute(), rowsMax: context.batchRows)
        answer = made
        return try made.next()
    }

    private func compute() throws(QueryError) -> RecordBatch {
        let request = prepared.request
        let count = request.symbols.count
        var columns: [Vector] = [.strings(request.symbols), .timestamps(request.times)]
        for label in request.labels {
            let builder = VectorBuilder(label.type)
            for value in label.values { builder.append(Self.value(value, as: label.type)) }
            columns.append(builder.take())
        }
        var entities: [String: [Int]] = [:]
        for (index, symbol) in request.symbols.enumerated() { entities[symbol, default: []].append(index) }
        for symbol in entities.keys { entities[symbol]?.sort { request.times[$0] < request.times[$1] } }
        for view in prepared.views {
            var known = [KnownRow?](repeating: nil, count: count)
            for (symbol, indices) in entities.sorted(by: { $0.key < $1.key }) {
                try context.checkpoint()
                let found = try rows(of: view, symbol, indices.map { request.times[$0] })
                for (place, index) in indices.enumerated() { known[index] = found[place] }
            }
            columns += self.columns(view, known)
        }
        return RecordBatch(columns: columns, rowCount: count)
    }

    /// A label's value in the common type of its column.
    private static func value(_ value: Scalar, as type: ColumnType) -> Scalar {
        guard type == .string else { return value.converted(to: type) }
        switch value {
        case .null, .text: return value
        case .boolean(let flag): return .text(flag ? "true" : "false")
        case .int64(let number): return .text("\(number)")
        case .float64(let number): return .text("\(number)")
        case .timestamp(let time): return .text(CivilTime.text(time))
        }
    }

    // MARK: One view

    /// What was known of a view at a time.
    private struct KnownRow {
        /// Whether the instrument has events at all.
        var exists = true
        var availableTime: Int64?
        var state: UInt8?
        var values: [Scalar] = []
    }

    /// For each of some ascending times what was known then.
    private func rows(
        of view: PreparedTrainingSet.View,
        _ symbol: String,
        _ times: [Int64]
    ) throws(QueryError) -> [KnownRow] {
        guard let first = times.first, let last = times.last else { return [] }
        let plan = view.plan
        let table = plan.view.inputs[0]
        let isThere = try StoredEnds(table, symbol, snapshot).lastTime != nil && plan.symbols?.contains(symbol) ?? true
        guard isThere else { return times.map { _ in KnownRow(exists: false) } }
        var range = TimeRange.all
        if let timeToLive = plan.view.definition.timeToLive {
            let (reach, isLong) = timeToLive.addingReportingOverflow(Self.clockDifferenceMax)
            let (start, isEarly) = first.subtractingReportingOverflow(reach)
            if !isLong, !isEarly { range.start = start }
        }
        let (end, overflow) = last.addingReportingOverflow(Self.clockDifferenceMax)
        if !overflow { range.end = end }
        // For each time the best of the rows that became known after the time before it and no later than this one.
        var best = [(availableTime: Int64, seq: Int64, row: KnownRow)?](repeating: nil, count: times.count)
        var pending: (place: Int, availableTime: Int64, seq: Int64, rows: FeatureRows, row: Int)?
        func settle() {
            guard let row = pending else { return }
            pending = nil
            if let old = best[row.place], (old.availableTime, old.seq) >= (row.availableTime, row.seq) { return }
            let fields = view.fields.map { row.rows.scalar($0.index, row.row) }
            let known = KnownRow(availableTime: row.availableTime, state: row.rows.state(row.row), values: fields)
            best[row.place] = (row.availableTime, row.seq, known)
        }
        let history = FeatureHistory(plan: plan, snapshot: snapshot, context: context)
        try history.forEach(symbol, range) { (rows, row) throws(QueryError) in
            guard let available = rows.availableTime(row) else { return }
            let place = Self.firstIndex(in: times, notBefore: available)
            guard place < times.count else { return }
            let seq = rows.seqs[row]
            if let last = pending, last.place == place {
                if (last.availableTime, last.seq) < (available, seq) { pending = (place, available, seq, rows, row) }
            } else {
                settle()
                pending = (place, available, seq, rows, row)
            }
        }
        settle()
        return carried(best, plan, times)
    }

    /// Carries what is known on from time to time, as long as it may live.
    private func carried(
        _ best: [(availableTime: Int64, seq: Int64, row: KnownRow)?],
        _ plan: FeatureViewPlan,
        _ times: [Int64]
    ) -> [KnownRow] {
        var latest: (availableTime: Int64, seq: Int64, row: KnownRow)?
        return times.indices.map { index in
            if let row = best[index],
                latest.map({ ($0.availableTime, $0.seq) < (row.availableTime, row.seq) }) ?? true
            {
                latest = row
            }
            return latest?.row ?? KnownRow()
        }
    }

    private static func firstIndex(in times: [Int64], notBefore time: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func columns(_ view: PreparedTrainingSet.View, _ known: [KnownRow?]) -> [Vector] {
        let times = prepared.request.times
        let timeToLive = view.plan.view.definition.timeToLive
        var columns: [Vector] = []
        for (place, field) in view.fields.enumerated() {
            let values = VectorBuilder(view.plan.view.fields[field.index].type)
            var statuses: [String] = []
            for (index, row) in known.enumerated() {
                let (value, status) = Self.value(row, place, at: times[index], timeToLive)
                values.append(value)
                statuses.append(status.name)
            }
            columns.append(values.take())
            if prepared.request.hasStatuses { columns.append(.strings(statuses)) }
        }
        let available = VectorBuilder(.timestamp)
        for row in known { available.append(row?.availableTime.map { .timestamp($0) } ?? .null) }
        columns.append(available.take())
        return columns
    }

    private static func value(
        _ row: KnownRow?,
        _ place: Int,
        at time: Int64,
        _ timeToLive: Int64?
    ) -> (Scalar, ValueStatus) {
        guard let row, row.exists else { return (.null, .notFound) }
        guard let available = row.availableTime else { return (.null, .warming) }
        if let timeToLive {
            let (age, overflow) = time.subtractingReportingOverflow(available)
            if overflow || age > timeToLive { return (.null, .stale) }
        }
        let state = row.state.map { CodedWords.states[Int($0)] }
        if state == "syncing" { return (.null, .resync) }
        let value = row.values[place]
        if value.isNull { return (.null, .null) }
        if case .float64(let number) = value, !number.isFinite { return (.null, .null) }
        return (value, state == "stale" ? .stale : .present)
    }
}

extension FeatureRows {
    /// From when on a row counts as known.
    func availableTime(_ row: Int) -> Int64? {
        if case .timestamp(let time) = batch.columns[BoundFeatureView.Head.availableTime].scalar(at: row) {
            time
        } else {
            nil
        }
    }

    /// A feature as it is.
    func scalar(_ field: Int, _ row: Int) -> Scalar { batch.columns[headCount + field].scalar(at: row) }
}
