import Columnar
import QueryLang

@testable import Engine

/// Aggregates that give rows back, over doubles only as exact as what their frames have lets them be.
extension WindowOracle {
    /// The fold over the rows alone; off by what `tolerance` says of the largest distance of each argument's values, and of
    /// the largest value.
    func moving<F: Fold>(
        _ type: F.Type,
        _ arguments: [Int],
        _ rows: [Int],
        _ tolerance: (_ spreads: [Double], _ largest: [Double]) -> Double
    ) -> WindowExpectation {
        let value = folded(type, arguments, rows)
        guard case .exactly(.float64(let double)) = value, double.isFinite else { return value }
        // Digits of one scale are summed exactly, those of several only as long as they fit. How they are scaled when a
        // quotient is rounded depends on what was in the window.
        let isExact = arguments.allSatisfy { argument in
            let tags = Set(columns[argument].cells.compactMap(\.tag))
            return tags.count <= 1 && tags.allSatisfy { $0 == 2 || (100...118).contains($0) }
        }
        if isExact { return .near(double, within: 1e-12 * double.magnitude) }
        let decided = rows.filter { row in arguments.allSatisfy { columns[$0].cells[row] != .null } }
        let values = arguments.map { argument in decided.compactMap { columns[argument].cells[$0].scalar.double } }
        let largest = values.map { $0.map(\.magnitude).max() ?? 0 }
        if largest.contains(where: { $0 > 1e100 }) { return .open }
        let spreads = values.map { ($0.max() ?? 0) - ($0.min() ?? 0) }
        if type == CorrelationFold.self, zip(spreads, largest).contains(where: { $0 < 1e-12 * $1 }) { return .open }
        if type == VWAPFold.self {
            // What sizes that cancel out leave is a matter of rounding.
            let (sum, all) = (values[1].reduce(0, +), values[1].map(\.magnitude).reduce(0, +))
            return abs(sum) < 1e-6 * all ? .open : .near(double, within: 1e-8 * largest[0] * all / abs(sum))
        }
        return .near(double, within: tolerance(spreads, largest) + 1e-9 * double.magnitude)
    }
}
