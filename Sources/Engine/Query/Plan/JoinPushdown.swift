import Columnar
import QueryLang

/// Moves the terms of a predicate over a join to its sides.
struct JoinPushdown {
    let left: LogicalPlan
    let right: LogicalPlan
    let join: JoinPlan

    /// - Parameters:
    ///   - push: gives the rows of a plan for which a predicate is true.
    func push(
        _ predicate: BoundExpression,
        _ push: (BoundExpression, LogicalPlan) -> LogicalPlan
    ) -> LogicalPlan {
        // A row that is left out on one side makes its partner one without.
        if case .full = join.kind { return .filter(.join(left, right, join), predicate) }
        let leftCount = left.shape.types.count
        var toLeft: [BoundExpression] = []
        var toRight: [BoundExpression] = []
        var above: [BoundExpression] = []
        for term in predicate.conjuncts {
            let columns = term.columns
            if !columns.isEmpty, columns.allSatisfy({ $0 < leftCount }) {
                toLeft.append(term)
                // Right rows with other keys match no row that is left.
                if let mirrored = mirrored(term) { toRight.append(mirrored) }
            } else if case .inner = join.kind, !columns.isEmpty, columns.allSatisfy({ $0 >= leftCount }) {
                toRight.append(term.replacingColumns { .column($0 - leftCount, $1) })
            } else {
                above.append(term)
            }
        }
        toRight += timeBounds(of: toLeft)
        let newLeft = BoundExpression.conjunction(toLeft).map { push($0, left) } ?? left
        let newRight = BoundExpression.conjunction(toRight).map { push($0, right) } ?? right
        let joined = LogicalPlan.join(newLeft, newRight, join)
        return BoundExpression.conjunction(above).map { .filter(joined, $0) } ?? joined
    }

    /// A term over key columns of the left side, said of the right side's; nil if it has others, or types that differ.
    private func mirrored(_ term: BoundExpression) -> BoundExpression? {
        var partners: [Int: Int] = [:]
        let rightTypes = right.shape.types
        let leftTypes = left.shape.types
        for key in join.keys where leftTypes[key.left] == rightTypes[key.right] { partners[key.left] = key.right }
        guard term.columns.allSatisfy({ partners[$0] != nil }), term.isNullRejecting else { return nil }
        return term.replacingColumns { .column(partners[$0] ?? 0, $1) }
    }

    /// Of bounds on the left side's time, those that follow for the right side's: a later row is never the last before, and
    /// a row before a window or a tolerance is not looked for.
    private func timeBounds(of terms: [BoundExpression]) -> [BoundExpression] {
        guard let leftTime = left.shape.time, let rightTime = right.shape.time else { return [] }
        let ahead: Int64
        let behind: Int64?
        switch join.kind {
        case .inner, .left, .full: return []
        case .asof(let tolerance), .lt(let tolerance): (ahead, behind) = (0, tolerance)
        case .window(let window):
            (ahead, behind) = (window.following, window.includesPrevailing ? nil : window.preceding)
        }
        var bounds: [BoundExpression] = []
        for term in terms {
            guard case .binary(let symbol, .column(leftTime, _), .literal(.timestamp(let bound), _), _) = term else {
                continue
            }
            let time = BoundExpression.column(rightTime, .timestamp)
            func compare(_ symbol: BinaryOperator, _ value: (partialValue: Int64, overflow: Bool)) {
                guard !value.overflow else { return }
                bounds.append(.binary(symbol, time, .literal(.timestamp(value.partialValue), .timestamp), .boolean))
            }
            switch symbol {
            case .less, .lessOrEqual: compare(symbol, bound.addingReportingOverflow(ahead))
            case .greater, .greaterOrEqual:
                if let behind { compare(.greaterOrEqual, bound.subtractingReportingOverflow(behind)) }
            case .equal:
                compare(.lessOrEqual, bound.addingReportingOverflow(ahead))
                if let behind { compare(.greaterOrEqual, bound.subtractingReportingOverflow(behind)) }
            default: break
            }
        }
        return bounds
    }
}

extension BoundExpression {
    /// Whether it is certainly not true where one of its columns is null.
    fileprivate var isNullRejecting: Bool {
        switch self {
        case .binary(let symbol, let left, let right, _) where symbol.isComparison:
            left.isPlain && right.isPlain
        case .inList(let operand, _, _): operand.isPlain
        default: false
        }
    }

    private var isPlain: Bool {
        switch self {
        case .column, .literal: true
        default: false
        }
    }
}
