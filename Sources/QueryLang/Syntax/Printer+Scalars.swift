extension Printer {
    /// The kinds of ``ScalarSyntax``.
    mutating func appendScalar(_ kind: Expression.Kind) {
        switch kind {
        case .caseOf(let clause): append(clause)
        case .cast(let operand, let type):
            text += "CAST("
            append(operand)
            text += " AS "
            // Two words are one name of a type.
            if type.name == "double precision" { text += type.name } else { append(type) }
            text += ")"
        case .infix(let symbol, let left, let right):
            append(left, atLeast: symbol.precedence)
            text += " \(symbol.rawValue) "
            append(right, atLeast: symbol.precedence.tighter)
        case .complement(let operand):
            text += "~"
            append(operand, atLeast: .sign)
        case .like(let operand, let clause):
            append(operand, atLeast: .comparison)
            text += clause.isNegated ? " NOT " : " "
            text += clause.ignoresCase ? "ILIKE " : "LIKE "
            append(clause.pattern, atLeast: .bitOr)
            if let escape = clause.escape { text += " ESCAPE \(quoted(escape, by: "'"))" }
        case .isTruth(let operand, let truth, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " IS NOT " : " IS "
            text += truth ? "TRUE" : "FALSE"
        case .isDistinct(let left, let right, let isNegated):
            append(left, atLeast: .comparison)
            text += isNegated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM "
            append(right, atLeast: .bitOr)
        case .duration(let duration): text += duration.text
        case .parameter(let reference): text += reference.text
        case .literal, .column, .unary, .binary, .logical, .inList, .between, .betweenSymmetric, .isNull, .call, .query,
            .inQuery,
            .exists:
            break
        }
    }

    private mutating func append(_ clause: CaseClause) {
        text += "CASE"
        if let operand = clause.operand {
            text += " "
            let start = text.utf8.count
            append(operand)
            // A column called `when` would be taken for the first WHEN.
            let first = text.utf8.index(text.startIndex, offsetBy: start)
            if text[first...].prefix(4).uppercased() == "WHEN" {
                text.insert("(", at: first)
                text += ")"
            }
        }
        for branch in clause.branches {
            text += " WHEN "
            append(branch.condition)
            text += " THEN "
            append(branch.value)
        }
        if let otherwise = clause.otherwise {
            text += " ELSE "
            append(otherwise)
        }
        text += " END"
    }
}
