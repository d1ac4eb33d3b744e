import Columnar

/// What QuestDB's dialect makes of calls, and of integers beside timestamps, which count microseconds there.
extension ExpressionBinder {
    /// Nanoseconds of a unit of a timestamp: 1 for a `TIMESTAMP_NS`, 1000 else.
    func unit(of time: BoundExpression) -> Int64 {
        let declared = declared(time)
        let isColumn = if case .column = time { true } else { false }
        return declared == .timestampNanos || declared == nil && isColumn ? 1 : 1000
    }

    /// `left symbol right`, arithmetic: with a timestamp on one side an integer is microseconds, and so is the difference of
    /// two.
    func questDBArithmetic(
        _ symbol: BinaryOperator,
        _ left: Operand,
        _ right: Operand
    ) throws(QueryError) -> BoundExpression? {
        switch (left.type, right.type) {
        case (.timestamp, .int64):
            return try TypeRules.arithmetic(symbol, left, scaled(right, by: unit(of: left.expression)))
        case (.int64, .timestamp):
            return try TypeRules.arithmetic(symbol, scaled(left, by: unit(of: right.expression)), right)
        case (.timestamp, .timestamp) where symbol == .subtract:
            let unit = min(unit(of: left.expression), unit(of: right.expression))
            let difference = try TypeRules.arithmetic(symbol, left, right)
            let span = left.span.union(right.span)
            guard unit != 1 else { return difference }
            return try TypeRules.arithmetic(.divide, Operand(expression: difference, span: span), number(unit, span))
        default: return nil
        }
    }

    /// Sides of a comparison, an integer beside a timestamp as nanoseconds.
    func questDBSides(_ left: Operand, _ right: Operand) throws(QueryError) -> (Operand, Operand) {
        switch (left.type, right.type) {
        case (.timestamp, .int64): (left, try scaled(right, by: unit(of: left.expression)))
        case (.int64, .timestamp): (try scaled(left, by: unit(of: right.expression)), right)
        default: (left, right)
        }
    }

    /// A value that is cast to a type of this name, if an integer and a timestamp meet; nil for all else.
    func questDBCast(_ operand: Operand, to name: String) throws(QueryError) -> Operand? {
        guard let type = DeclaredType(name: name) else { return nil }
        switch (operand.type, type) {
        case (.int64, .timestampMicros): return try scaled(operand, by: 1000)
        case (.int64, .date): return try scaled(operand, by: 1_000_000)
        case (.timestamp, .long), (.timestamp, .int):
            let unit = unit(of: operand.expression)
            let nanoseconds = BoundExpression.binary(.subtract, operand.expression, Self.epoch, .int64)
            let count = Operand(expression: nanoseconds, span: operand.span)
            guard unit != 1 else { return count }
            let units = try TypeRules.arithmetic(.divide, count, number(unit, operand.span))
            return Operand(expression: units, span: operand.span)
        default: return nil
        }
    }

    private static let epoch = BoundExpression.literal(.timestamp(0), .timestamp)

    private func number(_ value: Int64, _ span: SourceSpan) -> Operand {
        Operand(expression: .literal(.int64(value), .int64), span: span)
    }

    private func scaled(_ operand: Operand, by factor: Int64) throws(QueryError) -> Operand {
        guard factor != 1, !operand.expression.isNullConstant else { return operand }
        let product = try TypeRules.arithmetic(.multiply, operand, number(factor, operand.span))
        return Operand(expression: product, span: operand.span)
    }

    // MARK: Calls

    /// A call that only QuestDB has, or has otherwise; nil for all else.
    mutating func questDBCall(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> BoundExpression? {
        guard case .list(let arguments) = call.arguments, arguments.count == 2 else { return nil }
        switch call.name.name.lowercased() {
        case "timestamp_sequence": return try timestamps(arguments, unit: 1000, span: span)
        case "timestamp_sequence_ns": return try timestamps(arguments, unit: 1, span: span)
        case "twap" where try isDesignated(arguments[1]):
            var own = call
            own.arguments = .list([arguments[0]])
            return try self.call(own, span: span)
        default: return nil
        }
    }

    /// Whether an expression is the designated timestamp.
    private mutating func isDesignated(_ expression: Expression) throws(QueryError) -> Bool {
        guard case .column(let column) = expression.kind else { return false }
        return try index(of: column) == scope.timeColumn
    }

    /// `timestamp_sequence(start, step)`: a timestamp for each row, as far from the one before as `step` says.
    private mutating func timestamps(
        _ arguments: [Expression],
        unit: Int64,
        span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        let operands = try operands(arguments)
        let step = operands[1]
        var start = operands[0]
        if start.type == .int64 { start = try scaled(start, by: unit) }
        if let time = try TypeRules.converted(start, to: .timestamp) { start.expression = time }
        guard start.type == .timestamp, step.type == .int64 else {
            let types = "\(start.typeName) and \(step.typeName)"
            throw QueryError(
                .type,
                "a sequence of timestamps does not take \(types)",
                at: span,
                hint: "it takes its start and an integer step"
            )
        }
        let rowNumber = FunctionCall(
            Identifier("row_number", span: span),
            .list([]),
            over: WindowClause(span: span)
        )
        let place = Operand(expression: try self.call(rowNumber, span: span), span: span)
        let before = Operand(expression: try TypeRules.arithmetic(.subtract, place, number(1, span)), span: span)
        let steps = Operand(expression: try TypeRules.arithmetic(.multiply, before, step), span: span)
        return try TypeRules.arithmetic(.add, start, scaled(steps, by: unit))
    }
}
