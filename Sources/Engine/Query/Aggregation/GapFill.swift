import Columnar
import QueryLang

/// FILL: gives every combination of keys a row for every bucket from the first to the last of the answer.
struct GapFill {
    private let plan: AggregatePlan
    let buckets: Buckets
    private let context: ExecutionContext

    init(_ plan: AggregatePlan, _ buckets: Buckets, _ context: ExecutionContext) {
        self.plan = plan
        self.buckets = buckets
        self.context = context
    }

    /// Where the rows of the filled answer come from.
    struct Grid {
        /// Number of the first bucket.
        let first: Int64
        let bucketCount: Int
        let keyCount: Int
        /// A row of each combination of keys, in their order.
        let keyRows: [UInt32]
        /// By bucket, then key: the row of the answer so far; -1 for a gap.
        var rows: [Int32]
    }

    /// - Parameters:
    ///   - columns: of the plan, by (bucket, keys).
    ///   - fills: one a call.
    func filled(_ columns: [Vector], _ fills: [Sampling.Fill]) throws(QueryError) -> [Vector] {
        guard let grid = try grid(columns) else { return columns }
        var result: [Vector] = []
        let starts = Buffer<Int64>.filled(count: grid.rows.count) { target in
            for row in 0..<grid.rows.count { target[row] = buckets.start(grid.first + Int64(row / grid.keyCount)) }
        }
        result.append(Vector(type: .timestamp, form: .int64(starts)))
        let keyRows = plan.keys.isEmpty ? [] : (0..<grid.rows.count).map { grid.keyRows[$0 % grid.keyCount] }
        for column in plan.bucketColumns..<plan.keyColumns {
            result.append(keyRows.withUnsafeBufferPointer { columns[column].gather($0) })
        }
        var column = plan.keyColumns
        for (call, fill) in zip(plan.calls, fills) {
            for _ in AggregateStates.states(of: call).outputTypes {
                try context.checkpoint()
                result.append(values(columns[column], fill, grid))
                column += 1
            }
        }
        return result
    }

    private func grid(_ columns: [Vector]) throws(QueryError) -> Grid? {
        let starts = columns[0].int64Values
        guard let (first, last) = range(starts) else { return nil }
        let keys = Array(columns[plan.bucketColumns..<plan.keyColumns])
        let groups = KeyGroups(keys.map(\.type), buckets: nil)
        let numbers = groups.groups(of: keys, buckets: .none, rowCount: starts.count) {}
        let keyCount = max(groups.count, 1)
        let span = max(Int128(last) - Int128(first) + 1, 0)
        guard span * Int128(keyCount) <= Int128(context.limits.groupsMax) else {
            throw QueryError(
                .limit,
                "FILL would make \(span) buckets of \(keyCount) groups each; \(context.limits.groupsMax) rows are allowed",
                hint: "take larger SAMPLE BY buckets, or narrow the time range or the list of symbols"
            )
        }
        var anyRow = [UInt32](repeating: 0, count: keyCount)
        for (row, number) in numbers.enumerated() { anyRow[number] = UInt32(truncatingIfNeeded: row) }
        let order = anyRow.withUnsafeBufferPointer { rows in
            SortKeys(keys.map { ($0.gather(rows), false) }, rowCount: keyCount).sortedRows()
        }
        var ranks = [Int](repeating: 0, count: keyCount)
        for (rank, number) in order.enumerated() { ranks[Int(number)] = rank }
        var rows = [Int32](repeating: -1, count: Int(span) * keyCount)
        for (row, number) in numbers.enumerated() {
            let bucket = Int(buckets.index(starts[row]) - first)
            rows[bucket * keyCount + ranks[number]] = Int32(truncatingIfNeeded: row)
        }
        try context.hold(bytes: rows.count * (plan.types.count * 8 + 8))
        return Grid(
            first: first,
            bucketCount: Int(span),
            keyCount: keyCount,
            keyRows: order.map { anyRow[Int($0)] },
            rows: rows
        )
    }

    /// The first and the last bucket; nil if there is none.
    private func range(_ starts: Buffer<Int64>) -> (first: Int64, last: Int64)? {
        var first = starts.first.map(buckets.index)
        var last = starts.last.map(buckets.index)
        // Without rows, nobody knows which keys there are.
        if first != nil || plan.keys.isEmpty {
            if plan.sampling?.from != nil { first = buckets.first }
            if let to = plan.sampling?.to { last = buckets.index(to &- 1) }
        }
        guard let first, let last else { return nil }
        return (first, last)
    }

    private func values(_ column: Vector, _ fill: Sampling.Fill, _ grid: Grid) -> Vector {
        switch fill {
        case .null: return Self.picked(column, grid.rows)
        case .previous: return Self.picked(column, previous(grid))
        case .linear: return column.type == .float64 ? linear(column, grid) : linearIntegers(column, grid)
        case .value(let value):
            let builder = VectorBuilder(column.type)
            for row in grid.rows {
                if row < 0 {
                    builder.append(value)
                } else {
                    builder.append(column, Int(row)..<Int(row) + 1)
                }
            }
            return builder.take()
        }
    }

    /// The rows of a column; null where there is none.
    private static func picked(_ column: Vector, _ rows: [Int32]) -> Vector {
        if column.count == 0 { return .nulls(column.type, count: rows.count) }
        let known = rows.map { UInt32(max($0, 0)) }
        let vector = known.withUnsafeBufferPointer { column.gather($0) }
        guard rows.contains(where: { $0 < 0 }) else { return vector }
        if vector.isNull { return vector }
        let isKnown = Validity.filled(count: rows.count) { rows[$0] >= 0 }
        return Vector(type: vector.type, form: vector.form, validity: .both(vector.validity, isKnown))
    }

    private func previous(_ grid: Grid) -> [Int32] {
        var rows = grid.rows
        for index in grid.keyCount..<max(rows.count, grid.keyCount) where rows[index] < 0 {
            rows[index] = rows[index - grid.keyCount]
        }
        return rows
    }
}
