import Columnar
import QueryLang

/// All groups of an aggregation, in order, handed on batch by batch.
final class FinishedGroups {
    private let columns: [Vector]
    private let order: [UInt32]?
    private let rowCount: Int
    private let context: ExecutionContext
    private var position = 0

    /// - Parameters:
    ///   - parts: columns of the plan, one set a step; within one the buckets of a series ascend, and series ascend.
    init(
        _ parts: [[Vector]],
        _ plan: AggregatePlan,
        _ buckets: Buckets?,
        _ context: ExecutionContext
    ) throws(QueryError) {
        self.context = context
        var columns = Self.concatenated(parts, plan.types)
        let count = columns.first?.count ?? 0
        guard count <= context.limits.groupsMax else { throw GroupReduction.tooManyGroups(context) }
        try context.hold(bytes: columns.reduce(0) { $0 + $1.count * 8 })
        var order: [UInt32]?
        if plan.isOrdered || !(plan.sampling?.fills.isEmpty ?? true) {
            order = Self.order(columns, count: count, plan, buckets)
        }
        if let buckets, let fills = plan.sampling?.fills, !fills.isEmpty {
            if let order { columns = order.withUnsafeBufferPointer { rows in columns.map { $0.gather(rows) } } }
            columns = try GapFill(plan, buckets, context).filled(columns, fills)
            order = nil
        }
        self.columns = columns
        self.order = order
        self.rowCount = columns.first?.count ?? 0
    }

    func next() throws(QueryError) -> RecordBatch? {
        guard position < rowCount else { return nil }
        try context.checkpoint()
        let range = position..<min(position + context.batchRows, rowCount)
        position = range.upperBound
        let part =
            if let order {
                order[range].withUnsafeBufferPointer { rows in columns.map { $0.gather(rows) } }
            } else {
                columns.map { $0.slice(range) }
            }
        return RecordBatch(columns: part, rowCount: range.count)
    }

    private static func concatenated(_ parts: [[Vector]], _ types: [ColumnType]) -> [Vector] {
        if parts.count == 1 { return parts[0] }
        return types.indices.map { column in
            let builder = VectorBuilder(types[column])
            for part in parts { builder.append(part[column], 0..<part[column].count) }
            return builder.take()
        }
    }

    /// Group numbers by (bucket, keys); nil if they are in order.
    private static func order(
        _ columns: [Vector],
        count: Int,
        _ plan: AggregatePlan,
        _ buckets: Buckets?
    ) -> [UInt32]? {
        if count < 2 || plan.keyColumns == 0 { return nil }
        if plan.strategy == .bySeries {
            // Series come in order, and their buckets ascend.
            guard let buckets else { return nil }
            if let order = orderByBucket(columns[0].int64Values, buckets) { return order }
        }
        let keys = columns[0..<plan.keyColumns].map { (vector: $0, isDescending: false) }
        return SortKeys(keys, rowCount: count).sortedRows()
    }

    /// A counting sort by bucket, which keeps the order of the series; nil if the buckets lie too far apart for it.
    private static func orderByBucket(_ starts: Buffer<Int64>, _ buckets: Buckets) -> [UInt32]? {
        let numbers = starts.withUnsafeBufferPointer { $0.map(buckets.index) }
        guard let least = numbers.min(), let largest = numbers.max() else { return nil }
        let (span, overflow) = largest.subtractingReportingOverflow(least)
        guard !overflow, span < Int64(4 * numbers.count + 1024) else { return nil }
        var places = [Int](repeating: 0, count: Int(span) + 2)
        for number in numbers { places[Int(number - least) + 1] += 1 }
        for index in 1..<places.count { places[index] += places[index - 1] }
        return [UInt32](unsafeUninitializedCapacity: numbers.count) { order, initialized in
            for (group, number) in numbers.enumerated() {
                let bucket = Int(number - least)
                order[places[bucket]] = UInt32(truncatingIfNeeded: group)
                places[bucket] += 1
            }
            initialized = numbers.count
        }
    }
}
