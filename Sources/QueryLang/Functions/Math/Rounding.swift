import Columnar
import Glibc

/// Rounding to decimal places.
public enum Rounding {
    /// Rounds a double to `digits` decimals, which may be negative.
    ///
    /// A tie is judged by the shortest decimal text of the value, as a reader sees it: 1.005 rounds to 1.01 half away from
    /// zero, and 0.29 is whole hundredths to every rule.
    public static func round(
        _ value: Double,
        digits: Double,
        _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
    ) -> Double {
        guard value.isFinite, digits < 308 else { return value }
        if digits == 0 { return value.rounded(rule) }
        if digits < -308 { return rule == .awayFromZero && value != 0 ? .nan : 0.0 }
        if digits < 0 {
            let power = Glibc.pow(10.0, -digits)
            return (value / power).rounded(rule) * power
        }
        guard digits <= 22 else { return value }
        let power = ScaledInteger.powersOfTen[Int(digits)]
        let scaled = value * power
        guard scaled.magnitude < 0x1p52 else { return value }
        let truncated = scaled.rounded(.towardZero)
        let sign: Double = value < 0 ? -1 : 1
        // The product may be a little off: what reads as a whole number, or as a half, is one.
        for whole in [truncated, truncated + sign] where whole / power == value { return value }
        if (truncated + sign * 0.5) / power == value { return (truncated + sign * 0.5).rounded(rule) / power }
        return scaled.rounded(rule) / power
    }

    /// Rounds an integer to tens, hundreds, ... for negative `digits`; nil if the result does not fit.
    public static func round(
        _ value: Int64,
        digits: Int64,
        _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
    ) -> Int64? {
        if digits >= 0 || value == 0 { return value }
        if digits < -19 { return rule == .awayFromZero ? nil : 0 }
        var power: Int128 = 1
        for _ in 0..<(-digits) { power *= 10 }
        let quotient = Int128(value) / power
        let rest = (Int128(value) % power).magnitude * 2
        let half = power.magnitude
        let isUp =
            switch rule {
            case .towardZero: false
            case .awayFromZero: rest > 0
            case .toNearestOrEven: rest > half || rest == half && quotient % 2 != 0
            default: rest >= half
            }
        return Int64(exactly: (quotient + (isUp ? (value < 0 ? -1 : 1) : 0)) * power)
    }
}
