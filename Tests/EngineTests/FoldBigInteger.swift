/// Integers of any size, as simple as can be: what the folds' arithmetic is compared with.
struct BigInteger: Comparable {
    private var isNegative = false
    /// From the lowest, 32 bits each; the last is not 0.
    private var digits: [UInt32] = []

    init(_ value: Int128) {
        isNegative = value < 0
        var rest = value.magnitude
        while rest > 0 {
            digits.append(UInt32(truncatingIfNeeded: rest))
            rest >>= 32
        }
    }

    init(_ value: Int64) { self.init(Int128(value)) }

    /// `value × 2^shift`, which must be an integer.
    init(_ value: Double, shift: Int) {
        guard value != 0 else {
            self.init(Int64(0))
            return
        }
        let exponent = Int(value.exponent)
        self.init(Int128(Double(sign: .plus, exponent: 52 - exponent, significand: value)))
        precondition(exponent - 52 + shift >= 0, "the shift is too small")
        for _ in 0..<exponent - 52 + shift { self = self + self }
    }

    private init(isNegative: Bool, _ digits: [UInt32]) {
        self.digits = digits
        while self.digits.last == 0 { self.digits.removeLast() }
        self.isNegative = isNegative && !self.digits.isEmpty
    }

    static prefix func - (value: BigInteger) -> BigInteger { BigInteger(isNegative: !value.isNegative, value.digits) }

    static func + (left: BigInteger, right: BigInteger) -> BigInteger {
        if left.isNegative == right.isNegative {
            var digits: [UInt32] = []
            var carry: UInt64 = 0
            for index in 0..<max(left.digits.count, right.digits.count) + 1 {
                let sum = carry + UInt64(left.digit(index)) + UInt64(right.digit(index))
                digits.append(UInt32(truncatingIfNeeded: sum))
                carry = sum >> 32
            }
            return BigInteger(isNegative: left.isNegative, digits)
        }
        let isLess = isLess(left.digits, right.digits)
        let (larger, smaller) = isLess ? (right, left) : (left, right)
        var digits: [UInt32] = []
        var borrow: Int64 = 0
        for index in larger.digits.indices {
            let difference = Int64(larger.digit(index)) - Int64(smaller.digit(index)) - borrow
            digits.append(UInt32(truncatingIfNeeded: difference))
            borrow = difference < 0 ? 1 : 0
        }
        return BigInteger(isNegative: larger.isNegative, digits)
    }

    static func - (left: BigInteger, right: BigInteger) -> BigInteger { left + -right }

    static func * (left: BigInteger, right: BigInteger) -> BigInteger {
        var digits = [UInt32](repeating: 0, count: left.digits.count + right.digits.count)
        for i in left.digits.indices {
            var carry: UInt64 = 0
            for j in right.digits.indices {
                let sum = UInt64(left.digits[i]) * UInt64(right.digits[j]) + UInt64(digits[i + j]) + carry
                digits[i + j] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            digits[i + right.digits.count] = UInt32(carry)
        }
        return BigInteger(isNegative: left.isNegative != right.isNegative, digits)
    }

    /// 10^exponent.
    static func power(_ exponent: Int) -> BigInteger {
        (0..<exponent).reduce(BigInteger(Int64(1))) { power, _ in power * BigInteger(Int64(10)) }
    }

    static func < (left: BigInteger, right: BigInteger) -> Bool { (left - right).isNegative }

    private static func isLess(_ left: [UInt32], _ right: [UInt32]) -> Bool {
        if left.count != right.count { return left.count < right.count }
        for index in left.indices.reversed() where left[index] != right[index] { return left[index] < right[index] }
        return false
    }

    private func digit(_ index: Int) -> UInt32 { index < digits.count ? digits[index] : 0 }

    /// The quotient as a double, with an error of a few units in the last place.
    static func / (left: BigInteger, right: BigInteger) -> Double {
        let (top, exponent) = left.leading
        let (bottom, exponent2) = right.leading
        return Double(sign: .plus, exponent: exponent - exponent2, significand: top / bottom)
    }

    /// The first 64 to 96 bits and the power of two behind them.
    private var leading: (Double, Int) {
        let start = max(digits.count - 3, 0)
        var value: UInt128 = 0
        for index in (start..<digits.count).reversed() { value = value << 32 | UInt128(digits[index]) }
        return (isNegative ? -Double(value) : Double(value), 32 * start)
    }
}
