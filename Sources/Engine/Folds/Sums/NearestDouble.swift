import Columnar

/// Doubles nearest to exact rational numbers (ties to even).
enum NearestDouble {
    /// 10^0 to 10^38: all powers of ten that fit in 128 bits.
    static let powersOfTen: [UInt128] = {
        var powers: [UInt128] = [1]
        for _ in 1...38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// The double nearest to `mantissa / 10^scale`; `scale` is not negative.
    static func decimal(_ mantissa: Int128, scale: Int) -> Double {
        if mantissa.magnitude <= 1 << 53, scale <= 22 {
            // One division of two exact doubles is correctly rounded.
            return Double(Int64(truncatingIfNeeded: mantissa)) / ScaledInteger.powersOfTen[scale]
        }
        guard scale < powersOfTen.count else { return decimalByText(mantissa, scale: scale) }
        let magnitude = quotient(mantissa.magnitude, powersOfTen[scale])
        return mantissa < 0 ? -magnitude : magnitude
    }

    /// The double nearest to `numerator / denominator`; `denominator` is not 0.
    static func quotient(_ numerator: UInt128, _ denominator: UInt128) -> Double {
        if numerator == 0 { return 0 }
        var (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        var exponent = 0  // the value is (quotient + remainder / denominator) × 2^exponent
        while quotient < 1 << 55, remainder != 0 {
            let room = min(remainder.leadingZeroBitCount, 64)
            if room == 0 {
                // Doubling the remainder overflows, so it is larger than the denominator: one bit by hand.
                remainder = (remainder &<< 1) &- denominator
                quotient = quotient << 1 | 1
                exponent -= 1
            } else {
                let (digits, rest) = (remainder << UInt128(room)).quotientAndRemainder(dividingBy: denominator)
                quotient = quotient << UInt128(room) | digits
                remainder = rest
                exponent -= room
            }
        }
        return rounded(quotient, isInexact: remainder != 0, exponent: exponent)
    }

    /// `value × 2^exponent` with more bits behind it if `isInexact`; then `value` has at least 55 bits.
    private static func rounded(_ value: UInt128, isInexact: Bool, exponent: Int) -> Double {
        let width = 128 - value.leadingZeroBitCount
        let excess = max(0, width - 64)
        var top = UInt64(truncatingIfNeeded: value >> UInt128(excess))
        // A sticky lowest bit stands for everything cut off: it breaks ties and changes nothing else.
        if isInexact || (excess > 0 && value & ((1 << UInt128(excess)) - 1) != 0) { top |= 1 }
        return Double(sign: .plus, exponent: exponent + excess, significand: Double(top))
    }

    /// Products of columns with very large scales only.
    private static func decimalByText(_ mantissa: Int128, scale: Int) -> Double {
        // The text is always a number, so the fallback is unreachable.
        Double("\(mantissa)e-\(scale)") ?? 0
    }
}
