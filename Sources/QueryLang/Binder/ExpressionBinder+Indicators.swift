import Columnar

extension ExpressionBinder {
    /// The call that an expression is, if it is one of an indicator that expands to several columns, with its OVER; else nil.
    static func indicatorExpansion(_ expression: Expression) -> (call: ResolvedCall, over: WindowClause?)? {
        guard case .call(let call) = expression.kind, let resolved = try? resolve(call, span: expression.span),
            case .indicator(_, output: nil) = resolved.signature.function
        else { return nil }
        return (resolved, call.window)
    }

    /// Binds a call of an indicator; one expression for each of its columns.
    mutating func indicatorColumns(
        _ call: ResolvedCall,
        over clause: WindowClause?,
        span: SourceSpan
    ) throws(QueryError) -> [BoundExpression] {
        if let clause { return try windowColumns(call, over: clause, span: span) }
        return try indicatorPerSeries(call, span: span)
    }

    /// Binds a call of an indicator without OVER.
    mutating func indicatorPerSeries(_ call: ResolvedCall, span: SourceSpan) throws(QueryError) -> [BoundExpression] {
        guard case .indicator(let function, let output) = call.signature.function else { return [] }
        try checkWindowPlace(call.signature.name, span: span)
        let draft = WindowParts(partition: [], order: [], frame: .whole, implied: .partitionAndOrder, span: span)
        return try indicator(function, output, call, draft)
    }

    /// Binds inputs and constants: one expression for the output, or one for each if it is nil.
    mutating func indicator(
        _ function: IndicatorFunction,
        _ output: Int?,
        _ call: ResolvedCall,
        _ draft: WindowParts
    ) throws(QueryError) -> [BoundExpression] {
        guard let indicator = IndicatorCatalog.indicator(function) else { return [] }
        let outer = place
        place = .window(call.signature.name)
        defer { place = outer }
        let operands = try arguments(of: call, span: draft.span)
        let inputs = operands.prefix(indicator.inputs.count).map(\.expression)
        let constants = operands.dropFirst(indicator.inputs.count)
        var values: [Double] = []
        for (index, parameter) in indicator.parameters.enumerated() {
            guard index < constants.count else {
                values.append(parameter.default)
                continue
            }
            values.append(try value(of: parameter, constants[constants.startIndex + index], call.signature))
        }
        return (output.map { [$0] } ?? Array(indicator.outputs.indices)).map { output in
            let bound = IndicatorCall(function: function, parameters: values, output: output)
            return window(.indicator(bound), inputs, indicator.type, draft)
        }
    }

    /// The constant that an argument is, in the range of its parameter.
    private func value(
        of parameter: IndicatorSignature.Parameter,
        _ operand: Operand,
        _ signature: FunctionSignature
    ) throws(QueryError) -> Double {
        switch (parameter.values, operand.expression.constant) {
        case (.whole(let range), .int64(let value)):
            if let number = Int(exactly: value), range.contains(number) { return Double(number) }
        case (.real(let range), .int64(let value)):
            if range.contains(Double(value)) { return Double(value) }
        case (.real(let range), .float64(let value)):
            if range.contains(value) { return value }
        case (.average, .int64(let value)):
            if let kind = Int(exactly: value).flatMap(AverageKind.init(rawValue:)) { return Double(kind.rawValue) }
        case (.average, .text(let name)):
            if let kind = AverageKind(named: name) { return Double(kind.rawValue) }
        default: break
        }
        throw QueryError(
            .semantic,
            "\(parameter.name) of \(signature.name)() is a constant, \(parameter.valuesText)",
            at: operand.span,
            hint: "it is \(signature.text)"
        )
    }
}

extension IndicatorSignature.Parameter {
    /// What values it can have, for messages.
    fileprivate var valuesText: String {
        switch values {
        case .whole(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .real(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .average: "one of " + AverageKind.allCases.map { "'\($0.name)'" }.joined(separator: ", ")
        }
    }
}
