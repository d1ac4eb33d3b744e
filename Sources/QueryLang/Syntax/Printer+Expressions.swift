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
            append(bounds: lower, upper)
        case .betweenSymmetric(let operand, let one, let other, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " NOT BETWEEN SYMMETRIC " : " BETWEEN SYMMETRIC "
            append(bounds: one, other)
        case .isNull(let operand, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " IS NOT NULL" : " IS NULL"
        case .call(let call): append(call)
        case .caseOf, .cast, .infix, .complement, .like, .isTruth, .isDistinct, .duration, .parameter:
            appendScalar(kind)
        case .query(let select): append(inParentheses: select)
        case .inQuery(let operand, let select, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " NOT IN " : " IN "
            append(inParentheses: select)
        case .exists(let select):
            text += "EXISTS "
            append(inParentheses: select)
        }
    }

    private mutating func append(bounds first: Expression, _ second: Expression) {
        let start = text.utf8.count
        append(first, atLeast: .bitOr)
        let index = text.utf8.index(text.startIndex, offsetBy: start)
        // Columns of these names would be taken for the words.
        if ["SYMMETRIC", "ASYMMETRIC"].contains(where: { text[index...].uppercased().hasPrefix($0) }) {
            text.insert("(", at: index)
            text += ")"
        }
        text += " AND "
        append(second, atLeast: .bitOr)
    }

    private mutating func append(inParentheses select: SelectStatement) {
        text += "("
        append(select)
        text += ")"
    }

    mutating func append(_ literal: Literal) {
        switch literal {
        case .null: text += "NULL"
        case .boolean(let value): text += value ? "TRUE" : "FALSE"
        case .integer(let value): text += String(value)
        case .decimal(let value): text += value.description
        case .string(let value): text += quoted(value, by: "'")
        }
    }

    // MARK: Calls

    mutating func append(_ call: FunctionCall) {
        // Bare, TRY_CAST before a parenthesis is no name of a function.
        if call.name.name.uppercased() == "TRY_CAST" {
            text += quoted(call.name.name, by: "\"")
        } else {
            append(call.name)
        }
        text += "("
        switch call.arguments {
        case .list(let expressions): list(expressions) { $0.append($1) }
        case .all: text += "*"
        case .distinct(let expression):
            text += "DISTINCT "
            append(expression)
        }
        text += ")"
        if let nulls = call.nulls { text += " \(nulls.rawValue) NULLS" }
        if let filter = call.filter {
            text += " FILTER (WHERE "
            append(filter)
            text += ")"
        }
        if let window = call.window {
            text += " OVER "
            if window.isNameOnly, let name = window.base { append(name) } else { append(window) }
        }
    }
}
