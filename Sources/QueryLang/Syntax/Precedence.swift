/// How tightly operators bind, from the loosest. Parser and printer share it.
enum Precedence: Int, Comparable {
    case or = 1
    case and
    case not
    case comparison
    case bitOr
    case bitXor
    case bitAnd
    case concatenation
    case shift
    case sum
    case product
    case sign
    case cast
    case primary

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    /// The next tighter one.
    var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .primary }
}

extension BinaryOperator {
    var precedence: Precedence {
        switch self {
        case .or: .or
        case .and: .and
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: .comparison
        case .add, .subtract: .sum
        case .multiply, .divide, .modulo: .product
        }
    }
}

extension LogicalOperator {
    var precedence: Precedence {
        switch self {
        case .and: .and
        case .or: .or
        }
    }
}

extension Expression {
    var precedence: Precedence {
        switch kind {
        case .literal, .column, .call, .caseOf, .cast, .duration, .parameter, .query, .exists: .primary
        case .unary(.negate, _), .complement: .sign
        case .infix(let symbol, _, _): symbol.precedence
        case .unary(.not, _): .not
        case .binary(let symbol, _, _): symbol.precedence
        case .logical(let symbol, _): symbol.precedence
        case .inList, .between, .betweenSymmetric, .isNull, .like, .isTruth, .isDistinct, .inQuery: .comparison
        }
    }
}
