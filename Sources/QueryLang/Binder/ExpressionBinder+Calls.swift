import Columnar

extension ExpressionBinder {
    /// A call with the function that it means, and the expressions that it is called with.
    struct ResolvedCall {
        let signature: FunctionSignature
        let arguments: [Expression]
    }

    /// Finds the function of a call, `count(*)` and `count(DISTINCT x)` included.
    static func resolve(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> ResolvedCall {
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
        if let signature = FunctionCatalog.function(named: name.name) ?? WindowCatalog.function(named: name.name) {
            return signature
        }
        let names = (FunctionCatalog.all + WindowCatalog.all).map(\.name)
        let near = NearestName.find(name.name, among: names).map { "did you mean '\($0)'?" }
        throw QueryError(
            .unknownFunction,
            "unknown function '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            expected: names,
            hint: near ?? "the functions are " + names.joined(separator: ", ")
        )
    }

    /// Binds a call that gives one value.
    mutating func call(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> BoundExpression {
        let resolved = try ExpressionBinder.resolve(call, span: span)
        if let window = call.window { return try self.window(resolved, over: window, span: span) }
        switch resolved.signature.function {
        case .scalar(let function):
            return try scalar(function, resolved.signature, arguments(of: resolved, span: span))
        case .aggregate(let function):
            try checkIsSingle(resolved.signature, span: span)
            return try aggregate(function, resolved, span: span)[0]
        case .window(let function):
            return try windowPerSeries(function, resolved, span: span)
        }
    }

    func checkIsSingle(_ signature: FunctionSignature, span: SourceSpan) throws(QueryError) {
        guard !signature.columns.isEmpty else { return }
        let columns = signature.columns.joined(separator: ", ")
        throw QueryError(
            .semantic,
            "\(signature.name)() expands to several columns (\(columns)), so it cannot stand within an expression",
            at: span,
            hint: "it can be an item of the select list"
        )
    }

    // MARK: Scalars

    private func scalar(
        _ function: ScalarFunction,
        _ signature: FunctionSignature,
        _ operands: [Operand]
    ) throws(QueryError) -> BoundExpression {
        switch signature.result {
        case .fixed(let type): return .call(function, operands.map(\.expression), type)
        case .firstArgument: return .call(function, operands.map(\.expression), operands.first?.type ?? .float64)
        case .common: return try common(function, operands)
        }
    }

    /// A call whose arguments are all turned into the type that they have in common.
    private func common(_ function: ScalarFunction, _ operands: [Operand]) throws(QueryError) -> BoundExpression {
        let typed = operands.filter { !$0.expression.isNullConstant }
        // A type that a column brings wins over that of a constant, which can be turned into it.
        guard var leader = typed.first(where: { $0.expression.constant == nil }) ?? typed.first else {
            return .null(operands.first?.type ?? .string)
        }
        if leader.type == .int64, let double = typed.first(where: { $0.type == .float64 }) { leader = double }
        var arguments: [BoundExpression] = []
        for operand in operands {
            guard let (argument, _) = try TypeRules.unified(operand, leader) else {
                let types = "\(leader.typeName) and \(operand.typeName)"
                throw QueryError(.type, "\(function.rawValue)() does not take \(types) together", at: operand.span)
            }
            arguments.append(argument)
        }
        return .call(function, arguments, leader.type)
    }

    // MARK: Arguments

    /// Binds the arguments of a call, as many and of such types as its function takes.
    mutating func arguments(of call: ResolvedCall, span: SourceSpan) throws(QueryError) -> [Operand] {
        let signature = call.signature
        let isTooLong = call.arguments.count > signature.parameters.count && !signature.isVariadic
        guard call.arguments.count >= signature.requiredCount, !isTooLong else {
            let count = "\(call.arguments.count) argument\(call.arguments.count == 1 ? "" : "s")"
            throw QueryError(
                .semantic,
                "\(signature.name)() does not take \(count)",
                at: span,
                hint: "it is \(signature.text)"
            )
        }
        var operands: [Operand] = []
        for (index, expression) in call.arguments.enumerated() {
            var operand = try operand(expression)
            let parameter = signature.parameters[min(index, signature.parameters.count - 1)]
            if operand.expression.isNullConstant, !parameter.accepts.accepts(operand.type) {
                operand.expression = .null(parameter.accepts == .integer ? .int64 : .float64)
            }
            guard parameter.accepts.accepts(operand.type) else {
                throw QueryError(
                    .type,
                    "\(signature.name)() takes \(parameter.accepts.rawValue), not \(operand.type.name)",
                    at: operand.span,
                    hint: "it is \(signature.text)"
                )
            }
            operands.append(operand)
        }
        return operands
    }
}
