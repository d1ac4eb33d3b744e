import Columnar

extension ExpressionBinder {
    static func instant(_ function: ScalarFunction) -> BoundExpression {
        let now = StatementClock.instant
        let today = CivilTime.floor(now, to: CivilTime.day)
        let time: Int64? =
            switch function {
            case .today: today
            case .yesterday: CalendarArithmetic.adding(-1, .day, to: today)
            case .tomorrow: CalendarArithmetic.adding(1, .day, to: today)
            default: now
            }
        return .literal(time.map { .timestamp($0) } ?? .null, .timestamp)
    }

    /// `extract(unit FROM t)`.
    static func extract(_ operands: [Operand]) throws(QueryError) -> BoundExpression {
        guard case .text(let text)? = operands[0].expression.constant else {
            throw QueryError(.semantic, "extract() takes a constant as its unit", at: operands[0].span)
        }
        let time = [operands[1]]
        let word = text.lowercased()
        if word == "dow" {
            let sunday = try call(.dayOfWeekSundayFirst, time, .int64)
            let one = Operand(expression: .literal(.int64(1), .int64), span: operands[0].span)
            return try TypeRules.arithmetic(.subtract, Operand(expression: sunday, span: operands[1].span), one)
        }
        let function =
            fields[word]
            ?? TimeUnit(spelling: text).flatMap { unit in
                switch unit {
                case .millisecond: .millisOfMinute
                case .microsecond: .microsOfMinute
                case .nanosecond: .nanosOfMinute
                case .week: .weekOfYear
                default: ScalarFunction(rawValue: unit.rawValue)
                }
            }
        guard let function else {
            let names = TimeUnit.names.filter { $0 != "decade" } + fields.keys.sorted() + ["dow"]
            let near = NearestName.find(text, among: names).map { "did you mean '\($0)'?" }
            throw QueryError(
                .semantic,
                "'\(QueryDiagnostic.shortened(text))' is no field of a timestamp",
                at: operands[0].span,
                expected: names,
                hint: near ?? "the fields are \(names.joined(separator: ", "))"
            )
        }
        return try call(function, time, function == .epoch ? .float64 : .int64)
    }

    private static let fields: [String: ScalarFunction] = [
        "doy": .dayOfYear, "isodow": .dayOfWeek, "isoyear": .isoYear, "epoch": .epoch,
    ]

    /// A length of time as an operand of its own: nanoseconds.
    static func bound(_ duration: TimeLength, at span: SourceSpan) throws(QueryError) -> BoundExpression {
        guard let length = duration.unit.nanoseconds else {
            throw QueryError(
                .semantic,
                "a \(duration.unit.rawValue) has no fixed length",
                at: span,
                hint: "it can be added to a timestamp and subtracted from one: t + 1 month"
            )
        }
        guard let count = Int64(exactly: duration.count),
            case let product = count.multipliedReportingOverflow(by: length),
            !product.overflow
        else { throw QueryError(.semantic, "the interval is longer than 292 years", at: span) }
        return .literal(.int64(product.partialValue), .int64)
    }

    /// `t + 1 month`, `t - 5m`, `5m + t`; nil if neither side is a length of time, or the other one is a number.
    mutating func shifted(
        _ symbol: BinaryOperator,
        _ left: Expression,
        _ right: Expression
    ) throws(QueryError) -> BoundExpression? {
        let duration: TimeLength
        var time: Operand
        let span: SourceSpan
        if case .duration(let length) = right.kind, symbol == .add || symbol == .subtract {
            (duration, span) = (length, right.span)
            time = try operand(left)
        } else if case .duration(let length) = left.kind, symbol == .add {
            (duration, span) = (length, left.span)
            time = try operand(right)
        } else {
            return nil
        }
        if time.type.isText { time.expression = try TypeRules.converted(time, to: .timestamp) ?? time.expression }
        guard duration.unit.months != nil else {
            let length = Operand(expression: try Self.bound(duration, at: span), span: span)
            return try TypeRules.arithmetic(symbol, time, length, overflowIsNull: branchDepth > 0)
        }
        guard time.type == .timestamp else { return try Self.bound(duration, at: span) }
        guard let count = Int64(exactly: duration.count) else {
            throw QueryError(.semantic, "the interval is longer than 292 years", at: span)
        }
        let unit = Operand(expression: .literal(.text(duration.unit.rawValue), .string), span: span)
        let number = Operand(expression: .literal(.int64(symbol == .add ? count : -count), .int64), span: span)
        return try Self.call(.dateAdd, [unit, number, time], .timestamp)
    }
}
