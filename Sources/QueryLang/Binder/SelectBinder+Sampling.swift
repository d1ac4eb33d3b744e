import Columnar

extension SelectBinder {
    /// SAMPLE BY with its FILL; `uses` are the aggregates of the select list in their order.
    func sampling(uses: [Int]) throws(QueryError) -> Sampling? {
        guard let clause = select.sampleBy, var sampling = sampleRange?.sampling else { return nil }
        sampling.fills = try fills(clause, uses: uses)
        return sampling
    }

    private func fills(_ clause: SampleClause, uses: [Int]) throws(QueryError) -> [Sampling.Fill] {
        guard clause.fills.count > 1 else {
            guard let fill = clause.fills.first, fill.kind != .none else { return [] }
            var fills: [Sampling.Fill] = []
            let selected = Set(uses)
            for index in 0..<binder.aggregates.count {
                // What HAVING or ORDER BY alone asks for need not be of a type that can be filled so.
                fills.append(selected.contains(index) ? try bound(fill, index) : (try? bound(fill, index)) ?? .null)
            }
            return fills
        }
        guard clause.fills.count == uses.count else {
            throw QueryError(
                .semantic,
                "FILL has \(clause.fills.count) values for \(uses.count) aggregate\(uses.count == 1 ? "" : "s")",
                at: clause.fills[0].span.union(clause.fills[clause.fills.count - 1].span),
                hint: "give one for all of them, or one for each in the order of the select list"
            )
        }
        // What HAVING or ORDER BY alone asks for has no value of its own.
        var fills = [Sampling.Fill](repeating: .null, count: binder.aggregates.count)
        for (use, fill) in zip(uses, clause.fills) { fills[use] = try bound(fill, use) }
        return fills
    }

    /// How to fill the aggregate at `index`.
    private func bound(_ fill: SampleClause.Fill, _ index: Int) throws(QueryError) -> Sampling.Fill {
        let name = binder.aggregates.elements[index].function.rawValue
        let type = binder.aggregateTypes[index]
        switch fill.kind {
        case .none:
            throw QueryError(.semantic, "FILL(NONE) stands alone: it is about whole buckets", at: fill.span)
        case .null: return .null
        case .previous: return .previous
        case .linear:
            guard type.isNumeric || type == .timestamp else {
                throw QueryError(
                    .type,
                    "FILL(LINEAR) takes numbers and timestamps, and \(name)() gives \(type.name)",
                    at: fill.span,
                    hint: "give each aggregate a value of its own, for example PREV"
                )
            }
            return .linear
        case .constant(let expression):
            let constant = try constant(expression)
            guard let value = try TypeRules.converted(constant, to: type)?.constant else {
                throw QueryError(
                    .type,
                    "cannot fill \(name)(), which gives \(type.name), with \(constant.typeName)",
                    at: fill.span
                )
            }
            return .value(value)
        }
    }

    private func constant(_ expression: Expression) throws(QueryError) -> Operand {
        guard let (literal, isNegated) = expression.signedLiteral else {
            throw QueryError(.syntax, "FILL takes constants only", at: expression.span)
        }
        let bound = try ExpressionBinder.bound(literal, isNegated: isNegated, expression.span)
        return Operand(expression: bound, span: expression.span)
    }
}
