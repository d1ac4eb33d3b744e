import Columnar
import QueryLang

/// The last row of each combination of keys: by time, then series, then arrival.
final class LiveLatest: LiveSink {
    private struct Last {
        var time: Int64
        var series: String
        var key: [Scalar]
        /// What is told; nil if the row does not pass a condition on the answer.
        var values: [Scalar]?
        var isShown = false
    }

    private let shape: LiveShape
    private let keys: [Int]
    private let limits: LiveQueryLimits
    private let replaces: Bool
    private let context: ExecutionContext
    private let post: LiveChain
    private var groups: KeyGroups
    private var last: [Last] = []
    private(set) var lateCount = 0

    init(_ shape: LiveShape, _ keys: [Int], _ limits: LiveQueryLimits, _ context: ExecutionContext) {
        self.shape = shape
        self.keys = keys
        self.limits = limits
        self.replaces = shape.rows.replaces
        self.context = context
        self.post = LiveChain(shape.post, context)
        self.groups = KeyGroups(keys.map { shape.rows.shape.types[$0] }, buckets: nil)
    }

    var heldCount: Int { last.count }

    func load(_ history: LiveHistory, _ feed: LiveFeed) throws(QueryError) {
        if shape.rows.isFed {
            return try feed.load(history, try history.begun(shape.rows), merged: false) {
                batch,
                series throws(QueryError) in
                _ = try self.take(batch, series)
            }
        }
        try feed.load(history, shape.rows, merged: false, nil)
        try reload(history)
    }

    /// Asks for the last rows as a query does: series are read from their ends.
    private func reload(_ history: LiveHistory) throws(QueryError) {
        let rows = shape.rows.shape
        guard let time = rows.time else {
            return try history.read(shape.rows, merged: false) { batch, series throws(QueryError) in
                _ = try self.take(batch, series)
            }
        }
        for batch in try history.answer(shape.latestPlan) {
            for row in 0..<batch.rowCount {
                let record = batch.slice(row..<row + 1)
                let series = rows.series.flatMap { record.columns[$0].scalar(at: 0).text } ?? ""
                let columns = MaterializedColumns(record.columns, times: record.columns[time], rowCount: 1)
                _ = try take(RowBatch(columns), series)
            }
        }
    }

    func apply(_ input: LiveInput, _ history: @autoclosure () -> LiveHistory) throws(QueryError) -> [LiveRow] {
        if input.series.contains(where: mayUncover) { return try readAnew(history()) }
        var changed: [Int] = []
        for series in input.series {
            for batch in series.rows {
                for number in try take(batch, series.name) where !changed.contains(number) { changed.append(number) }
            }
        }
        return changed.compactMap { tell($0) }
    }

    /// Whether rows may have taken the place of a last row and be none themselves: then one before it is the last again.
    private func mayUncover(_ series: LiveInput.Series) -> Bool {
        guard replaces, let last = series.lastTime, let first = series.times.first, first <= last else {
            return false
        }
        let isPlain = shape.rows.steps.isEmpty && keys.allSatisfy { $0 == shape.rows.shape.series }
        return !isPlain
    }

    private func readAnew(_ history: LiveHistory) throws(QueryError) -> [LiveRow] {
        let before = last
        try context.hold(bytes: -last.reduce(0) { $0 + bytes($1) })
        last = []
        groups = KeyGroups(keys.map { shape.rows.shape.types[$0] }, buckets: nil)
        try reload(history)
        var old: [[Scalar]: Last] = [:]
        for row in before where row.isShown { old[row.key] = row }
        var rows: [LiveRow] = []
        for number in last.indices {
            guard last[number].values != nil else { continue }
            let known = old.removeValue(forKey: last[number].key)
            guard var row = tell(number) else { continue }
            if let values = known?.values, values.isSame(as: row.values) { continue }
            row.isRevision = known != nil
            rows.append(row)
        }
        return rows + old.keys.map { shape.removed($0, isRevision: true) }
    }

    func answer() throws(QueryError) -> (rows: [LiveRow], isWhole: Bool) {
        let order = last.indices.sorted { left, right in
            last[left].time != last[right].time
                ? last[left].time < last[right].time
                : OrderedText(last[left].series) < OrderedText(last[right].series)
        }
        let newest = order.suffix(limits.snapshotRowsMax)
        let rows = newest.compactMap { number in tell(number).flatMap { $0.isRemoved ? nil : $0 } }
        return (rows, newest.count == order.count)
    }

    private func tell(_ number: Int) -> LiveRow? {
        let row = last[number]
        guard let values = row.values else {
            guard row.isShown else { return nil }
            last[number].isShown = false
            return shape.removed(row.key, isRevision: false)
        }
        last[number].isShown = true
        // The next row of the key takes its place.
        return LiveRow(key: row.key, values: values, isRevision: false, isClosed: false)
    }

    /// Takes rows of a series; the combinations whose last row is among them.
    private func take(_ batch: RowBatch, _ series: String) throws(QueryError) -> [Int] {
        let times = try batch.times().int64Values
        var vectors: [Vector] = []
        for key in keys { vectors.append(try batch.column(key)) }
        let numbers = groups.groups(of: vectors, buckets: .none, rowCount: batch.rowCount) {}
        var newest: [Int: Int] = [:]
        for row in 0..<batch.rowCount {
            let number = numbers[row]
            if number == last.count {
                guard last.count < limits.groupsMax else {
                    throw QueryError(
                        .limit,
                        "the live query has more than \(limits.groupsMax) combinations of keys",
                        hint: "take fewer keys, or ask for fewer symbols"
                    )
                }
                last.append(Last(time: .min, series: "", key: vectors.map { $0.scalar(at: row) }, values: nil))
                newest[number] = row
                continue
            }
            let known = newest[number].map { (times[$0], series) } ?? (last[number].time, last[number].series)
            let isOlder =
                times[row] != known.0
                ? times[row] < known.0 : OrderedText(series) < OrderedText(known.1)
            if !isOlder { newest[number] = row }
        }
        let taken = newest.sorted { $0.value < $1.value }
        if taken.isEmpty { return [] }
        let picked = LiveBatch.take(batch, taken.map { UInt32(truncatingIfNeeded: $0.value) })
        let values = try post.values(try picked.record(), columns: shape.columns.count)
        for (place, entry) in taken.enumerated() {
            let before = bytes(last[entry.key])
            last[entry.key].time = times[entry.value]
            last[entry.key].series = series
            last[entry.key].values = values[place]
            try context.hold(bytes: bytes(last[entry.key]) - before)
        }
        return taken.map(\.key)
    }

    private func bytes(_ row: Last) -> Int {
        row.time == .min
            ? 0 : 128 + row.key.reduce(0) { $0 + $1.heldBytes } + (row.values ?? []).reduce(0) { $0 + $1.heldBytes }
    }
}

extension LiveShape {
    /// The step of the plan that gives the last rows.
    fileprivate var latestPlan: LogicalPlan {
        var node = plan
        while true {
            switch node {
            case .filter(let input, _), .project(let input, _, _): node = input
            default: return node
            }
        }
    }
}
