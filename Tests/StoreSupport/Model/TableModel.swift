public import Columnar

/// The rows of one table, kept the simple way: an array a series, by time, then arrival.
public struct TableModel: Sendable {
    /// One row.
    public struct Row: Sendable {
        /// The designated timestamp.
        public var time: Int64
        /// A value a column.
        public var values: [Scalar]
    }

    /// The schema now.
    public private(set) var schema: TableSchema
    /// The rows that stand.
    public private(set) var rows: [String: [Row]] = [:]
    /// How long rows are kept; nil for ever.
    public private(set) var timeToLive: Int64?
    /// Rows of partitions that end at or before this time may be gone: at some moment the time to live was over for them.
    private var expiredBefore = Int64.min
    private var latestTime: Int64?

    /// Creates an empty table.
    public init(schema: TableSchema) { self.schema = schema }

    /// Whether rows may be gone by their age.
    public var hasExpiry: Bool { expiredBefore > .min }

    /// Whether a row may be gone by its age.
    public func isExpired(_ row: Row) -> Bool {
        guard hasExpiry else { return false }
        let end = schema.partition.range(of: schema.partition.index(of: row.time)).end
        return end <= expiredBefore && end != .max
    }

    mutating func append(_ group: AppendGroup) {
        var list = rows[group.series] ?? []
        rows[group.series] = nil
        for index in 0..<group.rowCount {
            var values = group.columns.map { $0?.scalar(at: index) ?? .null }
            guard case .timestamp(var time) = values[schema.timeColumn] else { continue }
            if case .regular(let timeframe) = schema.kind { time = CivilTime.floor(time, to: timeframe) }
            values[schema.timeColumn] = .timestamp(time)
            if let series = schema.seriesColumn { values[series] = .text(group.series) }
            insert(Row(time: time, values: values), into: &list)
            latestTime = max(latestTime ?? time, time)
        }
        rows[group.series] = list
        expire()
    }

    private func insert(_ row: Row, into list: inout [Row]) {
        var upper = list.count
        if let last = list.last, last.time > row.time {
            var lower = 0
            while lower < upper {
                let middle = (lower + upper) / 2
                if list[middle].time <= row.time { lower = middle + 1 } else { upper = middle }
            }
        }
        var position = upper
        while position > 0, list[position - 1].time == row.time {
            position -= 1
            // At most one row has the same key: this one takes its place, as the last to arrive.
            if isReplaced(list[position], by: row) {
                list.remove(at: position)
                list.insert(row, at: upper - 1)
                return
            }
        }
        list.insert(row, at: upper)
    }

    private func isReplaced(_ old: Row, by new: Row) -> Bool {
        if case .regular = schema.kind { return true }
        guard let columns = schema.dedupColumns else { return false }
        return columns.allSatisfy { old.values[$0].isSame(as: new.values[$0]) }
    }

    mutating func addColumn(_ column: Column) {
        guard let grown = schema.adding(column) else { return }
        schema = grown
        rows = rows.mapValues { list in list.map { Row(time: $0.time, values: $0.values + [.null]) } }
    }

    mutating func dropRows(_ series: ScanRequest.Series, _ time: TimeRange) {
        for name in rows.keys {
            if case .named(let names) = series, !names.contains(name) { continue }
            rows[name]?.removeAll { time.contains($0.time) }
        }
    }

    mutating func setTimeToLive(_ nanoseconds: Int64?) {
        timeToLive = nanoseconds
        expire()
    }

    private mutating func expire() {
        guard let timeToLive, let latestTime else { return }
        let (limit, overflows) = latestTime.subtractingReportingOverflow(timeToLive)
        if !overflows { expiredBefore = max(expiredBefore, limit) }
    }

    /// The rows of a range that must be found, and those that may be, by series, in order. No series without rows.
    public func answer(_ time: TimeRange, _ series: ScanRequest.Series) -> [String: ArraySlice<Row>] {
        var result: [String: ArraySlice<Row>] = [:]
        for (name, list) in rows {
            if case .named(let names) = series, !names.contains(name) { continue }
            let start = time == .all ? 0 : list.firstIndex { time.contains($0.time) } ?? list.endIndex
            let end = time == .all ? list.endIndex : list.lastIndex { time.contains($0.time) }.map { $0 + 1 } ?? start
            if start < end { result[name] = list[start..<end] }
        }
        return result
    }
}

extension Scalar {
    /// Equality of values as they are stored: NaN is NaN, and the two zeros differ.
    public func isSame(as other: Scalar) -> Bool {
        guard case .float64(let a) = self, case .float64(let b) = other else { return self == other }
        return a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
    }
}
