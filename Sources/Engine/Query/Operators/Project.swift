import Columnar
import QueryLang

/// The expressions of an answer, ready to compute. Shared by all series of an execution.
final class Projection {
    private let nodes: [any ExpressionNode]

    init(_ expressions: [BoundExpression]) { nodes = expressions.map(ExpressionCompiler.compile) }

    func apply(_ input: any EvaluationInput) throws(QueryError) -> RecordBatch {
        var columns: [Vector] = []
        columns.reserveCapacity(nodes.count)
        for node in nodes { columns.append(try node.evaluate(input)) }
        return RecordBatch(columns: columns, rowCount: input.rowCount)
    }
}

/// Computes the answer's columns for the rows of one series.
final class Project: PhysicalOperator {
    private let input: any RowSource
    private let projection: Projection

    init(_ input: any RowSource, _ projection: Projection) {
        self.input = input
        self.projection = projection
    }

    func next() throws(QueryError) -> RecordBatch? {
        guard let batch = try input.next() else { return nil }
        return try projection.apply(batch)
    }
}

/// Drops the columns that only ORDER BY needed: those after the first `columnCount`.
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
