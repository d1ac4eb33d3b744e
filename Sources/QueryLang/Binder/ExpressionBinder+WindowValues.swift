import Columnar

extension ExpressionBinder {
    /// The value of a window call whose partition, order and frame are bound.
    mutating func value(of call: ResolvedCall, _ parts: WindowParts) throws(QueryError) -> BoundExpression {
        let name = call.signature.name
        let function: WindowCatalog.Name
        switch call.signature.function {
        case .aggregate(let aggregate):
            let (bound, type) = try aggregateCall(aggregate, call, in: .window(name), span: parts.span)
            return window(.aggregate(aggregate), bound.arguments, type, parts, filter: bound.filter)
        case .window(let window): function = window
        case .scalar, .indicator: return .null(.string)
        }
        let outer = place
        place = .window(name)
        let operands = try arguments(of: call, span: parts.span)
        place = outer
        if let filter = call.filter, function != .compensatedSum {
            throw QueryError(.semantic, "only aggregates take FILTER, and \(name)() is none", at: filter.span)
        }
        guard let first = operands.first else { return window(ranking(function), [], call.resultType, parts) }
        let type = first.type
        switch function {
        case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution:
            return window(ranking(function), [], call.resultType, parts)
        case .tile:
            let count = try count(first, call.signature, least: 1)
            return window(.tile(count: count), [], .int64, parts)
        case .firstValue: return window(call.ignoresNulls ? .aggregate(.first) : .firstValue, operands, type, parts)
        case .lastValue: return window(call.ignoresNulls ? .aggregate(.last) : .lastValue, operands, type, parts)
        case .nthValue:
            let number = try count(operands[1], call.signature, least: 1)
            let function: WindowFunction =
                call.ignoresNulls ? .nthPresentValue(number: number) : .nthValue(number: number)
            return window(function, [first], type, parts)
        case .compensatedSum:
            let number = try TypeRules.arithmetic(.multiply, first, Operand(expression: .one, span: first.span))
            return window(.aggregate(.sum), [number], .float64, parts, filter: try bound(call.filter, name))
        case .lag, .lead, .diff, .cumsum, .sma, .ema: return try step(function, call, operands, parts)
        }
    }

    private mutating func window(
        _ function: WindowFunction,
        _ operands: [Operand],
        _ type: ColumnType,
        _ parts: WindowParts
    ) -> BoundExpression {
        window(function, operands.map(\.expression), type, parts)
    }

    private func ranking(_ function: WindowCatalog.Name) -> WindowFunction {
        switch function {
        case .rank: .rank
        case .denseRank: .denseRank
        case .percentRank: .percentRank
        case .cumulativeDistribution: .cumulativeDistribution
        default: .rowNumber
        }
    }

    /// The value of a function that looks at one row after the other.
    private mutating func step(
        _ function: WindowCatalog.Name,
        _ call: ResolvedCall,
        _ operands: [Operand],
        _ parts: WindowParts
    ) throws(QueryError) -> BoundExpression {
        let (first, signature) = (operands[0], call.signature)
        let (value, type) = (first.expression, first.type)
        let second = operands.count > 1 ? operands[1] : nil
        switch function {
        case .lag, .lead:
            let offset = try count(second, signature, least: 0)
            var arguments = [value]
            if operands.count > 2 { arguments.append(try defaultValue(operands[2], of: type, signature)) }
            let function: WindowFunction =
                switch (function, call.ignoresNulls) {
                case (.lag, false): .lag(offset: offset)
                case (.lag, true): .presentLag(offset: offset)
                case (_, false): .lead(offset: offset)
                case (_, true): .presentLead(offset: offset)
                }
            return window(function, arguments, type, parts)
        case .diff:
            let offset = try count(second, signature, least: 1)
            guard type == .timestamp else { return window(.difference(offset: offset), [value], type, parts) }
            let before = window(.lag(offset: offset), [value], type, parts)
            return .binary(.subtract, value, before, .int64)
        case .cumsum: return window(.cumulativeSum, [value], type, parts)
        case .sma:
            let count = try count(second, signature, least: 1)
            return window(.simpleMovingAverage(count: count), [value], .float64, parts)
        default:
            let count = try count(second, signature, least: 1)
            return window(.exponentialMovingAverage(count: count), [value], .float64, parts)
        }
    }

    // MARK: Arguments

    /// A number of rows: a constant, 1 if it is absent.
    private func count(
        _ operand: Operand?,
        _ signature: FunctionSignature,
        least: Int
    ) throws(QueryError) -> Int {
        guard let operand else { return 1 }
        guard case .int64(let count) = operand.expression.constant, let rows = Int(exactly: count), rows >= least
        else {
            throw QueryError(
                .semantic,
                "\(signature.name)() takes a constant number of rows, \(least) or more",
                at: operand.span,
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

extension ExpressionBinder.ResolvedCall {
    /// Whether nulls are to be passed over where a value is picked.
    fileprivate var ignoresNulls: Bool { nulls == .ignore }

    /// The type of the value of a call without arguments.
    fileprivate var resultType: ColumnType {
        if case .fixed(let type) = signature.result { type } else { .int64 }
    }
}

extension BoundExpression {
    /// What turns an int64 that it multiplies into a float64, and changes no float64.
    fileprivate static let one = BoundExpression.literal(.float64(1), .float64)
}
