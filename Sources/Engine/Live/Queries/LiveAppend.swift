import Columnar
import QueryLang

/// Rows that are the answer, one by one: appended, or, where rows of the table are replaced, in the place of that of their key.
///
/// The newest ones are kept for snapshots.
final class LiveAppend: LiveSink {
    private struct Row {
        var time: Int64
        var series: String
        var values: [Scalar]
    }

    private let shape: LiveShape
    private let limits: LiveQueryLimits
    private let replaces: Bool
    private let context: ExecutionContext
    /// The newest rows, by time and series, at most twice as many as are kept.
    private var tail: [Row] = []
    private var isWhole = true
    private(set) var lateCount = 0

    init(_ shape: LiveShape, _ limits: LiveQueryLimits, _ context: ExecutionContext) {
        self.shape = shape
        self.limits = limits
        self.replaces = shape.rows.replaces
        self.context = context
    }

    var heldCount: Int { tail.count }
    private var rowsMax: Int { max(1, min(limits.tailRowsMax, limits.snapshotRowsMax)) }

    func load(_ history: LiveHistory, _ feed: LiveFeed) throws(QueryError) {
        if shape.rows.isFed {
            return try read(history, feed, try history.begun(shape.rows))
        }
        if case .asof = shape.rows.source {
            return try read(history, feed, try history.newest(shape.rows, of: shape.plan, rows: rowsMax))
        }
        try feed.load(history, shape.rows, merged: false, nil)
        var rows: [Row] = []
        for batch in try history.tail(shape.plan, rows: rowsMax + 1) {
            let columns = MaterializedColumns(batch.columns, times: nil, rowCount: batch.rowCount)
            for values in try LiveChain.scalars(RowBatch(columns), columns: shape.columns.count) {
                rows.append(Row(time: .min, series: "", values: values))
            }
        }
        if rows.count > rowsMax {
            isWhole = false
            rows.removeFirst(rows.count - rowsMax)
        }
        tail = rows
        try context.hold(bytes: rows.reduce(0) { $0 + bytes($1) })
    }

    /// Keeps the newest of rows that are read one after the other.
    private func read(_ history: LiveHistory, _ feed: LiveFeed, _ rows: LiveShape.Branch) throws(QueryError) {
        if rows.scan.times != shape.rows.scan.times { isWhole = false }
        try feed.load(history, rows, merged: false) { batch, series throws(QueryError) in
            let first = max(0, batch.rowCount - self.rowsMax)
            if first > 0 { self.isWhole = false }
            try self.add(batch.part(first..<batch.rowCount), series)
        }
    }

    func apply(_ input: LiveInput, _ history: @autoclosure () -> LiveHistory) throws(QueryError) -> [LiveRow] {
        var told: [LiveRow] = []
        for series in input.series {
            if replaces {
                told += try replace(series)
                continue
            }
            for batch in series.rows {
                let times = try batch.times().int64Values
                for (row, values) in try add(batch, series.name).enumerated() {
                    let isLate = series.lastTime.map { times[row] < $0 } ?? false
                    if isLate { lateCount += 1 }
                    told.append(LiveRow(key: [], values: values, isRevision: isLate, isClosed: true))
                }
            }
        }
        return told
    }

    func answer() throws(QueryError) -> (rows: [LiveRow], isWhole: Bool) {
        try trim(to: rowsMax)
        let rows = tail.map { row in
            LiveRow(key: key(row.values), values: row.values, isRevision: false, isClosed: !shape.rows.replaces)
        }
        return (rows, isWhole)
    }

    // MARK: The newest rows

    @discardableResult
    private func add(_ batch: RowBatch, _ series: String) throws(QueryError) -> [[Scalar]] {
        let times = try batch.times().int64Values
        let values = try LiveChain.scalars(batch, columns: shape.columns.count)
        for (row, values) in values.enumerated() {
            let added = Row(time: times[row], series: series, values: values)
            tail.append(added)
            try context.hold(bytes: bytes(added))
        }
        if tail.count > 2 * rowsMax { try trim(to: rowsMax) }
        return values
    }

    private func trim(to count: Int) throws(QueryError) {
        // Rows of history have no time: they come first, in their order.
        let order = tail.indices.sorted { left, right in
            let (a, b) = (tail[left], tail[right])
            if a.time != b.time { return a.time < b.time }
            if a.series != b.series { return OrderedText(a.series) < OrderedText(b.series) }
            return left < right
        }
        tail = order.map { tail[$0] }
        guard tail.count > count else { return }
        isWhole = false
        let dropped = tail.count - count
        try context.hold(bytes: -tail[..<dropped].reduce(0) { $0 + bytes($1) })
        tail.removeFirst(dropped)
    }

    private func bytes(_ row: Row) -> Int { row.values.reduce(96) { $0 + $1.heldBytes } }

    // MARK: Rows that are replaced

    private func key(_ values: [Scalar]) -> [Scalar] { shape.keyColumns.map { values[$0] } }

    /// Rows by their keys; a row that took the place of another, and does not pass WHERE, ends that one. The newest time of a
    /// series may be written again at any time, as the open bar is; what is written before it comes late.
    private func replace(_ series: LiveInput.Series) throws(QueryError) -> [LiveRow] {
        var told: [LiveRow] = []
        var passed: Set<[Scalar]> = []
        func mayReplace(_ time: Int64) -> Bool { series.lastTime.map { time <= $0 } ?? false }
        for batch in series.rows {
            let times = try batch.times().int64Values
            for (row, values) in try LiveChain.scalars(batch, columns: shape.columns.count).enumerated() {
                let key = key(values)
                passed.insert(key)
                try put(Row(time: times[row], series: series.name, values: values), key)
                let isLate = series.lastTime.map { times[row] < $0 } ?? false
                told.append(LiveRow(key: key, values: values, isRevision: isLate, isClosed: isLate))
            }
        }
        guard isFiltered else { return told }
        let columns = shape.rows.scan.table.keyColumns
        for row in 0..<series.raw.rowCount where mayReplace(series.times[row]) {
            var key: [Scalar] = []
            for column in columns { key.append(try series.raw.column(column).scalar(at: row)) }
            if passed.contains(key) { continue }
            try remove(key)
            told.append(shape.removed(key, isRevision: true))
        }
        return told
    }

    /// Whether a row of the table may be none of the answer.
    private var isFiltered: Bool {
        shape.rows.steps.contains { if case .filter = $0 { true } else { false } }
    }

    private func remove(_ key: [Scalar]) throws(QueryError) {
        guard let place = tail.lastIndex(where: { self.key($0.values) == key }) else { return }
        try context.hold(bytes: -bytes(tail[place]))
        tail.remove(at: place)
    }

    private func put(_ row: Row, _ key: [Scalar]) throws(QueryError) {
        try context.hold(bytes: bytes(row))
        if let place = tail.lastIndex(where: { self.key($0.values) == key }) {
            try context.hold(bytes: -bytes(tail[place]))
            tail[place].values = row.values
            return
        }
        tail.append(row)
        if tail.count > 2 * rowsMax { try trim(to: rowsMax) }
    }
}
