import Columnar

/// An expression with the place that an error about it points at.
struct Operand {
    var expression: BoundExpression
    let span: SourceSpan

    var type: ColumnType { expression.type }

    /// What an error calls it.
    var typeName: String { expression.isNullConstant ? "NULL" : type.name }
}

/// Which types go together, and how constants turn into the type of what they stand beside.
enum TypeRules {
    // MARK: Comparison

    /// `left symbol right`, a comparison.
    static func compare(
        _ symbol: BinaryOperator,
        _ left: Operand,
        _ right: Operand
    ) throws(QueryError) -> BoundExpression {
        guard let (a, b) = try unified(left, right) else { throw cannotCompare(left, right) }
        // Truth values have an order, but one that was compared with another value was not meant to be compared again.
        if a.type == .boolean, symbol != .equal, symbol != .notEqual, let hint = chainHint(left) {
            throw QueryError(
                .type,
                "'\(symbol.rawValue)' does not order boolean",
                at: right.span,
                hint: hint
            )
        }
        if let left = a.constant, let right = b.constant,
            case .value(let value) = ConstantFolding.comparison(symbol, left, right)
        {
            return .literal(value, .boolean)
        }
        if a.isNullConstant || b.isNullConstant { return .null(.boolean) }
        return .binary(symbol, a, b, .boolean)
    }

    private static func cannotCompare(_ left: Operand, _ right: Operand) -> QueryError {
        let isLeftConstant = left.expression.constant != nil && right.expression.constant == nil
        let span = isLeftConstant ? left.span : right.span
        let hint: String? =
            left.type.isText && right.type.isNumeric || left.type.isNumeric && right.type.isText
            ? "text stands in single quotes, numbers without" : chainHint(left)
        return QueryError(.type, "cannot compare \(left.typeName) with \(right.typeName)", at: span, hint: hint)
    }

    private static func chainHint(_ left: Operand) -> String? {
        guard case .binary(let symbol, _, _, .boolean) = left.expression, symbol.precedence == .comparison else {
            return nil
        }
        return "comparisons do not chain; write a < b AND b < c"
    }

    /// Both sides with constants turned into the type of the other side; nil if the types cannot be compared.
    static func unified(
        _ left: Operand,
        _ right: Operand
    ) throws(QueryError) -> (BoundExpression, BoundExpression)? {
        if let a = try converted(left, to: right.type) { return (a, right.expression) }
        if let b = try converted(right, to: left.type) { return (left.expression, b) }
        let isMixed =
            left.type.isNumeric && right.type.isNumeric || left.type.isText && right.type.isText
            || left.type == .timestamp && right.type == .int64 || left.type == .int64 && right.type == .timestamp
        return isMixed ? (left.expression, right.expression) : nil
    }

    /// The operand as a value of a type: itself if it has it, a constant turned into it; else nil.
    static func converted(_ operand: Operand, to type: ColumnType) throws(QueryError) -> BoundExpression? {
        if operand.type == type { return operand.expression }
        guard let value = operand.expression.constant else { return nil }
        switch (value, type) {
        case (.null, _): return .null(type)
        case (.int64(let value), .float64): return .literal(.float64(Double(value)), .float64)
        case (.int64(let value), .timestamp): return .literal(.timestamp(value), .timestamp)
        case (.text(let text), .timestamp):
            return .literal(.timestamp(try interval(text, operand.span).start), .timestamp)
        case (.text, .symbol), (.text, .string): return .literal(value, type)
        default: return nil
        }
    }

    /// The interval that a text names.
    static func interval(_ text: String, _ span: SourceSpan) throws(QueryError) -> TimeRange {
        if let interval = CivilTime.interval(text) { return interval }
        throw QueryError(
            .type,
            "'\(QueryDiagnostic.shortened(text))' is not a timestamp",
            at: span,
            hint: "write one like '2024-08-08', '2024-08-08T23:55' or '2024-08-08T23:55:10.5Z' (years 1677 to 2262)"
        ).inQuestDB("Invalid date [str=\(QueryDiagnostic.shortened(text))]")
    }

    // MARK: Arithmetic

    /// `left symbol right`, an arithmetic operator.
    static func arithmetic(
        _ symbol: BinaryOperator,
        _ left: Operand,
        _ right: Operand,
        overflowIsNull: Bool = false
    ) throws(QueryError) -> BoundExpression {
        var (a, b) = (left, right)
        if a.expression.isNullConstant { a.expression = .null(b.type.isNumeric ? b.type : .int64) }
        if b.expression.isNullConstant { b.expression = .null(a.type.isNumeric ? a.type : .int64) }
        guard let type = resultType(symbol, a.type, b.type) else { throw doesNotTake(symbol, left, right) }
        if type == .float64 {
            a.expression = try converted(a, to: .float64) ?? a.expression
            b.expression = try converted(b, to: .float64) ?? b.expression
        }
        if let x = a.expression.constant, let y = b.expression.constant {
            switch ConstantFolding.arithmetic(symbol, x, y) {
            case .value(let value): return .literal(value, type)
            case .overflow where overflowIsNull: return .null(type)
            case .overflow:
                let span = left.span.union(right.span)
                throw QueryError(.type, "the result does not fit \(type.name)", at: span)
            case .unchanged: break
            }
        }
        return .binary(symbol, a.expression, b.expression, type)
    }

    private static func resultType(_ symbol: BinaryOperator, _ left: ColumnType, _ right: ColumnType) -> ColumnType? {
        switch (left, right, symbol) {
        case (.int64, .int64, _): .int64
        case (.int64, .float64, _), (.float64, .int64, _), (.float64, .float64, _): .float64
        case (.timestamp, .int64, .add), (.timestamp, .int64, .subtract), (.int64, .timestamp, .add): .timestamp
        case (.timestamp, .timestamp, .subtract): .int64
        default: nil
        }
    }

    private static func doesNotTake(_ symbol: BinaryOperator, _ left: Operand, _ right: Operand) -> QueryError {
        let takes: (ColumnType) -> Bool = { $0.isNumeric || $0 == .timestamp && symbol.precedence == .sum }
        let span = takes(left.type) ? right.span : left.span
        let hasTime = left.type == .timestamp || right.type == .timestamp
        return QueryError(
            .type,
            "'\(symbol.rawValue)' does not take \(left.typeName) and \(right.typeName)",
            at: span,
            hint: hasTime ? "timestamp ± int64 nanoseconds and timestamp - timestamp are allowed" : nil
        )
    }

    /// Arithmetic negation.
    static func negated(_ operand: Operand) throws(QueryError) -> BoundExpression {
        switch operand.expression {
        case .literal(.int64(let value), _):
            let (result, overflow) = Int64(0).subtractingReportingOverflow(value)
            guard !overflow else { throw QueryError(.type, "the result does not fit int64", at: operand.span) }
            return .literal(.int64(result), .int64)
        case .literal(.float64(let value), _): return .literal(.float64(-value), .float64)
        case .literal(.null, let type): return .null(type.isNumeric ? type : .int64)
        default:
            guard operand.type.isNumeric else {
                throw QueryError(.type, "'-' takes a number, not \(operand.typeName)", at: operand.span)
            }
            return .unary(.negate, operand.expression, operand.type)
        }
    }

    // MARK: Logic

    /// The operand as a truth value of `user`: `AND`, `NOT`, `WHERE`.
    static func boolean(_ operand: Operand, of user: String) throws(QueryError) -> BoundExpression {
        if operand.expression.isNullConstant { return .null(.boolean) }
        guard operand.type == .boolean else {
            let error = QueryError(.type, "\(user) takes boolean, not \(operand.type.name)", at: operand.span)
            throw user == "WHERE" ? error.inQuestDB("boolean expression expected") : error
        }
        return operand.expression
    }
}
