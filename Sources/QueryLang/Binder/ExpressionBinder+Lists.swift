import Columnar

/// A value of a list, equal only to itself: text by its bytes, where `String` would take `é` for `e` and an accent.
private struct ListKey: Hashable {
    let value: Scalar
    let bytes: [UInt8]

    init(_ value: Scalar) {
        self.value = value
        if case .text(let text) = value { self.bytes = Array(text.utf8) } else { self.bytes = [] }
    }
}

extension ExpressionBinder {
    mutating func inList(
        _ expression: Expression,
        _ values: [Expression],
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let operand = try operand(expression)
        if operand.type == .timestamp, values.count == 1, case .literal(.string(let text)) = values[0].kind {
            let inside = Self.inside(operand.expression, try TypeRules.interval(text, values[0].span))
            return isNegated ? ConstantFolding.not(inside) : inside
        }
        var list: [Scalar] = []
        var seen: Set<ListKey> = []
        var hasNull = false
        for value in values {
            guard let scalar = try listValue(value, of: operand) else { continue }
            if scalar.isNull {
                hasNull = true
            } else if seen.insert(ListKey(scalar)).inserted {
                list.append(scalar)
            }
        }
        guard !operand.expression.isNullConstant else { return .null(.boolean) }
        let isIn = BoundExpression.inList(operand.expression, list, isNegated: isNegated)
        // `x IN (1, NULL)` is true or unknown, and its negation false or unknown.
        return hasNull ? ConstantFolding.logical(isNegated ? .and : .or, [isIn, .null(.boolean)]) : isIn
    }

    /// A value of the operand's type; nil if the operand can never equal it.
    private mutating func listValue(_ expression: Expression, of operand: Operand) throws(QueryError) -> Scalar? {
        let value = try self.operand(expression)
        guard let constant = value.expression.constant else {
            throw QueryError(.semantic, "a list holds constants only", at: value.span)
        }
        if case .float64(let number) = constant, operand.type == .int64 {
            return Int64(exactly: number).map { .int64($0) }
        }
        if let converted = try TypeRules.converted(value, to: operand.type)?.constant { return converted }
        if operand.expression.isNullConstant { return .null }
        throw QueryError(.type, "cannot compare \(operand.typeName) with \(value.typeName)", at: value.span)
    }

    /// `time` in an interval.
    private static func inside(_ time: BoundExpression, _ interval: TimeRange) -> BoundExpression {
        let start = BoundExpression.literal(.timestamp(interval.start), .timestamp)
        let isAfter = BoundExpression.binary(.greaterOrEqual, time, start, .boolean)
        guard interval.end != .max else { return isAfter }
        let end = BoundExpression.literal(.timestamp(interval.end), .timestamp)
        return .binary(.and, isAfter, .binary(.less, time, end, .boolean), .boolean)
    }
}
