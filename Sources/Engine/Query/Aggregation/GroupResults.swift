import Columnar
import QueryLang

/// Groups that are complete: their bucket, keys and aggregates by column, and the answers computed from them.
final class GroupResults {
    /// Bucket, keys, and the outputs of every distinct aggregate.
    let builders: [VectorBuilder]
    let keyCount: Int
    private let projection: Projection
    private let context: ExecutionContext
    /// For each call of the plan, where its outputs start among the columns.
    private let outputPlaces: [Int]
    private var heldBytes = 0
    private var finished: (columns: [Vector], order: [UInt32]?)?
    private var position = 0

    init(_ plan: AggregatePlan, _ context: ExecutionContext) {
        let aggregation = plan.aggregation
        let (calls, places) = plan.distinctCalls
        let outputs = calls.map { AggregateColumn($0).states.outputTypes }
        let keyTypes = aggregation.keys.map(\.type)
        var starts: [Int] = []
        var next = 1 + keyTypes.count
        for types in outputs {
            starts.append(next)
            next += types.count
        }
        self.builders = ([.timestamp] + keyTypes + outputs.flatMap { $0 }).map { VectorBuilder($0) }
        self.keyCount = keyTypes.count
        self.outputPlaces = places.map { starts[$0] }
        self.projection = Projection(aggregation.outputs)
        self.context = context
    }

    /// Groups at hand.
    var count: Int { builders[0].count }

    /// Accounts for the memory of what was appended.
    func account() throws(QueryError) {
        let bytes = builders.reduce(0) { $0 + $1.byteCount }
        try context.hold(bytes: bytes - heldBytes)
        heldBytes = bytes
    }

    /// Answers for the groups at hand, which are in order; forgets them.
    func take() throws(QueryError) -> RecordBatch {
        let count = count
        let columns = builders.map { $0.take() }
        return try projection.apply(GroupBatch(columns, outputPlaces, keyCount: keyCount, rowCount: count))
    }

    /// Answers for the next groups, after all have been appended.
    func next(isOrdered: Bool) throws(QueryError) -> RecordBatch? {
        if finished == nil { finished = finish(isOrdered: isOrdered) }
        guard let (columns, order) = finished, let rowCount = columns.first?.count, position < rowCount else {
            return nil
        }
        try context.checkpoint()
        let range = position..<min(position + ExecutionLimits.batchRowsMax, rowCount)
        position = range.upperBound
        let part =
            if let order {
                order[range].withUnsafeBufferPointer { rows in columns.map { $0.gather(rows) } }
            } else {
                columns.map { $0.slice(range) }
            }
        return try projection.apply(GroupBatch(part, outputPlaces, keyCount: keyCount, rowCount: range.count))
    }

    private func finish(isOrdered: Bool) -> (columns: [Vector], order: [UInt32]?) {
        let count = count
        let columns = builders.map { $0.take() }
        if isOrdered || count < 2 { return (columns, nil) }
        let keys = columns[0...keyCount].map { (vector: $0, isDescending: false) }
        return (columns, SortKeys(keys, rowCount: count).sortedRows())
    }
}

/// Complete groups as input of the answer's expressions.
final class GroupBatch: EvaluationInput {
    let rowCount: Int
    private let columns: [Vector]
    private let outputPlaces: [Int]
    private let keyCount: Int

    init(_ columns: [Vector], _ outputPlaces: [Int], keyCount: Int, rowCount: Int) {
        self.columns = columns
        self.outputPlaces = outputPlaces
        self.keyCount = keyCount
        self.rowCount = rowCount
    }

    func leaf(_ expression: BoundExpression) throws(QueryError) -> Vector {
        switch expression {
        case .bucket: return columns[0]
        case .key(let index, _) where index < keyCount: return columns[1 + index]
        case .aggregate(let call, let output, _) where call < outputPlaces.count:
            return columns[outputPlaces[call] + output]
        default: throw QueryError(.bug, "BUG: \(expression) is no part of a group")
        }
    }
}
