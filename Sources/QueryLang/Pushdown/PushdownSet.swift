import Columnar

/// A set of values of one column (times, or series) that a predicate can be narrowed down to.
protocol PushdownSet {
    /// Every value.
    static var all: Self { get }
    /// No value.
    static var none: Self { get }
    func union(_ other: Self) -> Self
    func intersection(_ other: Self) -> Self
}

/// Where a predicate is true and where it is false, as far as one column tells.
///
/// Invariant: every row for which the predicate is true has its value in `whenTrue`; likewise `whenFalse`. If
/// `isExact`, the converse holds as well: the column alone decides. A row in neither set makes the predicate null.
struct Truth<Values: PushdownSet> {
    var whenTrue: Values
    var whenFalse: Values
    var isExact: Bool

    /// Of a predicate about which the column tells nothing.
    static var unknown: Truth { Truth(whenTrue: .all, whenFalse: .all, isExact: false) }

    /// The truth of a predicate; `leaf` tells that of comparisons with the column, nil of all else.
    static func of(_ predicate: BoundExpression, leaf: (BoundExpression) -> Truth?) -> Truth {
        switch predicate {
        case .literal(.boolean(let value), _):
            value
                ? Truth(whenTrue: .all, whenFalse: .none, isExact: true)
                : Truth(whenTrue: .none, whenFalse: .all, isExact: true)
        case .literal(.null, _):
            Truth(whenTrue: .none, whenFalse: .none, isExact: true)
        case .unary(.not, let operand, _):
            of(operand, leaf: leaf).negated
        case .binary(.and, let left, let right, _):
            of(left, leaf: leaf).and(of(right, leaf: leaf))
        case .binary(.or, let left, let right, _):
            of(left, leaf: leaf).negated.and(of(right, leaf: leaf).negated).negated
        default:
            leaf(predicate) ?? .unknown
        }
    }

    private var negated: Truth { Truth(whenTrue: whenFalse, whenFalse: whenTrue, isExact: isExact) }

    private func and(_ other: Truth) -> Truth {
        Truth(
            whenTrue: whenTrue.intersection(other.whenTrue),
            whenFalse: whenFalse.union(other.whenFalse),
            isExact: isExact && other.isExact
        )
    }
}
