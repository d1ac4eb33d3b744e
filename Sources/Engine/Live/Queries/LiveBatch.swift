import Columnar
import QueryLang

/// Rows of one series out of a committed batch, as operators take them.
enum LiveBatch {
    /// The rows by time, then arrival; columns that the schema lacks are left out, those that the batch lacks are null.
    static func rows(_ group: AppendGroup, _ table: TableSchema) -> RowBatch {
        var columns: [Vector] = []
        columns.reserveCapacity(table.columns.count)
        let hasPlainDoubles = table.mayChangeForms
        for index in table.columns.indices {
            let type = table.columns[index].type
            if index == table.seriesColumn {
                columns.append(Vector(type: type, form: .constant(.text(group.series), count: group.rowCount)))
            } else if index < group.columns.count, let vector = group.columns[index] {
                columns.append(hasPlainDoubles ? vector.withPlainDoubles : vector)
            } else {
                columns.append(.nulls(type, count: group.rowCount))
            }
        }
        let times = columns[table.timeColumn].int64Values
        if let order = order(times) {
            columns = order.withUnsafeBufferPointer { rows in columns.map { $0.gather(rows) } }
        }
        let time = columns[table.timeColumn]
        return RowBatch(MaterializedColumns(columns, times: time, rowCount: group.rowCount))
    }

    /// Of rows that replace each other the last one.
    static func newest(_ batch: RowBatch, _ table: TableSchema) throws(QueryError) -> RowBatch {
        if batch.rowCount < 2 { return batch }
        var vectors: [Vector] = []
        for column in table.keyColumns { vectors.append(try batch.column(column)) }
        var last: [[Scalar]: Int] = [:]
        for row in 0..<batch.rowCount { last[vectors.map { $0.scalar(at: row) }] = row }
        if last.count == batch.rowCount { return batch }
        return take(batch, last.values.sorted().map { UInt32(truncatingIfNeeded: $0) })
    }

    /// The rows whose times are in one of some ranges.
    static func narrowed(_ batch: RowBatch, to ranges: [TimeRange]) throws(QueryError) -> RowBatch {
        if ranges.count == 1, ranges[0] == .all { return batch }
        let times = try batch.times().int64Values
        return select(batch) { row in ranges.contains { $0.contains(times[row]) } }
    }

    /// The rows of a whole batch that a condition holds for.
    static func select(_ batch: RowBatch, _ holds: (Int) -> Bool) -> RowBatch {
        let rows = (0..<batch.rowCount).filter(holds)
        if rows.count == batch.rowCount { return batch }
        return take(batch, rows.map { UInt32(truncatingIfNeeded: $0) })
    }

    /// Rows of a batch by number, ascending.
    static func take(_ batch: RowBatch, _ rows: [UInt32]) -> RowBatch {
        switch batch.selection {
        case .range(let range):
            let base = UInt32(truncatingIfNeeded: range.lowerBound)
            return batch.narrowed(to: .rows(Buffer(rows.map { $0 + base })))
        case .rows(let all): return batch.narrowed(to: .rows(Buffer(rows.map { all[Int($0)] })))
        }
    }

    /// Numbers of the rows by time, equal ones as they came; nil if they are so already.
    private static func order(_ times: Buffer<Int64>) -> [UInt32]? {
        var isAscending = true
        for row in 1..<max(times.count, 1) where times[row] < times[row - 1] { isAscending = false }
        if isAscending { return nil }
        return (0..<times.count).sorted { (times[$0], $0) < (times[$1], $1) }.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// Bytes of a batch in memory, about.
    static func bytes(_ groups: [AppendGroup]) -> Int {
        groups.reduce(256) { $0 + 128 + $1.rowCount * ($1.columns.count * 8 + 8) }
    }
}

extension Scalar {
    /// Whether two values are one to whoever is told: doubles by their bits, but for NaN.
    func isSame(as other: Scalar) -> Bool {
        if case .float64(let left) = self, case .float64(let right) = other {
            return left.bitPattern == right.bitPattern || (left.isNaN && right.isNaN)
        }
        return self == other
    }

    /// Bytes of a value in memory, about.
    var heldBytes: Int {
        if case .text(let text) = self { 32 + text.utf8.count } else { 16 }
    }
}

extension [Scalar] {
    func isSame(as other: [Scalar]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.isSame(as: $1) }
    }
}
