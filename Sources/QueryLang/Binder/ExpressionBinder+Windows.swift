import Columnar

extension ExpressionBinder {
    /// Binds a call with OVER.
    mutating func window(
        _ call: ResolvedCall,
        over clause: WindowClause,
        span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        let name = call.signature.name
        let usesFrame: Bool
        switch call.signature.function {
        case .scalar:
            throw QueryError(
                .semantic,
                "\(name)() looks at one row alone, so it takes no OVER",
                at: clause.span
            )
        case .aggregate:
            try checkIsSingle(call.signature, span: span)
            usesFrame = true
        case .window: usesFrame = false
        }
        try checkPlace(name, span: span)
        if let frame = clause.frame, !usesFrame {
            throw QueryError(.semantic, "\(name)() takes no frame", at: frame.span)
        }
        var partition: [BoundExpression] = []
        for term in clause.partition { partition.append(try bind(term, in: .window(name))) }
        var order: [WindowOrder] = []
        for term in clause.order {
            let expression = try bind(term.expression, in: .window(name))
            order.append(WindowOrder(expression: expression, isDescending: term.isDescending))
        }
        let (frame, needsTime) = try FrameRules.frame(clause, order: order.map(\.expression))
        let draft = Draft(
            partition: partition,
            order: order,
            frame: usesFrame ? frame : .whole,
            implied: needsTime ? .order : .nothing,
            span: span
        )
        return try value(of: call, draft)
    }

    /// Binds a call without OVER.
    mutating func windowPerSeries(
        _ function: WindowCatalog.Name,
        _ call: ResolvedCall,
        span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        let name = call.signature.name
        guard function.standsAlone else {
            throw QueryError(
                .semantic,
                "\(name)() needs OVER",
                at: span,
                hint: "for example \(call.signature.text) OVER (PARTITION BY … ORDER BY …)"
            )
        }
        try checkPlace(name, span: span)
        return try value(
            of: call,
            Draft(partition: [], order: [], frame: .whole, implied: .partitionAndOrder, span: span)
        )
    }

    private func checkPlace(_ name: String, span: SourceSpan) throws(QueryError) {
        switch place {
        case .selectList, .orderBy: return
        case .window, .aggregate, .join, .filter, .groupBy, .having:
            throw QueryError(
                .semantic,
                "\(name)() over a window \(place.cannotStand)",
                at: span,
                hint: "compute it in a sub-query"
            )
        }
    }

    // MARK: Functions

    /// All of a call but its function.
    private struct Draft {
        var partition: [BoundExpression]
        var order: [WindowOrder]
        var frame: WindowFrame
        var implied: WindowDraft.Implied
        var span: SourceSpan
    }

    private mutating func value(of call: ResolvedCall, _ draft: Draft) throws(QueryError) -> BoundExpression {
        let name = call.signature.name
        let function: WindowCatalog.Name
        switch call.signature.function {
        case .aggregate(let aggregate):
            let (bound, type) = try aggregateCall(aggregate, call, in: .window(name), span: draft.span)
            return window(.aggregate(aggregate), bound.arguments, type, draft)
        case .window(let window): function = window
        case .scalar: return .null(.string)
        }
        let outer = place
        place = .window(name)
        let operands = try arguments(of: call, span: draft.span)
        place = outer
        return try value(of: function, call.signature, operands, draft)
    }

    private mutating func value(
        of function: WindowCatalog.Name,
        _ signature: FunctionSignature,
        _ operands: [Operand],
        _ draft: Draft
    ) throws(QueryError) -> BoundExpression {
        guard let first = operands.first else { return window(.rowNumber, [], .int64, draft) }
        let (value, type) = (first.expression, first.type)
        switch function {
        case .lag, .lead:
            let offset = try count(operands, signature, least: 0)
            var arguments = [value]
            if operands.count > 2 { arguments.append(try defaultValue(operands[2], of: type, signature)) }
            return window(function == .lag ? .lag(offset: offset) : .lead(offset: offset), arguments, type, draft)
        case .diff:
            let offset = try count(operands, signature, least: 1)
            guard type == .timestamp else { return window(.difference(offset: offset), [value], type, draft) }
            let before = window(.lag(offset: offset), [value], type, draft)
            return .binary(.subtract, value, before, .int64)
        case .cumsum: return window(.cumulativeSum, [value], type, draft)
        case .sma:
            let count = try count(operands, signature, least: 1)
            return window(.simpleMovingAverage(count: count), [value], .float64, draft)
        case .ema:
            let count = try count(operands, signature, least: 1)
            return window(.exponentialMovingAverage(count: count), [value], .float64, draft)
        case .rowNumber: return window(.rowNumber, [], .int64, draft)
        }
    }

    private mutating func window(
        _ function: WindowFunction,
        _ arguments: [BoundExpression],
        _ type: ColumnType,
        _ draft: Draft
    ) -> BoundExpression {
        let call = WindowCall(
            function: function,
            arguments: arguments,
            partition: draft.partition,
            order: draft.order,
            frame: draft.frame,
            type: type
        )
        let index = windows.index(of: WindowDraft(call: call, implied: draft.implied))
        if index == windowSpans.count { windowSpans.append(draft.span) }
        return .window(index, type)
    }

    // MARK: Arguments

    /// The second argument: a constant, 1 if it is absent.
    private func count(
        _ operands: [Operand],
        _ signature: FunctionSignature,
        least: Int
    ) throws(QueryError) -> Int {
        guard operands.count > 1 else { return 1 }
        guard case .int64(let count) = operands[1].expression.constant, let rows = Int(exactly: count), rows >= least
        else {
            throw QueryError(
                .semantic,
                "\(signature.name)() takes a constant number of rows, \(least) or more",
                at: operands[1].span,
                hint: "it is \(signature.text)"
            )
        }
        return rows
    }

    private func defaultValue(
        _ operand: Operand,
        of type: ColumnType,
        _ signature: FunctionSignature
    ) throws(QueryError) -> BoundExpression {
        if let value = try TypeRules.converted(operand, to: type) { return value }
        let types = "\(type.name) and \(operand.typeName)"
        throw QueryError(.type, "\(signature.name)() does not take \(types) together", at: operand.span)
    }
}
