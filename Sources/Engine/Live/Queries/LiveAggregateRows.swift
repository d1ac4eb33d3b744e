import Columnar
import QueryLang

/// The rows of groups as they are told.
///
/// Where nothing is computed of keys and aggregates, their values are the row: no column is built. Otherwise the steps
/// behind the aggregates run over columns of all groups that changed.
final class LiveAggregateRows {
    private let types: [ColumnType]
    private let bucketColumns: Int
    private let keyColumns: Int
    private let columnCount: Int
    /// Of the columns of the aggregate those that the answer has, if that is all that is done to them.
    private let plain: [Int]?
    private let post: LiveChain
    private lazy var builders = types.map { VectorBuilder($0) }
    /// Values of the aggregates of one group.
    private var values: [Scalar] = []

    init(_ shape: LiveShape, _ plan: AggregatePlan, _ context: ExecutionContext) {
        self.types = plan.types
        self.bucketColumns = plan.bucketColumns
        self.keyColumns = plan.keyColumns
        self.columnCount = shape.columns.count
        self.plain = Self.plainColumns(shape, plan.types.count)
        self.post = LiveChain(shape.post, context)
    }

    private static func plainColumns(_ shape: LiveShape, _ count: Int) -> [Int]? {
        var columns = Array(0..<count)
        for step in shape.post {
            guard case .project(let expressions) = step else { return nil }
            var next: [Int] = []
            for expression in expressions {
                guard case .column(let column, _) = expression, columns.indices.contains(column) else { return nil }
                next.append(columns[column])
            }
            columns = next
        }
        return columns.count < shape.columns.count ? nil : Array(columns.prefix(shape.columns.count))
    }

    /// Calls `body` with each group, its key and its values: nil if its row does not pass a condition.
    func forEach(
        _ groups: [LiveTouched.Group],
        _ aggregate: LiveAggregate,
        _ body: (LiveTouched.Group, [Scalar], [Scalar]?) -> Void
    ) throws(QueryError) {
        if groups.isEmpty { return }
        guard let plain else { return try forEachComputed(groups, aggregate, body) }
        for group in groups {
            let key = key(of: group, aggregate)
            values.removeAll(keepingCapacity: true)
            try aggregate.folds.appendValues(of: group.group, to: &values)
            var row: [Scalar] = []
            row.reserveCapacity(columnCount)
            for column in plain {
                let value = column < keyColumns ? key[column] : values[column - keyColumns]
                row.append(value.stored(as: types[column]))
            }
            body(group, key, row)
        }
    }

    private func forEachComputed(
        _ groups: [LiveTouched.Group],
        _ aggregate: LiveAggregate,
        _ body: (LiveTouched.Group, [Scalar], [Scalar]?) -> Void
    ) throws(QueryError) {
        let keys = groups.map { key(of: $0, aggregate) }
        for key in keys {
            for (builder, value) in zip(builders, key) { builder.append(value) }
        }
        try aggregate.folds.append(groups.map(\.group), to: builders[keyColumns...])
        let record = RecordBatch(columns: builders.map { $0.take() }, rowCount: groups.count)
        let rows = try post.values(record, columns: columnCount)
        for (index, group) in groups.enumerated() { body(group, keys[index], rows[index]) }
    }

    private func key(of group: LiveTouched.Group, _ aggregate: LiveAggregate) -> [Scalar] {
        let values = aggregate.keys.values(group.key)
        guard let buckets = aggregate.buckets else { return values }
        var key: [Scalar] = []
        key.reserveCapacity(keyColumns)
        key.append(.timestamp(buckets.start(group.bucket)))
        key += values
        return key
    }
}

extension Scalar {
    /// The value as a column of a type holds it.
    fileprivate func stored(as type: ColumnType) -> Scalar {
        if isNull { return .null }
        switch type {
        case .boolean: return .boolean(self == .boolean(true))
        case .int64: return .int64(int64 ?? 0)
        case .timestamp: return .timestamp(int64 ?? 0)
        case .float64: return .float64(double ?? 0)
        case .symbol, .string: return .text(text ?? "")
        }
    }
}

/// A mark for each of some groups, by their numbers.
struct GroupFlags {
    private var flags: [Bool] = []

    /// Sets the mark of a group.
    mutating func insert(_ group: Int) {
        if group >= flags.count { flags += repeatElement(false, count: group + 1 - flags.count) }
        flags[group] = true
    }

    /// Takes the mark of a group away; returns whether it had one.
    @discardableResult
    mutating func remove(_ group: Int) -> Bool {
        guard group < flags.count, flags[group] else { return false }
        flags[group] = false
        return true
    }
}
