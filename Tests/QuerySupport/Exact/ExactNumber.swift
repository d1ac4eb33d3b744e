/// `mantissa × 2^exponent`: what sums and products of doubles are before anybody rounds them.
struct ExactNumber: Sendable {
    private var mantissa: BigInteger
    private var exponent: Int

    static let zero = ExactNumber(mantissa: .zero, exponent: 0)
    static let one = ExactNumber(mantissa: BigInteger(1), exponent: 0)

    private init(mantissa: BigInteger, exponent: Int) {
        self.mantissa = mantissa
        self.exponent = exponent
    }

    /// A double that is finite.
    init(_ value: Double) {
        precondition(value.isFinite, "BUG: only finite doubles are numbers")
        guard value != 0 else {
            self = .zero
            return
        }
        // The significand is below 2, with 52 bits after the point.
        let mantissa = Int64(value.significand * 0x1p52)
        let exponent = Int(value.exponent) - 52
        // Trailing zeros would make sums and products longer for nothing.
        let zeros = mantissa.trailingZeroBitCount
        self.mantissa = BigInteger(value < 0 ? -(mantissa >> zeros) : mantissa >> zeros)
        self.exponent = exponent + zeros
    }

    /// An integer.
    init(_ value: Int64) {
        self.init(mantissa: BigInteger(value), exponent: 0)
    }

    var isZero: Bool { mantissa.isZero }
    var isNegative: Bool { mantissa.isNegative }
    var magnitude: ExactNumber { ExactNumber(mantissa: mantissa.magnitude, exponent: exponent) }

    /// Whether a double holds it, however large its exponent.
    var fitsDouble: Bool { isZero || mantissa.bitCount - trailingZeroBitCount <= 53 }

    /// The exponent of the lowest bit that is set; 0 for zero.
    var lowestExponent: Int { isZero ? 0 : exponent + trailingZeroBitCount }

    private var trailingZeroBitCount: Int { (0..<mantissa.bitCount).first { mantissa.bit($0) } ?? 0 }

    static prefix func - (value: ExactNumber) -> ExactNumber {
        ExactNumber(mantissa: -value.mantissa, exponent: value.exponent)
    }

    static func + (left: ExactNumber, right: ExactNumber) -> ExactNumber {
        if left.isZero { return right }
        if right.isZero { return left }
        let exponent = min(left.exponent, right.exponent)
        let a = left.mantissa << (left.exponent - exponent)
        let b = right.mantissa << (right.exponent - exponent)
        return ExactNumber(mantissa: a + b, exponent: exponent)
    }

    static func - (left: ExactNumber, right: ExactNumber) -> ExactNumber { left + -right }

    static func * (left: ExactNumber, right: ExactNumber) -> ExactNumber {
        ExactNumber(mantissa: left.mantissa * right.mantissa, exponent: left.exponent + right.exponent)
    }

    static func * (left: ExactNumber, right: Int) -> ExactNumber { left * ExactNumber(Int64(right)) }

    /// The double nearest to it; an infinity if it is too large.
    var double: Double { Self.double(mantissa, exponent, hasMore: false) }

    /// The double nearest to `self / divisor`, which is not zero.
    func divided(by divisor: ExactNumber) -> Double {
        precondition(!divisor.isZero, "BUG: division by zero")
        // So many bits that the quotient has at least 64, and its last ones only tell which way to round.
        let shift = max(64 - (mantissa.bitCount - divisor.mantissa.bitCount), 0)
        let (quotient, hasRemainder) = (mantissa << shift).dividedByMagnitude(divisor.mantissa)
        let magnitude = Self.double(quotient, exponent - divisor.exponent - shift, hasMore: hasRemainder)
        return mantissa.isNegative == divisor.mantissa.isNegative ? magnitude : -magnitude
    }

    /// The double nearest to `mantissa × 2^exponent`, plus something less than 2^exponent if `hasMore`: ties go to even.
    private static func double(_ mantissa: BigInteger, _ exponent: Int, hasMore: Bool) -> Double {
        let bitCount = mantissa.bitCount
        guard bitCount > 0 else { return 0 }
        // Doubles below 2^-1022 have fewer bits: none below 2^-1074.
        let dropped = max(bitCount - 53, -1074 - exponent)
        guard dropped <= bitCount else { return mantissa.isNegative ? -0.0 : 0 }
        var top = dropped <= 0 ? mantissa.top(from: 0) : mantissa.top(from: dropped)
        if dropped > 0, mantissa.bit(dropped - 1), hasMore || mantissa.hasBits(below: dropped - 1) || top & 1 == 1 {
            top += 1
        }
        let magnitude = Double(sign: .plus, exponent: exponent + max(dropped, 0), significand: Double(top))
        return mantissa.isNegative ? -magnitude : magnitude
    }
}
