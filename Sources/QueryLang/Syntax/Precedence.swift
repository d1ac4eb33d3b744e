/// How tightly operators bind, from the loosest. Parser and printer share it.
enum Precedence: Int, Comparable {
    case or = 1
    case and
    case not
    case comparison
    case sum
    case product
    case sign
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
        case .literal, .column, .call: .primary
        case .unary(.negate, _): .sign
        case .unary(.not, _): .not
        case .binary(let symbol, _, _): symbol.precedence
        case .logical(let symbol, _): symbol.precedence
        case .inList, .between, .isNull: .comparison
        }
    }
}
