/// Conversion of exact decimals `mantissa / 10^scale` to doubles.
public enum ScaledInteger {
    /// The largest scale that a column may have: 10^22 is the last power of ten that a double holds exactly.
    public static let scaleMax = 22

    /// 10^0 to 10^22, exact.
    public static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The double nearest to `mantissa / 10^scale`.
    ///
    /// One division of two exact doubles is correctly rounded (Clinger 1990); a mantissa past 2^53 that stays there
    /// after its trailing zeros are dropped takes the slow way over text.
    @inlinable
    public static func double(_ mantissa: Int64, scale: Int) -> Double {
        if mantissa.magnitude <= 1 << 53 { return Double(mantissa) / powersOfTen[scale] }
        return doubleOfLargeMantissa(mantissa, scale: scale)
    }

    @usableFromInline
    static func doubleOfLargeMantissa(_ mantissa: Int64, scale: Int) -> Double {
        var reduced = mantissa
        var remaining = scale
        while remaining > 0, reduced % 10 == 0 {
            reduced /= 10
            remaining -= 1
        }
        if reduced.magnitude <= 1 << 53 { return Double(reduced) / powersOfTen[remaining] }
        // The text form is always a number, so the fallback is unreachable.
        return Double("\(reduced)e-\(remaining)") ?? Double(reduced) / powersOfTen[remaining]
    }
}
