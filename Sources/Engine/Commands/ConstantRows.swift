import Columnar
import QueryLang

/// The rows of VALUES.
enum ConstantRows {
    /// Computes every expression; the columns have the types of `types`.
    static func batch(
        _ rows: [[BoundExpression]],
        types: [ColumnType],
        _ context: ExecutionContext
    ) throws(QueryError) -> RecordBatch {
        let builders = types.map { VectorBuilder($0) }
        let nothing = SingleRow()
        for (index, row) in rows.enumerated() {
            if index % 256 == 0 { try context.checkpoint() }
            for (expression, (builder, type)) in zip(row, zip(builders, types)) {
                let value: Scalar
                if case .literal(let constant, _) = expression {
                    value = constant
                } else {
                    value = try ExpressionCompiler.compile(expression).evaluate(nothing).scalar(at: 0)
                }
                builder.append(value.converted(to: type))
            }
        }
        return RecordBatch(columns: builders.map { $0.take() }, rowCount: rows.count)
    }
}

/// One row without columns.
private final class SingleRow: EvaluationInput {
    var rowCount: Int { 1 }

    func column(_ index: Int) throws(QueryError) -> Vector {
        throw QueryError(.bug, "BUG: VALUES names a column")
    }
}
