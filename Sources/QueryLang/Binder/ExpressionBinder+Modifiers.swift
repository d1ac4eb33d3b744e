import Columnar

extension ExpressionBinder {
    /// Refuses IGNORE NULLS, RESPECT NULLS and FILTER where they mean nothing.
    static func checkModifiers(_ call: ResolvedCall, span: SourceSpan) throws(QueryError) {
        let name = call.signature.name
        if let nulls = call.nulls {
            let treatsNulls =
                if case .window(let function) = call.signature.function { function.treatsNulls } else { false }
            let isAggregate = if case .aggregate = call.signature.function { true } else { false }
            guard treatsNulls || isAggregate && nulls == .ignore else {
                throw QueryError(
                    .semantic,
                    "\(name)() takes no \(nulls.rawValue) NULLS",
                    at: span,
                    hint: isAggregate
                        ? "aggregates skip nulls" : "first_value, last_value, nth_value, lag and lead do"
                )
            }
        }
        if let filter = call.filter, case .scalar = call.signature.function {
            throw QueryError(.semantic, "only aggregates take FILTER, and \(name)() is none", at: filter.span)
        }
    }

    /// The condition of a FILTER, bound where the arguments of the call are.
    mutating func bound(_ filter: Expression?, _ name: String) throws(QueryError) -> BoundExpression? {
        guard let filter else { return nil }
        let outer = place
        defer { place = outer }
        switch place {
        case .window, .aggregate: break
        default: place = .window(name)
        }
        let condition = try operand(filter)
        let truth = try TypeRules.boolean(condition, of: "FILTER")
        return truth == .boolean(true) ? nil : truth
    }
}
