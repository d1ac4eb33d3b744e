import Columnar
import QueryLang

/// Expressions ready to compute. Belongs to one thread, as nodes keep what they learned.
final class Projection {
    let nodes: [any ExpressionNode]
    /// For each expression the column that it is, if it is just that.
    let plainColumns: [Int?]
    let types: [ColumnType]
    /// For each expression the columns that it reads.
    let inputs: [Set<Int>]

    init(_ expressions: [BoundExpression]) {
        types = expressions.map(\.type)
        inputs = expressions.map(\.columns)
        nodes = expressions.map(ExpressionCompiler.compile)
        plainColumns = expressions.map { if case .column(let index, _) = $0 { index } else { nil } }
    }

    func vectors(_ input: any EvaluationInput) throws(QueryError) -> [Vector] {
        var columns: [Vector] = []
        columns.reserveCapacity(nodes.count)
        for node in nodes { columns.append(try node.evaluate(input)) }
        return columns
    }
}

/// Expressions over the rows of a relation.
final class Project: Relation {
    private let input: any Relation
    private let expressions: [BoundExpression]

    init(_ input: any Relation, _ expressions: [BoundExpression]) {
        self.input = input
        self.expressions = expressions
    }

    var series: [String] { input.series }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        Source(try input.open(index, worker, rowsMax: rowsMax), projection(worker))
    }

    func parts(of index: Int, count: Int) throws(QueryError) -> [RelationPart] {
        try input.parts(of: index, count: count).map { part in
            RelationPart { [self] worker, rowsMax throws(QueryError) in
                Source(try part.open(worker, rowsMax), projection(worker))
            }
        }
    }

    private func projection(_ worker: Worker) -> Projection {
        worker.state(of: self) { Projection(expressions) }
    }

    private final class Source: RowSource {
        private let input: any RowSource
        private let projection: Projection

        init(_ input: any RowSource, _ projection: Projection) {
            self.input = input
            self.projection = projection
        }

        func next() throws(QueryError) -> RowBatch? {
            guard let batch = try input.next() else { return nil }
            return RowBatch(ComputedColumns(batch, projection))
        }

        func peekTime() throws(QueryError) -> Int64? { try input.peekTime() }
        func skipSummary() { input.skipSummary() }

        func peekSummary() throws(QueryError) -> RowBatch? {
            try input.peekSummary().map { RowBatch(ComputedColumns($0, projection)) }
        }
    }
}

/// Drops the last columns, which only steps before needed.
final class DropColumns: PhysicalOperator {
    private let input: any PhysicalOperator
    private let columnCount: Int

    init(_ input: any PhysicalOperator, keeping columnCount: Int) {
        self.input = input
        self.columnCount = columnCount
    }

    func next() throws(QueryError) -> RecordBatch? {
        guard let batch = try input.next() else { return nil }
        return RecordBatch(columns: Array(batch.columns.prefix(columnCount)), rowCount: batch.rowCount)
    }
}
