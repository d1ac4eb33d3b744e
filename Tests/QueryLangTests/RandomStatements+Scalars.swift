import QueryLang

extension RandomStatements {
    /// CASE, CAST, LIKE and the operators that mean functions.
    mutating func scalar(_ depth: Int) -> Expression.Kind {
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            let branches = list(2) { CaseClause.Branch($0.expression(depth), $0.expression(depth)) }
            return .caseOf(
                CaseClause(
                    of: random.oneIn(2) ? expression(depth) : nil,
                    branches,
                    otherwise: random.oneIn(2) ? expression(depth) : nil
                )
            )
        case 1:
            let names = ["int", "Double Precision".lowercased(), "a b", "case", "timestamp", "列"]
            return .cast(expression(depth), Identifier(random.pick(names), span: nowhere))
        case 2: return .infix(random.pick(InfixOperator.allCases), expression(depth), expression(depth))
        case 3: return .complement(expression(depth))
        case 4:
            let clause = LikeClause(
                expression(depth),
                escape: random.oneIn(3) ? random.pick(["!", "'", "é"]) : nil,
                ignoresCase: random.oneIn(2),
                isNegated: random.oneIn(2)
            )
            return .like(expression(depth), clause)
        case 6:
            let (one, other) = (expression(depth), expression(depth))
            return .betweenSymmetric(expression(depth), one, other, isNegated: random.oneIn(2))
        case 5: return .isTruth(expression(depth), random.oneIn(2), isNegated: random.oneIn(2))
        default: return .isDistinct(expression(depth), expression(depth), isNegated: random.oneIn(2))
        }
    }
}
