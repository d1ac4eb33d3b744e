extension Printer {
    mutating func append(_ expression: Expression, atLeast minimum: Precedence = .or) {
        guard expression.precedence < minimum else { return append(expression.kind) }
        text += "("
        append(expression.kind)
        text += ")"
    }

    private mutating func append(_ kind: Expression.Kind) {
        switch kind {
        case .literal(let literal): append(literal)
        case .column(let column): append(column)
        case .unary(.not, let operand):
            text += "NOT "
            append(operand, atLeast: .not)
        case .unary(.negate, let operand):
            text += "-"
            // Two minus signs in a row would begin a comment.
            if case .unary(.negate, _) = operand.kind { text += " " }
            append(operand, atLeast: .sign)
        case .binary(let symbol, let left, let right):
            append(left, atLeast: symbol.precedence)
            text += " \(symbol.rawValue) "
            append(right, atLeast: symbol.precedence.tighter)
        case .logical(let symbol, let operands):
            for (index, operand) in operands.enumerated() {
                if index > 0 { text += " \(symbol.rawValue) " }
                append(operand, atLeast: symbol.precedence.tighter)
            }
        case .inList(let operand, let values, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " NOT IN (" : " IN ("
            list(values) { $0.append($1) }
            text += ")"
        case .between(let operand, let lower, let upper, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " NOT BETWEEN " : " BETWEEN "
            append(lower, atLeast: .sum)
            text += " AND "
            append(upper, atLeast: .sum)
        case .isNull(let operand, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " IS NOT NULL" : " IS NULL"
        case .call(let call): append(call)
        }
    }

    private mutating func append(_ literal: Literal) {
        switch literal {
        case .null: text += "NULL"
        case .boolean(let value): text += value ? "TRUE" : "FALSE"
        case .integer(let value): text += String(value)
        case .decimal(let value): text += value.description
        case .string(let value): text += quoted(value, by: "'")
        }
    }

    // MARK: Calls

    private mutating func append(_ call: FunctionCall) {
        append(call.name)
        text += "("
        switch call.arguments {
        case .list(let expressions): list(expressions) { $0.append($1) }
        case .all: text += "*"
        case .distinct(let expression):
            text += "DISTINCT "
            append(expression)
        }
        text += ")"
        if let window = call.window { append(window) }
    }

    private mutating func append(_ window: WindowClause) {
        text += " OVER ("
        clause("PARTITION BY ", window.partition) { $0.append($1) }
        if !window.partition.isEmpty, !window.order.isEmpty { text += " " }
        clause("ORDER BY ", window.order) { $0.append($1) }
        if let frame = window.frame {
            if !window.partition.isEmpty || !window.order.isEmpty { text += " " }
            append(frame)
        }
        text += ")"
    }

    mutating func append(_ frame: FrameClause) {
        text += frame.unit == .rows ? "ROWS BETWEEN " : "RANGE BETWEEN "
        append(frame.start)
        text += " AND "
        append(frame.end)
    }

    private mutating func append(_ bound: FrameClause.Bound) {
        switch bound {
        case .unboundedPreceding: text += "UNBOUNDED PRECEDING"
        case .preceding(let distance): text += "\(distance.text) PRECEDING"
        case .currentRow: text += "CURRENT ROW"
        case .following(let distance): text += "\(distance.text) FOLLOWING"
        case .unboundedFollowing: text += "UNBOUNDED FOLLOWING"
        }
    }
}

extension FrameClause.Distance {
    /// Its canonical text.
    var text: String {
        switch self {
        case .rows(let count): String(count)
        case .time(let interval): interval.text
        }
    }
}
