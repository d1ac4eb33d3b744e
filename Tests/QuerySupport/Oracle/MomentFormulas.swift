import Columnar

/// Variances, covariances and correlation by the formulas over Σx, Σy, Σx², Σy² and Σxy, which are exact here.
struct MomentFormulas {
    private let rows: [[Value]]
    private let count: Int
    private var sums: [ExactNumber] = []
    /// n Σxy - Σx Σy, and the same of x and x, and of y and y.
    private var xy = ExactNumber.zero
    private var xx = ExactNumber.zero
    private var yy = ExactNumber.zero
    /// The largest magnitudes.
    private var x = 0.0
    private var y = 0.0

    /// How far off a variance may be, as a share of itself and of (largest value × deviation): what a sum of squared
    /// differences from a running mean keeps, and a difference of sums of squares does not.
    static let errorShare = 1e-11
    /// The part of the largest value that is lost in rounding, even if all values are equal.
    static let residue = 1e-13
    /// Values of this size and more give NaN, like infinities: so the documentation of the aggregates has it.
    static let magnitudeEnd = 0x1p479

    init(_ rows: [[Value]]) {
        self.rows = rows
        self.count = rows.count
        x = rows.map { ($0[0].double ?? 0).magnitude }.max() ?? 0
        y = rows.map { ($0[$0.count - 1].double ?? 0).magnitude }.max() ?? 0
        guard isFinite, max(x, y) < Self.magnitudeEnd else { return }
        let first = rows.map { ExactNumber($0[0].double ?? 0) }
        let second = rows.map { ExactNumber($0[$0.count - 1].double ?? 0) }
        xx = spread(first, first)
        yy = spread(second, second)
        xy = spread(first, second)
    }

    private var isFinite: Bool { rows.allSatisfy { $0.allSatisfy { ($0.double ?? 0).isFinite } } }

    /// n Σab - Σa Σb
    private func spread(_ a: [ExactNumber], _ b: [ExactNumber]) -> ExactNumber {
        let products = zip(a, b).reduce(ExactNumber.zero) { $0 + $1.0 * $1.1 }
        return products * count - a.reduce(.zero, +) * b.reduce(.zero, +)
    }

    func value(of name: String) throws(OracleFailure) -> Value {
        let isSample = !name.hasSuffix("_pop")
        switch name {
        case "var_samp", "var_pop", "stddev_samp", "stddev_pop", "covar_samp", "covar_pop", "corr": break
        default: throw .unknown("the aggregate \(name)")
        }
        if isSample, count < 2 { return .null }
        if rows.contains(where: { $0.contains { !$0.isExact } }) { return .open }
        guard isFinite, max(x, y) < Self.magnitudeEnd else { return Value(.float64(.nan), isReproducible: false) }
        if name == "corr" { return correlation }
        let divisor = ExactNumber(Int64(count)) * (isSample ? count - 1 : count)
        let isCovariance = name.hasPrefix("covar")
        let (center, error) = isCovariance ? covariance(divisor) : variance(divisor)
        guard center.isFinite, error.isFinite else { return .open }
        guard name.hasPrefix("stddev") else {
            return Value(.float64(center), error: error, isReproducible: false)
        }
        let deviation = center.squareRoot()
        let high = (center + error).squareRoot() - deviation
        let low = deviation - max(center - error, 0).squareRoot()
        return Value(.float64(deviation), error: max(high, low) + deviation * 1e-15, isReproducible: false)
    }

    private func variance(_ divisor: ExactNumber) -> (center: Double, error: Double) {
        let variance = xx.divided(by: divisor)
        let loss = (x * Self.residue) * (x * Self.residue)
        return (variance, Self.errorShare * (variance + x * variance.squareRoot()) + loss)
    }

    private func covariance(_ divisor: ExactNumber) -> (center: Double, error: Double) {
        let covariance = xy.divided(by: divisor)
        let (sx, sy) = (xx.divided(by: divisor).squareRoot(), yy.divided(by: divisor).squareRoot())
        let loss = (x * Self.residue) * (y * Self.residue)
        return (covariance, Self.errorShare * (sx * sy + x * sy + y * sx) + loss)
    }

    private var correlation: Value {
        // A correlation with something that does not vary is no number.
        if xx.isZero || yy.isZero { return Value(.null) }
        let divisor = ExactNumber(Int64(count)) * count
        let (sx, sy) = (xx.divided(by: divisor).squareRoot(), yy.divided(by: divisor).squareRoot())
        let correlation = xy.divided(by: divisor) / sx / sy
        let error = Self.errorShare * (1 + x / sx + y / sy) + 1e-15
        guard correlation.isFinite, error < 0.01 else { return .open }
        return Value(.float64(correlation), error: error, isReproducible: false)
    }
}
