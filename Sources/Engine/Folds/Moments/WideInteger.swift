/// A signed integer of 192 bits: a sum of 2^63 squares of Int64 fits.
struct WideInteger: Sendable, Hashable {
    private var low: UInt128 = 0
    private var high: Int64 = 0

    /// Zero.
    init() {}

    /// Adds a product of two Int64, or a sum of such.
    @inline(__always)
    static func += (total: inout WideInteger, value: Int128) {
        let (sum, carry) = total.low.addingReportingOverflow(UInt128(truncatingIfNeeded: value))
        total.low = sum
        total.high &+= (value < 0 ? -1 : 0) &+ (carry ? 1 : 0)
    }

    @inline(__always)
    static func -= (total: inout WideInteger, value: Int128) {
        let (difference, borrow) = total.low.subtractingReportingOverflow(UInt128(truncatingIfNeeded: value))
        total.low = difference
        total.high &-= (value < 0 ? -1 : 0) &+ (borrow ? 1 : 0)
    }

    static func += (total: inout WideInteger, value: WideInteger) {
        let (sum, carry) = total.low.addingReportingOverflow(value.low)
        total.low = sum
        total.high &+= value.high &+ (carry ? 1 : 0)
    }

    var isNegative: Bool { high < 0 }

    /// The magnitude as two parts.
    var magnitude: (high: UInt64, low: UInt128) {
        let bits = UInt64(bitPattern: high)
        if high >= 0 { return (bits, low) }
        return (~bits &+ (low == 0 ? 1 : 0), ~low &+ 1)
    }

    /// The number times 10^digits; nil if that is not below 2^190.
    func scaled(byPowerOfTen digits: Int) -> WideInteger? {
        var (high, low) = magnitude
        var left = digits
        while left > 0 {
            let step = min(left, 19)  // 10^19 is the last power in 64 bits
            let power = UInt64(NearestDouble.powersOfTen[step])
            let (carry, newLow) = low.multipliedFullWidth(by: UInt128(power))
            let (product, overflow) = high.multipliedReportingOverflow(by: power)
            let (sum, overflow2) = product.addingReportingOverflow(UInt64(carry))
            guard !overflow, !overflow2 else { return nil }
            (high, low) = (sum, newLow)
            left -= step
        }
        guard high < 1 << 62 else { return nil }
        var result = WideInteger()
        result.high = Int64(high)
        result.low = low
        return isNegative ? result.negated : result
    }

    private var negated: WideInteger {
        var result = WideInteger()
        let (high, low) = magnitude
        // Of a negative number the magnitude is the negation; of another, its complement plus one.
        result.low = isNegative ? low : ~low &+ 1
        result.high = isNegative ? Int64(bitPattern: high) : Int64(bitPattern: ~high &+ (low == 0 ? 1 : 0))
        return result
    }

    /// The number, to about 106 bits.
    var doubleDouble: DoubleDouble {
        let (high, low) = magnitude
        let half = UInt128(UInt64.max)
        let upper = DoubleDouble(Int128(high)) * DoubleDouble(0x1p128)
        let middle = DoubleDouble(Int128(low >> 64)) * DoubleDouble(0x1p64)
        let sum = upper + middle + DoubleDouble(Int128(low & half))
        return isNegative ? -sum : sum
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(low)
        writer.write(high)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        low = try reader.read(UInt128.self)
        high = try reader.readInt64()
    }
}

extension WideInteger {
    /// `count × products - left × right`, exactly, then the nearest double (but for a unit in the last place).
    ///
    /// For Σxy, Σx and Σy of n rows that is n² times the covariance: the difference of two numbers that agree in most of
    /// their digits, which is why it is not taken of doubles.
    static func centered(count: Int64, products: WideInteger, _ left: Int128, _ right: Int128) -> Double {
        let (high, low) = products.magnitude
        let factor = UInt128(count.magnitude)
        let (carry, firstLow) = low.multipliedFullWidth(by: factor)
        // Below 2^256: 2^63 rows at most, of products below 2^126.
        let firstHigh = carry &+ UInt128(high) &* factor
        let (secondHigh, secondLow) = left.magnitude.multipliedFullWidth(by: right.magnitude)
        let isFirstNegative = products.isNegative != (count < 0)
        let isSecondNegative = (left < 0) != (right < 0)
        guard isFirstNegative == isSecondNegative else {
            let (sum, overflow) = firstLow.addingReportingOverflow(secondLow)
            let magnitude = double(firstHigh &+ secondHigh &+ (overflow ? 1 : 0), sum)
            return isFirstNegative ? -magnitude : magnitude
        }
        let isLess = (firstHigh, firstLow) < (secondHigh, secondLow)
        let (larger, smaller) =
            isLess ? ((secondHigh, secondLow), (firstHigh, firstLow)) : ((firstHigh, firstLow), (secondHigh, secondLow))
        let (difference, borrow) = larger.1.subtractingReportingOverflow(smaller.1)
        let magnitude = double(larger.0 &- smaller.0 &- (borrow ? 1 : 0), difference)
        return isLess == isFirstNegative ? magnitude : -magnitude
    }

    /// The double nearest to `high × 2^128 + low`, or one beside it.
    private static func double(_ high: UInt128, _ low: UInt128) -> Double {
        if high == 0 { return Double(low) }
        let shift = high.leadingZeroBitCount
        let top = shift == 0 ? high : high << UInt128(shift) | low >> UInt128(128 - shift)
        return Double(sign: .plus, exponent: 128 - shift, significand: Double(top))
    }
}
