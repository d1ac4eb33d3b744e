import Columnar
import QueryLang

/// A condition on one column that statistics of a slice can refute for all its rows at once.
struct SlicePredicate: Sendable {
    private enum Condition: Sendable {
        case comparison(BinaryOperator, Scalar)
        case anyOf([Scalar])
        case isNull
        case isNotNull
    }

    private let column: Int
    private let condition: Condition

    /// Conditions out of a predicate, each of which must hold for a row to be taken.
    static func conditions(of predicate: BoundExpression) -> [SlicePredicate] {
        predicate.conjuncts.compactMap(SlicePredicate.init)
    }

    private init?(_ predicate: BoundExpression) {
        switch predicate {
        case .binary(let symbol, .column(let column, _), .literal(let value, _), _) where symbol.isComparison:
            self.init(column, .comparison(symbol, value))
        case .binary(let symbol, .literal(let value, _), .column(let column, _), _) where symbol.isComparison:
            self.init(column, .comparison(symbol.mirrored, value))
        case .inList(.column(let column, _), let values, false): self.init(column, .anyOf(values))
        case .isNull(.column(let column, _), let isNegated): self.init(column, isNegated ? .isNotNull : .isNull)
        default: return nil
        }
    }

    private init(_ column: Int, _ condition: Condition) {
        self.column = column
        self.condition = condition
    }

    /// Whether the condition certainly holds for no row of the slice.
    func excludes(_ slice: any SeriesSlice) -> Bool {
        guard let statistics = slice.statistics(column: column) else { return false }
        switch condition {
        case .isNull: return statistics.nullCount == 0
        case .isNotNull: return statistics.nullCount == slice.count
        case .comparison(let symbol, let value): return Self.excludes(statistics, slice.count, symbol, value)
        case .anyOf(let values):
            return values.allSatisfy { Self.excludes(statistics, slice.count, .equal, $0) }
        }
    }

    /// Whether the condition certainly holds for every row of a source.
    func includes(_ source: any ColumnSource) -> Bool {
        guard let statistics = source.statistics(column) else { return false }
        switch condition {
        case .isNull: return statistics.nullCount == source.rowCount
        case .isNotNull: return statistics.nullCount == 0
        case .comparison(let symbol, let value):
            // NaN is left out of the bounds, and no comparison but `!=` holds for it: only types without it can be judged.
            guard statistics.nullCount == 0, let opposite = symbol.negated, !value.isNull,
                Self.isWithoutNaN(statistics)
            else { return false }
            return Self.excludes(statistics, source.rowCount, opposite, value)
        case .anyOf: return false
        }
    }

    /// Whether no value is NaN: a sum of doubles that is known is of finite ones.
    private static func isWithoutNaN(_ statistics: ColumnStatistics) -> Bool {
        switch statistics.min {
        case .int64, .timestamp: true
        case .float64: statistics.sum != nil
        default: false
        }
    }

    private static func excludes(
        _ statistics: ColumnStatistics,
        _ rowCount: Int,
        _ symbol: BinaryOperator,
        _ value: Scalar
    ) -> Bool {
        if statistics.nullCount == rowCount || value.isNull { return true }
        // NaN is in no order and equal to nothing, so only `!=` holds for it, which is not judged here.
        guard symbol != .notEqual, let least = statistics.min, let largest = statistics.max else { return false }
        let belowLeast = isLess(value, least)
        let aboveLargest = isLess(largest, value)
        switch symbol {
        case .equal: return belowLeast ?? false || aboveLargest ?? false
        case .less: return isLess(least, value).map { !$0 } ?? false
        case .lessOrEqual: return belowLeast ?? false
        case .greater: return isLess(value, largest).map { !$0 } ?? false
        case .greaterOrEqual: return aboveLargest ?? false
        case .notEqual, .add, .subtract, .multiply, .divide, .modulo, .and, .or: return false
        }
    }

    /// Whether one value comes before another, as the query's own comparison has it; nil if they have no order.
    private static func isLess(_ left: Scalar, _ right: Scalar) -> Bool? {
        if let left = left.int64, let right = right.int64 { return left < right }
        if let left = left.double, let right = right.double { return left.isNaN || right.isNaN ? nil : left < right }
        if let left = left.text, let right = right.text { return OrderedText(left) < OrderedText(right) }
        return nil
    }
}

extension BoundExpression {
    /// The operands of the ANDs at the top.
    var conjuncts: [BoundExpression] {
        var found: [BoundExpression] = []
        var open = [self]
        while let expression = open.popLast() {
            if case .binary(.and, let left, let right, _) = expression {
                open.append(right)
                open.append(left)
            } else {
                found.append(expression)
            }
        }
        return found
    }

    /// Indices of the table's columns that it reads.
    func collectColumns(into columns: inout Set<Int>) {
        switch self {
        case .column(let index, _): columns.insert(index)
        case .literal, .bucket, .key, .aggregate, .window: break
        case .unary(_, let operand, _), .inList(let operand, _, _), .isNull(let operand, _):
            operand.collectColumns(into: &columns)
        case .binary(_, let left, let right, _):
            left.collectColumns(into: &columns)
            right.collectColumns(into: &columns)
        case .call(_, let arguments, _):
            for argument in arguments { argument.collectColumns(into: &columns) }
        case .query(let query):
            if case .contains(let operand, _) = query.question { operand.collectColumns(into: &columns) }
        }
    }
}

extension BinaryOperator {
    /// The comparison that holds where this one does not, for values that have an order.
    var negated: BinaryOperator? {
        switch self {
        case .less: .greaterOrEqual
        case .lessOrEqual: .greater
        case .greater: .lessOrEqual
        case .greaterOrEqual: .less
        case .equal, .notEqual, .add, .subtract, .multiply, .divide, .modulo, .and, .or: nil
        }
    }

    /// Whether it compares two values.
    var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        case .add, .subtract, .multiply, .divide, .modulo, .and, .or: false
        }
    }
}
