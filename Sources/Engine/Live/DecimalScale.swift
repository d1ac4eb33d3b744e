import Columnar

/// How many decimals mantissas have, and what turns them into doubles.
struct DecimalScale: Sendable, Hashable {
    /// The number of decimals.
    let digits: Int
    /// 10^digits, exact.
    private let divisor: Double

    /// Creates a scale of 0 to 22 digits: more than instruments have, even after a division by 2 or 10.
    init(_ digits: Int) {
        precondition(digits >= 0 && digits <= ScaledInteger.scaleMax, "BUG: scale out of range")
        self.digits = digits
        divisor = ScaledInteger.powersOfTen[digits]
    }

    /// 10^digits: the mantissa of 1.
    var unit: Double { divisor }

    /// The double nearest to `mantissa / 10^digits`.
    @inline(__always)
    func double(_ mantissa: Int64) -> Double {
        // One division of two exact doubles is correctly rounded.
        if mantissa.magnitude <= 1 << 53 { return Double(mantissa) / divisor }
        return NearestDouble.decimal(Int128(mantissa), scale: digits)
    }

    /// The double nearest to `mantissa / 10^digits`.
    @inline(__always)
    func double(_ mantissa: Int128) -> Double {
        let low = Int64(truncatingIfNeeded: mantissa)
        if Int128(low) == mantissa { return double(low) }
        return NearestDouble.decimal(mantissa, scale: digits)
    }

    /// A double that already is a rounded mantissa, divided: two roundings.
    @inline(__always)
    func double(rounded mantissa: Double) -> Double { mantissa / divisor }
}
