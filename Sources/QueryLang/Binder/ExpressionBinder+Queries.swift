import Columnar

extension ExpressionBinder {
    /// A query in an expression. It sees nothing of the rows around it.
    func subquery(_ select: SelectStatement, at span: SourceSpan) throws(QueryError) -> BoundSelect {
        guard let queries else {
            throw QueryError(.semantic, "a sub-query \(place.cannotStand)", at: span)
        }
        return try queries.within(scope).bind(select)
    }

    /// `(SELECT …)`: one value.
    func query(_ select: SelectStatement, at span: SourceSpan) throws(QueryError) -> BoundExpression {
        let bound = try subquery(select, at: span)
        try checkIsOneColumn(bound, "a sub-query that stands for a value", at: span)
        return .query(BoundSubquery(.value, bound, span: span))
    }

    /// `operand [NOT] IN (SELECT …)`.
    mutating func inQuery(
        _ operand: Expression,
        _ select: SelectStatement,
        isNegated: Bool,
        at span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        let value = try self.operand(operand)
        let bound = try subquery(select, at: span)
        try checkIsOneColumn(bound, "the sub-query of IN", at: span)
        let type = bound.columns[0].type
        let areComparable =
            value.type == type || value.type.isNumeric && type.isNumeric || value.type.isText && type.isText
            || value.expression.isNullConstant || bound.isNull(0)
        guard areComparable else {
            throw QueryError(
                .type,
                "cannot compare \(value.typeName) with the \(type.name) that the sub-query gives",
                at: span
            )
        }
        return .query(BoundSubquery(.contains(value.expression, isNegated: isNegated), bound, span: span))
    }

    private func checkIsOneColumn(_ select: BoundSelect, _ what: String, at span: SourceSpan) throws(QueryError) {
        guard select.columns.count != 1 else { return }
        throw QueryError(
            .semantic,
            "\(what) must give one column, not \(select.columns.count)",
            at: span,
            hint: "name the column that is meant"
        )
    }

    /// The error for a name that only a query around this one knows; nil if none does.
    func correlated(_ name: Identifier, of qualifier: Identifier? = nil) -> QueryError? {
        let isKnown = (queries?.outerScopes ?? []).contains { outer in
            guard let qualifier else { return outer.meaning(of: name.name, among: outer.columns.count) != .nothing }
            return outer.relation(named: qualifier.name).map { outer.column(named: name.name, of: $0) != nil } ?? false
        }
        guard isKnown else { return nil }
        let shown = QueryDiagnostic.shortened(name.name)
        return QueryError(
            .semantic,
            "'\(shown)' is a column of the query around this one, whose rows a sub-query does not see",
            at: qualifier.map { $0.span.union(name.span) } ?? name.span,
            hint: "join the two, or compute the value in a sub-query of FROM"
        )
    }
}
