import Columnar

/// Binds VALUES: rows of constants, the columns of which take the type that all their values have in common.
struct ValuesBinder {
    let binder: Binder

    func bind(_ rows: [[Expression]]) throws(QueryError) -> BoundValues {
        let constants = Constants(binder: binder)
        var operands: [[Operand]] = []
        for row in rows {
            var bound: [Operand] = []
            for expression in row { bound.append(try constants.operand(expression, of: "VALUES")) }
            operands.append(bound)
        }
        guard let width = operands.first?.count else { return BoundValues(types: [], rows: []) }
        var types: [ColumnType] = []
        for column in 0..<width { types.append(try type(of: operands.map { $0[column] })) }
        var values: [[Scalar]] = []
        for row in operands {
            var scalars: [Scalar] = []
            for (operand, type) in zip(row, types) {
                scalars.append(try TypeRules.converted(operand, to: type)?.constant ?? .null)
            }
            values.append(scalars)
        }
        return BoundValues(types: types, rows: values)
    }

    private func type(of column: [Operand]) throws(QueryError) -> ColumnType {
        var found: Operand?
        for operand in column where !operand.expression.isNullConstant {
            guard let first = found else {
                found = operand
                continue
            }
            guard let type = ColumnType.common(first.type, operand.type) else {
                throw QueryError(
                    .type,
                    "a column of VALUES has both \(first.typeName) and \(operand.typeName)",
                    at: operand.span
                )
            }
            if type != first.type { found = operand }
        }
        return found?.type ?? .string
    }
}

/// Expressions that must be known when the query is bound.
struct Constants {
    let binder: Binder

    /// A constant; `owner` says in an error what takes it.
    func operand(_ expression: Expression, of owner: String) throws(QueryError) -> Operand {
        let scope = Scope(name: nil, table: nil, columns: [], time: nil, series: nil, isNothing: true)
        var binding = ExpressionBinder(scope: scope, binder.dialect)
        binding.queries = binder
        let bound = try binding.bind(expression, in: .filter)
        guard bound.constant != nil else {
            throw QueryError(.semantic, "\(owner) takes constants only", at: expression.span)
        }
        return Operand(expression: bound, span: expression.span)
    }
}
