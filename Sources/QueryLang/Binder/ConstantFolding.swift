import Columnar

extension BoundExpression {
    /// The constant that this is; nil if it is none.
    var constant: Scalar? {
        if case .literal(let value, _) = self { value } else { nil }
    }

    /// Whether this is the constant NULL.
    var isNullConstant: Bool { constant?.isNull ?? false }

    /// NULL of a type.
    static func null(_ type: ColumnType) -> BoundExpression { .literal(.null, type) }

    /// A constant truth value.
    static func boolean(_ value: Bool) -> BoundExpression { .literal(.boolean(value), .boolean) }
}

/// Computes operators on constants, where the answer cannot depend on who computes it.
///
/// Left to the engine: division and remainder of doubles by zero, and comparisons with NaN.
enum ConstantFolding {
    /// What came of folding.
    enum Outcome {
        /// A constant.
        case value(Scalar)
        /// Not to be folded.
        case unchanged
        /// An integer result that does not fit int64.
        case overflow
    }

    static func arithmetic(_ symbol: BinaryOperator, _ left: Scalar, _ right: Scalar) -> Outcome {
        switch (left, right) {
        case (.null, _), (_, .null): .value(.null)
        case (.int64(let left), .int64(let right)): integers(symbol, left, right) { .int64($0) }
        case (.timestamp(let left), .int64(let right)), (.int64(let left), .timestamp(let right)):
            integers(symbol, left, right) { .timestamp($0) }
        case (.timestamp(let left), .timestamp(let right)): integers(symbol, left, right) { .int64($0) }
        case (.float64(let left), .float64(let right)): doubles(symbol, left, right)
        default: .unchanged
        }
    }

    private static func integers(
        _ symbol: BinaryOperator,
        _ left: Int64,
        _ right: Int64,
        _ wrap: (Int64) -> Scalar
    ) -> Outcome {
        let result: (partialValue: Int64, overflow: Bool)
        switch symbol {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide:
            guard right != 0 else { return .value(.null) }
            result = left.dividedReportingOverflow(by: right)
        case .modulo:
            guard right != 0 else { return .value(.null) }
            return .value(wrap(right == -1 ? 0 : left % right))
        default: return .unchanged
        }
        return result.overflow ? .overflow : .value(wrap(result.partialValue))
    }

    private static func doubles(_ symbol: BinaryOperator, _ left: Double, _ right: Double) -> Outcome {
        switch symbol {
        case .add: .value(.float64(left + right))
        case .subtract: .value(.float64(left - right))
        case .multiply: .value(.float64(left * right))
        case .divide where right != 0: .value(.float64(left / right))
        default: .unchanged
        }
    }

    static func comparison(_ symbol: BinaryOperator, _ left: Scalar, _ right: Scalar) -> Outcome {
        switch (left, right) {
        case (.null, _), (_, .null): .value(.null)
        case (.int64(let left), .int64(let right)): order(symbol, left, right)
        case (.timestamp(let left), .timestamp(let right)): order(symbol, left, right)
        case (.float64(let left), .float64(let right)) where !left.isNaN && !right.isNaN: order(symbol, left, right)
        case (.boolean(let left), .boolean(let right)): order(symbol, left ? 1 : 0, right ? 1 : 0)
        case (.text(let left), .text(let right)) where symbol == .equal || symbol == .notEqual:
            .value(.boolean(left.utf8.elementsEqual(right.utf8) == (symbol == .equal)))
        default: .unchanged
        }
    }

    private static func order<Value: Comparable>(_ symbol: BinaryOperator, _ left: Value, _ right: Value) -> Outcome {
        switch symbol {
        case .equal: .value(.boolean(left == right))
        case .notEqual: .value(.boolean(left != right))
        case .less: .value(.boolean(left < right))
        case .lessOrEqual: .value(.boolean(left <= right))
        case .greater: .value(.boolean(left > right))
        case .greaterOrEqual: .value(.boolean(left >= right))
        case .add, .subtract, .multiply, .divide, .modulo, .and, .or: .unchanged
        }
    }

    /// AND or OR of any number of operands, without those that do not matter.
    static func logical(_ symbol: LogicalOperator, _ operands: [BoundExpression]) -> BoundExpression {
        let absorbing = Scalar.boolean(symbol == .or)
        let neutral = Scalar.boolean(symbol == .and)
        if operands.contains(where: { $0.constant == absorbing }) { return .literal(absorbing, .boolean) }
        let rest = operands.filter { $0.constant != neutral }
        let joined = BoundExpression.balanced(symbol == .and ? .and : .or, rest)
        return joined ?? .literal(neutral, .boolean)
    }

    /// NOT of three values.
    static func not(_ operand: BoundExpression) -> BoundExpression {
        switch operand {
        case .literal(.boolean(let value), _): .boolean(!value)
        case .literal(.null, _): .null(.boolean)
        case .unary(.not, let inner, _): inner
        default: .unary(.not, operand, .boolean)
        }
    }
}
