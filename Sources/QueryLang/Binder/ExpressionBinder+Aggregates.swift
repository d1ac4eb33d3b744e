import Columnar

extension ExpressionBinder {
    /// The call that an expression is, if it is one of an aggregate that expands to several columns; else nil.
    static func expansion(_ expression: Expression) -> (function: AggregateFunction, call: ResolvedCall)? {
        guard case .call(let call) = expression.kind, call.window == nil,
            let resolved = try? resolve(call, span: expression.span), !resolved.signature.columns.isEmpty,
            case .aggregate(let function) = resolved.signature.function
        else { return nil }
        return (function, resolved)
    }

    /// Binds a call of an aggregate; one expression for each of its columns.
    mutating func aggregate(
        _ function: AggregateFunction,
        _ call: ResolvedCall,
        span: SourceSpan
    ) throws(QueryError) -> [BoundExpression] {
        switch place {
        case .selectList, .having, .orderBy, .window: break
        case .join, .filter, .groupBy, .aggregate, .values:
            let error = QueryError(.semantic, "\(call.signature.name)() \(place.cannotStand)", at: span)
            switch place {
            case .aggregate: throw error.inQuestDB("Aggregate function cannot be passed as an argument")
            case .groupBy: throw error.inQuestDB("aggregate functions are not allowed in GROUP BY")
            default: throw error
            }
        }
        let (bound, type) = try aggregateCall(function, call, in: .aggregate(call.signature.name), span: span)
        let outputCount = Swift.max(call.signature.columns.count, 1)
        if scope.windowedFrom != nil {
            return try joinOutputs(bound, call.signature, type, count: outputCount, span: span)
        }
        let isRepeated = keepsRepeats && place != .orderBy && place != .having
        let index = isRepeated ? aggregates.append(bound) : aggregates.index(of: bound)
        if index == aggregateTypes.count { aggregateTypes.append(type) }
        aggregateUses.append(index)
        return (0..<outputCount).map { .aggregate(index, output: $0, type) }
    }

    /// The call with its arguments bound in `place`, and the type of its outputs.
    mutating func aggregateCall(
        _ function: AggregateFunction,
        _ call: ResolvedCall,
        in place: Place,
        span: SourceSpan
    ) throws(QueryError) -> (AggregateCall, ColumnType) {
        let outer = self.place
        self.place = place
        defer { self.place = outer }
        var operands = try arguments(of: call, span: span)
        try MicrostructureCatalog.checkConstants(function, operands, call.signature)
        // count(1) counts rows, as count() does.
        if function == .count { operands.removeAll { $0.expression.constant.map { !$0.isNull } ?? false } }
        let type =
            switch call.signature.result {
            case .fixed(let type): type
            case .firstArgument, .common: operands.first?.type ?? .int64
            }
        if function == .vwap, dialect == .questdb, operands.count == 2 { operands[1] = try positive(operands[1]) }
        var arguments = operands.map(\.expression)
        let filter = try bound(call.filter, call.signature.name)
        // What counts rows counts those of a value that FILTER takes away.
        if filter != nil, arguments.isEmpty { arguments = [.boolean(true)] }
        return (AggregateCall(function: function, arguments: arguments, filter: filter), type)
    }

    /// The number where it is above zero, else NULL: QuestDB leaves other sizes out.
    private func positive(_ size: Operand) throws(QueryError) -> Operand {
        let zero = Operand(expression: .literal(.int64(0), .int64), span: size.span)
        let isPositive = try TypeRules.compare(.greater, size, zero)
        let value = Self.choice([(isPositive, size.expression)], otherwise: .null(size.type), size.type)
        return Operand(expression: value, span: size.span)
    }

    /// The columns that a WINDOW JOIN gives for an aggregate of its right side.
    private mutating func joinOutputs(
        _ call: AggregateCall,
        _ signature: FunctionSignature,
        _ type: ColumnType,
        count: Int,
        span: SourceSpan
    ) throws(QueryError) -> [BoundExpression] {
        var namesRight = call.arguments.isEmpty
        if call.filter != nil {
            throw QueryError(
                .semantic,
                "FILTER cannot stand with the aggregates of a WINDOW JOIN",
                at: span,
                hint: "filter the right side in a sub-query"
            )
        }
        for argument in call.arguments {
            argument.forEachColumn { index, _ in namesRight = namesRight || index >= scope.visibleCount }
        }
        guard namesRight else {
            throw QueryError(
                .semantic,
                "with a WINDOW JOIN \(signature.name)() takes a column of its right side",
                at: span,
                hint: "an outer SELECT can aggregate the rows of the join"
            )
        }
        let index = joinAggregates.index(of: call)
        if index == joinOutputStarts.count {
            joinOutputStarts.append(joinOutputTypes.count)
            joinOutputTypes += Array(repeating: type, count: count)
        }
        let first = scope.visibleCount + joinOutputStarts[index]
        return (0..<count).map { .column(first + $0, type) }
    }
}
