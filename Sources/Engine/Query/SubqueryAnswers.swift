import Columnar
import QueryLang

/// Answers the queries in the expressions of a SELECT, before it is planned: what they give are constants then, which can
/// tell a scan what to read.
struct SubqueryAnswers {
    let snapshot: any TableSnapshot
    let worker: Worker

    /// The SELECT with all of its sub-queries answered, those in FROM included.
    func answered(_ select: BoundSelect) throws(QueryError) -> BoundSelect {
        guard select.hasSubquery else { return select }
        var select = select
        select.source = try select.source.mapQueries { query throws(QueryError) in try answered(query) }
        return try select.mapExpressions { expression throws(QueryError) in
            try expression.answering { query throws(QueryError) in try answer(query) }
        }
    }

    private func answer(_ query: BoundSubquery) throws(QueryError) -> BoundExpression {
        let select = try answered(query.select)
        let plan = PhysicalPlanner.plan(select, worker.context.options)
        let rows = try OperatorBuilder(snapshot: snapshot, worker: worker).stream(plan)
        switch query.question {
        case .exists: return .literal(.boolean(try rows.next() != nil), .boolean)
        case .value: return .literal(try value(rows, query), query.type)
        case .contains(let operand, let isNegated): return try list(rows, operand, isNegated: isNegated)
        }
    }

    /// The one value of a query; null of no rows.
    private func value(_ rows: any PhysicalOperator, _ query: BoundSubquery) throws(QueryError) -> Scalar {
        var value: Scalar?
        while let batch = try rows.next() {
            guard value == nil, batch.rowCount == 1 else {
                throw QueryError(
                    .semantic,
                    "the sub-query gives more than one row where one value is wanted",
                    at: query.span,
                    hint: "add LIMIT 1, take an aggregate such as max(), or write IN"
                )
            }
            value = batch.columns[0].scalar(at: 0)
        }
        return value ?? .null
    }

    /// Whether the operand is among the values of a query, as a list.
    private func list(
        _ rows: any PhysicalOperator,
        _ operand: BoundExpression,
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        var values: [Scalar] = []
        var seen: Set<Scalar> = []
        var seenTexts: Set<TextBytes> = []
        var hasNull = false
        var isEmpty = true
        while let batch = try rows.next() {
            isEmpty = false
            let held = values.count
            for row in 0..<batch.rowCount {
                let value = batch.columns[0].scalar(at: row)
                if value.isNull { hasNull = true }
                guard let value = Self.converted(value, to: operand.type) else { continue }
                // Text is equal by its bytes, not as `String` has it.
                let isNew =
                    if let text = value.text {
                        seenTexts.insert(TextBytes(text)).inserted
                    } else {
                        seen.insert(value).inserted
                    }
                if isNew { values.append(value) }
            }
            try worker.context.checkpoint()
            try worker.context.hold(bytes: (values.count - held) * Self.valueBytes)
        }
        let null = BoundExpression.literal(.null, .boolean)
        if isEmpty { return .literal(.boolean(isNegated), .boolean) }
        if case .literal(.null, _) = operand { return null }
        let isIn = BoundExpression.inList(operand, values, isNegated: isNegated)
        // `x IN (1, NULL)` is true or unknown, and its negation false or unknown.
        return hasNull ? .binary(isNegated ? .and : .or, isIn, null, .boolean) : isIn
    }

    /// Bytes that a value of a list takes: here, in the set of what was seen, and in that of who compares.
    private static let valueBytes = 3 * MemoryLayout<Scalar>.stride

    /// The value as one of the type of what is compared with it; nil if that can never equal it.
    private static func converted(_ value: Scalar, to type: ColumnType) -> Scalar? {
        switch (value, type) {
        case (.null, _): nil
        case (.int64(let integer), .float64): .float64(Double(integer))
        case (.float64(let double), .int64): Int64(exactly: double).map { .int64($0) }
        default: value
        }
    }
}

extension BoundSelect {
    /// Whether a query stands in an expression, here or in FROM.
    var hasSubquery: Bool {
        var found = false
        forEachExpression { if $0.hasSubquery { found = true } }
        guard !found else { return true }
        _ = source.mapQueries { query in
            if query.hasSubquery { found = true }
            return query
        }
        return found
    }
}
