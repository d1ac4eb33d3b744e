import Columnar

/// What QuestDB's rules make of operators: NULL equals NULL, and nothing is ever unknown.
///
/// Every rule is spelled in operators of three values, so that no kernel knows of it. Where an expression is a whole WHERE,
/// unknown and false are the same, and the plain operator stands: what can be pushed down to a scan still is.
enum QuestDBRules {
    /// What calls of QuestDB's names are called here: `first` and `last` take a null for what it is, and every sum is
    /// compensated.
    private static let names = [
        "first": AggregateFunction.firstRow.rawValue, "last": AggregateFunction.lastRow.rawValue,
        "first_value": AggregateFunction.firstRow.rawValue, "last_value": AggregateFunction.lastRow.rawValue,
        "approx_median": AggregateFunction.median.rawValue, "approx_percentile": AggregateFunction.quantile.rawValue,
        "ksum": AggregateFunction.sum.rawValue, "nsum": AggregateFunction.sum.rawValue,
    ]

    /// An integer as a moment of a column: microseconds, unless the column has nanoseconds; nil for anything else.
    static func moment(_ expression: BoundExpression, declared: DeclaredType?) -> BoundExpression? {
        guard case .literal(.int64(let value), _) = expression, declared == .timestampMicros else { return nil }
        let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: 1000)
        return overflow ? nil : .literal(.timestamp(nanoseconds), .timestamp)
    }

    /// A value that may be no finite number, which is NULL.
    static func finite(_ value: BoundExpression) -> BoundExpression {
        guard value.type == .float64 else { return value }
        if case .float64(let number)? = value.constant { return number.isFinite ? value : .null(.float64) }
        return .call(.finite, [value], .float64)
    }

    /// The functions that can give NaN or infinities of finite numbers.
    static func isPartial(_ function: ScalarFunction) -> Bool {
        switch function {
        case .sqrt, .ln, .log, .log2, .log10, .pow, .exp, .asin, .acos, .cot, .mod: true
        default: false
        }
    }

    /// The call by the name that it has here.
    static func renamed(_ call: FunctionCall) -> FunctionCall {
        // Over a window these take a null for what it is anyway.
        guard let name = names[call.name.name.lowercased()], call.window == nil || !name.hasSuffix("_row") else {
            return call
        }
        var call = call
        call.name = Identifier(name, span: call.name.span)
        return call
    }

    /// The name that QuestDB has for a call which ``renamed(_:)`` gave another one.
    static func writtenName(_ name: String) -> String {
        switch name {
        case AggregateFunction.firstRow.rawValue: "first"
        case AggregateFunction.lastRow.rawValue: "last"
        default: name
        }
    }

    /// `left symbol right`, a comparison.
    static func compare(
        _ symbol: BinaryOperator,
        _ left: Operand,
        _ right: Operand
    ) throws(QueryError) -> BoundExpression {
        if left.expression.isNullConstant || right.expression.isNullConstant {
            let other = left.expression.isNullConstant ? right : left
            switch symbol {
            case .equal, .notEqual: return isNull(other.expression, isNegated: symbol == .notEqual)
            default: return .boolean(false)
            }
        }
        let plain = try TypeRules.compare(symbol, left, right)
        guard case .binary(_, let a, let b, _) = plain, symbol == .equal || symbol == .notEqual else { return plain }
        switch (a.constant == nil, b.constant == nil, symbol) {
        case (true, true, .equal): return either(plain, .binary(.and, isNull(a), isNull(b), .boolean))
        case (true, true, _): return either(plain, .binary(.notEqual, isNull(a), isNull(b), .boolean))
        case (true, false, .notEqual): return either(plain, isNull(a))
        case (false, true, .notEqual): return either(plain, isNull(b))
        default: return plain
        }
    }

    /// `operand IN (values)`; the list has a null besides if `hasNull`.
    static func inList(
        _ operand: BoundExpression,
        _ values: [Scalar],
        hasNull: Bool,
        isNegated: Bool
    ) -> BoundExpression {
        if let constant = operand.constant, constant.isNull { return .boolean(hasNull != isNegated) }
        let isIn = BoundExpression.inList(operand, values, isNegated: isNegated)
        switch (hasNull, isNegated) {
        case (false, false): return isIn
        case (true, false): return either(isIn, isNull(operand))
        case (false, true): return either(isIn, isNull(operand))
        case (true, true): return ConstantFolding.logical(.and, [isIn, isNull(operand, isNegated: true)])
        }
    }

    /// Logical negation: of what is unknown it is true.
    static func not(_ operand: BoundExpression) -> BoundExpression { ConstantFolding.not(certain(operand)) }

    /// The truth value with false for unknown.
    static func certain(_ operand: BoundExpression) -> BoundExpression {
        if operand.isNullConstant { return .boolean(false) }
        guard mayBeNull(operand) else { return operand }
        return .call(.coalesce, [operand, .boolean(false)], .boolean)
    }

    /// The two keys of a join that `term` says are equal, NULL with NULL too; nil if it says anything else.
    static func equality(_ term: BoundExpression) -> (BoundExpression, BoundExpression)? {
        guard case .binary(.or, .binary(.equal, let a, let b, _), let nulls, _) = term,
            nulls == .binary(.and, isNull(a), isNull(b), .boolean)
        else { return nil }
        return (a, b)
    }

    private static func isNull(_ operand: BoundExpression, isNegated: Bool = false) -> BoundExpression {
        if let constant = operand.constant { return .boolean(constant.isNull != isNegated) }
        return .isNull(operand, isNegated: isNegated)
    }

    private static func either(_ first: BoundExpression, _ second: BoundExpression) -> BoundExpression {
        ConstantFolding.logical(.or, [first, second])
    }

    private static func mayBeNull(_ expression: BoundExpression) -> Bool {
        switch expression {
        case .literal(let value, _): value.isNull
        case .isNull: false
        case .unary(.not, let operand, _): mayBeNull(operand)
        case .binary(.and, let a, let b, _), .binary(.or, let a, let b, _): mayBeNull(a) || mayBeNull(b)
        case .call(.coalesce, let arguments, _): arguments.last.map(mayBeNull) ?? true
        default: true
        }
    }
}
