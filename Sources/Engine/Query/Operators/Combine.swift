import Columnar
import QueryLang

/// EXCEPT and INTERSECT: rows of the left side, as they come, that are not or are among those of the right side, which are
/// counted first. Null equals null, NaN equals NaN.
final class Combine: PhysicalOperator {
    private let left: any PhysicalOperator
    /// Nil once it was read.
    private var right: (any PhysicalOperator)?
    private let plan: SetPlan
    private let context: ExecutionContext
    private let groups: KeyGroups
    /// By group: rows of the right side that no row of the left one has met yet; negative if the group gives no more rows.
    private var counts: [Int] = []

    init(
        _ left: any PhysicalOperator,
        _ right: any PhysicalOperator,
        _ plan: SetPlan,
        types: [ColumnType],
        _ context: ExecutionContext
    ) {
        self.left = left
        self.right = right
        self.plan = plan
        self.context = context
        self.groups = KeyGroups(types, buckets: nil)
    }

    /// Bytes of a row that is held, beside its values: its key, its place in the table and its count.
    private static let rowOverheadBytes = 32

    func next() throws(QueryError) -> RecordBatch? {
        if let right {
            while let batch = try right.next() {
                for group in try numbers(of: batch) { counts[group] += 1 }
            }
            self.right = nil
        }
        while let batch = try left.next() {
            var rows: [UInt32] = []
            for (row, group) in try numbers(of: batch).enumerated() where takes(group) {
                rows.append(UInt32(truncatingIfNeeded: row))
            }
            if rows.isEmpty { continue }
            if rows.count == batch.rowCount { return batch }
            return rows.withUnsafeBufferPointer { rows in
                RecordBatch(columns: batch.columns.map { $0.gather(rows) }, rowCount: rows.count)
            }
        }
        return nil
    }

    /// Whether a row of the left side, of this group, is in the answer; counts it.
    private func takes(_ group: Int) -> Bool {
        let count = counts[group]
        if plan.isIntersection {
            guard count > 0 else { return false }
            counts[group] = plan.isAll ? count - 1 : -1
            return true
        }
        if plan.isAll {
            if count > 0 { counts[group] = count - 1 }
            return count == 0
        }
        counts[group] = -1
        return count == 0
    }

    private func numbers(of batch: RecordBatch) throws(QueryError) -> [Int] {
        try context.checkpoint()
        let numbers = groups.groups(of: batch.columns, buckets: .none, rowCount: batch.rowCount) {}
        let added = groups.count - counts.count
        try context.hold(bytes: added * (Self.rowOverheadBytes + batch.columns.count * 16))
        counts.append(contentsOf: repeatElement(0, count: added))
        return numbers
    }
}
