import Columnar

extension ExpressionBinder {
    /// A call with the function that it means, and the expressions that it is called with.
    struct ResolvedCall {
        let signature: FunctionSignature
        let arguments: [Expression]
        /// The name as the text has it.
        var writtenName: String?
        /// IGNORE NULLS or RESPECT NULLS.
        var nulls: FunctionCall.NullTreatment?
        /// FILTER (WHERE …).
        var filter: Expression?
    }

    /// Finds the function of a call, `count(*)` and `count(DISTINCT x)` included.
    static func resolve(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> ResolvedCall {
        var resolved = try resolveFunction(call, span: span)
        resolved.writtenName = call.name.name
        resolved.nulls = call.nulls
        resolved.filter = call.filter
        try checkModifiers(resolved, span: span)
        return resolved
    }

    private static func resolveFunction(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> ResolvedCall {
        let signature = try signature(of: call.name)
        switch call.arguments {
        case .list(let arguments):
            return ResolvedCall(signature: signature, arguments: arguments)
        case .all:
            guard signature.function == .aggregate(.count) else {
                throw QueryError(.semantic, "only count takes *", at: span)
            }
            return ResolvedCall(signature: signature, arguments: [])
        case .distinct(let argument):
            guard signature.function == .aggregate(.count) else {
                throw QueryError(.semantic, "only count takes DISTINCT", at: span)
            }
            let name = Identifier(distinctCount, span: call.name.span)
            return ResolvedCall(signature: try self.signature(of: name), arguments: [argument])
        }
    }

    /// The function that `count(DISTINCT x)` is another spelling of.
    static let distinctCount = "count_distinct"

    private static func signature(of name: Identifier) throws(QueryError) -> FunctionSignature {
        if let signature = FunctionCatalog.function(named: name.name) ?? WindowCatalog.function(named: name.name)
            ?? IndicatorCatalog.function(named: name.name)
        {
            return signature
        }
        if let function = BucketFunction(named: name.name), function.isOwnName {
            throw QueryError(
                .semantic,
                "\(function.rawValue)() gives columns of its own, so it can only be an item of the select list",
                at: name.span,
                hint: "it is \(function.text); a query around it can compute with its columns"
            )
        }
        let names =
            (FunctionCatalog.all + WindowCatalog.all + IndicatorCatalog.signatures).map(\.name)
            + MicrostructureCatalog.bookNames + BucketFunction.own.map(\.rawValue)
        let near = NearestName.find(name.name, among: names)
        throw QueryError(
            .unknownFunction,
            "unknown function '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            // There are too many to list all.
            expected: near.map { [$0] } ?? [],
            hint: near.map { "did you mean '\($0)'?" } ?? "SHOW FUNCTIONS lists the functions"
        )
    }

    /// Binds a call that gives one value.
    mutating func call(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> BoundExpression {
        if let ofBook = try bookCall(call, span: span) { return ofBook }
        if dialect == .questdb, let value = try questDBCall(call, span: span) { return value }
        let call = dialect == .questdb ? QuestDBRules.renamed(call) : call
        let resolved = try resolved(call, span: span)
        if let window = call.window { return try self.window(resolved, over: window, span: span) }
        return try plainCall(resolved, span: span)
    }

    /// A call without OVER; a function of its own, so that calls with OVER need no place for its values on the stack.
    private mutating func plainCall(_ resolved: ResolvedCall, span: SourceSpan) throws(QueryError) -> BoundExpression {
        switch resolved.signature.function {
        case .scalar(let function):
            let value = try scalar(function, resolved.signature, arguments(of: resolved, span: span), span: span)
            return dialect == .questdb && QuestDBRules.isPartial(function) ? QuestDBRules.finite(value) : value
        case .aggregate(let function):
            try checkIsSingle(resolved.signature, span: span)
            return try aggregate(function, resolved, span: span)[0]
        case .window(let function):
            return try windowPerSeries(function, resolved, span: span)
        case .indicator:
            try checkIsSingle(resolved.signature, span: span)
            return try indicatorPerSeries(resolved, span: span)[0]
        }
    }

    /// The function of a call; if there is none, what is wrong with the arguments is told besides.
    private mutating func resolved(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> ResolvedCall {
        do throws(QueryError) {
            return try ExpressionBinder.resolve(call, span: span)
        } catch {
            var errors = QueryErrors()
            if error.code == .unknownFunction, case .list(let arguments) = call.arguments {
                do throws(QueryError) {
                    let operands = try operands(arguments)
                    errors.add(unknown(error, call, operands))
                } catch let second {
                    errors.add(error)
                    errors.add(second)
                }
            } else {
                errors.add(error)
            }
            try errors.check()
            throw error
        }
    }

    func checkIsSingle(_ signature: FunctionSignature, span: SourceSpan) throws(QueryError) {
        guard !signature.columns.isEmpty else { return }
        let columns = signature.columns.joined(separator: ", ")
        throw QueryError(
            .semantic,
            "\(signature.name)() expands to several columns (\(columns)), so it cannot stand within an expression",
            at: span,
            hint: hintOfColumns(signature)
        )
    }

    private func hintOfColumns(_ signature: FunctionSignature) -> String {
        guard case .indicator = signature.function, let column = signature.columns.first else {
            return "it can be an item of the select list"
        }
        return "it can be an item of the select list; \(signature.name)_\(column)(…) gives one of them"
    }

    // MARK: Arguments

    /// Binds the arguments of a call, as many and of such types as its function takes.
    mutating func arguments(of call: ResolvedCall, span: SourceSpan) throws(QueryError) -> [Operand] {
        let signature = call.signature
        try checkCount(call, span: span)
        var operands = try self.operands(call.arguments)
        for index in operands.indices {
            var operand = operands[index]
            let parameter = signature.parameters[min(index, signature.parameters.count - 1)]
            if operand.expression.isNullConstant, !parameter.accepts.accepts(operand.type) {
                operand.expression = .null(parameter.accepts.nullType)
            }
            if parameter.accepts == .timestamp {
                operand.expression = try TypeRules.converted(operand, to: .timestamp) ?? operand.expression
            }
            guard parameter.accepts.accepts(operand.type) else {
                throw wrongType(operand, parameter, call, operands, span: span)
            }
            operands[index] = operand
        }
        return operands
    }

    /// Refuses a call with too few arguments, or too many.
    private mutating func checkCount(_ call: ResolvedCall, span: SourceSpan) throws(QueryError) {
        let signature = call.signature
        let isTooLong = call.arguments.count > signature.parameters.count && !signature.isVariadic
        guard call.arguments.count < signature.requiredCount || isTooLong else { return }
        let count = "\(call.arguments.count) argument\(call.arguments.count == 1 ? "" : "s")"
        let error = QueryError(
            .semantic,
            "\(signature.name)() does not take \(count)",
            at: span,
            hint: "it is \(signature.text)"
        )
        guard dialect == .questdb else { throw error }
        let operands = try operands(call.arguments)
        throw mismatch(error, call, operands, at: span.start)
    }

    private func wrongType(
        _ operand: Operand,
        _ parameter: FunctionSignature.Parameter,
        _ call: ResolvedCall,
        _ operands: [Operand],
        span: SourceSpan
    ) -> QueryError {
        let error = QueryError(
            .type,
            "\(call.signature.name)() takes \(parameter.accepts.rawValue), not \(operand.type.name)",
            at: operand.span,
            hint: "it is \(call.signature.text)"
        )
        return mismatch(error, call, operands, at: span.start)
    }
}
