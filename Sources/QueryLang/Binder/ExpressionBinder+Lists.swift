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

extension Expression {
    /// The text that this is as it stands: one in quotes, or that of a parameter.
    var constantText: String? {
        switch kind {
        case .literal(.string(let text)): text
        case .parameter(let reference): reference.value?.scalar.string
        default: nil
        }
    }
}

extension ExpressionBinder {
    mutating func inList(
        _ expression: Expression,
        _ values: [Expression],
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let operand = try operand(expression)
        if operand.type == .timestamp, dialect != .marketstore, let inside = try intervals(operand, values) {
            return isNegated ? not(inside) : inside
        }
        return try list(operand, values, isNegated: isNegated)
    }

    private mutating func list(
        _ operand: Operand,
        _ values: [Expression],
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        var operands: [Operand] = []
        for value in values { operands.append(try self.operand(value)) }
        if dialect == .marketstore, operand.type == .timestamp {
            for index in operands.indices { operands[index] = try bucketMoment(operands[index]) }
        }
        guard operands.allSatisfy({ $0.expression.constant != nil }) else {
            let isIn = try isOneOf(operand, operands)
            return isNegated ? not(isIn) : isIn
        }
        var list: [Scalar] = []
        var seen: Set<ListKey> = []
        var hasNull = false
        for value in operands {
            guard let scalar = try listValue(value, of: operand) else { continue }
            if scalar.isNull {
                hasNull = true
            } else if seen.insert(ListKey(scalar)).inserted {
                list.append(scalar)
            }
        }
        if dialect == .questdb {
            return QuestDBRules.inList(operand.expression, list, hasNull: hasNull, isNegated: isNegated)
        }
        guard !operand.expression.isNullConstant else { return .null(.boolean) }
        let isIn = BoundExpression.inList(operand.expression, list, isNegated: isNegated)
        // `x IN (1, NULL)` is true or unknown, and its negation false or unknown.
        return hasNull ? ConstantFolding.logical(isNegated ? .and : .or, [isIn, .null(.boolean)]) : isIn
    }

    /// `time IN` a text that names an interval, or texts of which some name several; nil if the values are instants.
    private mutating func intervals(_ operand: Operand, _ values: [Expression]) throws(QueryError) -> BoundExpression? {
        if values.count == 1, let text = values[0].constantText, !TimeIntervals.isCompound(text) {
            return Self.inside(operand.expression, try TypeRules.interval(text, values[0].span))
        }
        var ranges: [TimeRange] = []
        var instants: [Expression] = []
        for value in values {
            if let text = value.constantText, TimeIntervals.isCompound(text) {
                ranges += try TimeIntervals.ranges(text, value.span)
            } else {
                instants.append(value)
            }
        }
        guard instants.count < values.count else { return nil }
        var terms = ranges.map { Self.inside(operand.expression, $0) }
        if !instants.isEmpty {
            terms.append(try list(operand, instants, isNegated: false))
        } else if terms.isEmpty {
            terms = [.inList(operand.expression, [], isNegated: false)]
        }
        return ConstantFolding.logical(.or, terms)
    }

    /// A value of the operand's type; nil if the operand can never equal it.
    private func listValue(_ value: Operand, of operand: Operand) throws(QueryError) -> Scalar? {
        guard let constant = value.expression.constant else { return .null }
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
