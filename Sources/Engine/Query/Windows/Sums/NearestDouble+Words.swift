extension NearestDouble {
    /// The double nearest to `numerator / denominator`; `denominator` is not 0. One division of 128 by 64 bits.
    static func quotient(_ numerator: UInt64, _ denominator: UInt64) -> Double {
        if numerator == 0 { return 0 }
        // So many zeros behind the numerator give a quotient of 62 to 64 bits, and a shift of less than 128.
        let shift = max(
            0,
            62 + denominator.bitWidth - denominator.leadingZeroBitCount
                - (numerator.bitWidth - numerator.leadingZeroBitCount)
        )
        let shifted = UInt128(numerator) << UInt128(shift)
        let words = (high: UInt64(truncatingIfNeeded: shifted >> 64), low: UInt64(truncatingIfNeeded: shifted))
        let (quotient, remainder) = denominator.dividingFullWidth(words)
        // A sticky lowest bit stands for the remainder: it breaks ties and changes nothing else.
        return Double(sign: .plus, exponent: -shift, significand: Double(remainder == 0 ? quotient : quotient | 1))
    }
}
