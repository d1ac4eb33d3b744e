/// An integer of any size, computed in the plainest way: sign and magnitude, digit by digit.
struct BigInteger: Sendable, Hashable {
    /// Digits of base 2^32, the least significant first, without zeros at the end.
    private var digits: [UInt32]
    private(set) var isNegative: Bool

    static let zero = BigInteger(digits: [], isNegative: false)

    private init(digits: [UInt32], isNegative: Bool) {
        var digits = digits
        while digits.last == 0 { digits.removeLast() }
        self.digits = digits
        self.isNegative = isNegative && !digits.isEmpty
    }

    init(_ value: Int64) {
        let magnitude = value.magnitude
        let digits = [UInt32(truncatingIfNeeded: magnitude), UInt32(truncatingIfNeeded: magnitude >> 32)]
        self.init(digits: digits, isNegative: value < 0)
    }

    var isZero: Bool { digits.isEmpty }
    var magnitude: BigInteger { BigInteger(digits: digits, isNegative: false) }

    /// Bits of the magnitude without leading zeros.
    var bitCount: Int {
        guard let last = digits.last else { return 0 }
        return digits.count * 32 - last.leadingZeroBitCount
    }

    static prefix func - (value: BigInteger) -> BigInteger {
        BigInteger(digits: value.digits, isNegative: !value.isNegative)
    }

    static func + (left: BigInteger, right: BigInteger) -> BigInteger {
        if left.isNegative == right.isNegative {
            return BigInteger(digits: sum(left.digits, right.digits), isNegative: left.isNegative)
        }
        if isLess(left.digits, right.digits) {
            return BigInteger(digits: difference(right.digits, left.digits), isNegative: right.isNegative)
        }
        return BigInteger(digits: difference(left.digits, right.digits), isNegative: left.isNegative)
    }

    static func - (left: BigInteger, right: BigInteger) -> BigInteger { left + -right }

    static func * (left: BigInteger, right: BigInteger) -> BigInteger {
        var product = [UInt32](repeating: 0, count: left.digits.count + right.digits.count)
        for (place, digit) in left.digits.enumerated() {
            var carry: UInt64 = 0
            for (offset, other) in right.digits.enumerated() {
                let step = UInt64(digit) * UInt64(other) + UInt64(product[place + offset]) + carry
                product[place + offset] = UInt32(truncatingIfNeeded: step)
                carry = step >> 32
            }
            product[place + right.digits.count] = UInt32(carry)
        }
        return BigInteger(digits: product, isNegative: left.isNegative != right.isNegative)
    }

    static func << (value: BigInteger, count: Int) -> BigInteger {
        let bits = UInt64(count % 32)
        var digits = [UInt32](repeating: 0, count: count / 32)
        var carry: UInt64 = 0
        for digit in value.digits {
            let step = UInt64(digit) << bits | carry
            digits.append(UInt32(truncatingIfNeeded: step))
            carry = step >> 32
        }
        digits.append(UInt32(carry))
        return BigInteger(digits: digits, isNegative: value.isNegative)
    }

    /// Quotient and remainder of two magnitudes, by long division, bit by bit.
    func dividedByMagnitude(_ divisor: BigInteger) -> (quotient: BigInteger, hasRemainder: Bool) {
        var quotient = BigInteger.zero
        var rest = magnitude
        var shift = bitCount - divisor.bitCount
        while shift >= 0 {
            let part = divisor.magnitude << shift
            quotient = quotient << 1
            if !Self.isLess(rest.digits, part.digits) {
                rest = rest - part
                quotient = quotient + BigInteger(1)
            }
            shift -= 1
        }
        return (quotient, !rest.isZero)
    }

    /// Whether a bit of the magnitude is set.
    func bit(_ index: Int) -> Bool {
        let place = index / 32
        return place < digits.count && digits[place] >> UInt32(index % 32) & 1 == 1
    }

    /// Whether any bit of the magnitude below `index` is set.
    func hasBits(below index: Int) -> Bool { (0..<Swift.max(index, 0)).contains { bit($0) } }

    /// The bits of the magnitude from `index` on, which must be at most 64.
    func top(from index: Int) -> UInt64 {
        (0..<64).reduce(0) { bit(index + $1) ? $0 | 1 << UInt64($1) : $0 }
    }

    // MARK: Magnitudes

    private static func isLess(_ left: [UInt32], _ right: [UInt32]) -> Bool {
        if left.count != right.count { return left.count < right.count }
        for index in left.indices.reversed() where left[index] != right[index] { return left[index] < right[index] }
        return false
    }

    private static func sum(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var digits: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0..<Swift.max(left.count, right.count) {
            let a = index < left.count ? UInt64(left[index]) : 0
            let b = index < right.count ? UInt64(right[index]) : 0
            let step = a + b + carry
            digits.append(UInt32(truncatingIfNeeded: step))
            carry = step >> 32
        }
        digits.append(UInt32(carry))
        return digits
    }

    /// `left - right`, which is not negative.
    private static func difference(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var digits: [UInt32] = []
        var borrow: Int64 = 0
        for index in left.indices {
            var step = Int64(left[index]) - (index < right.count ? Int64(right[index]) : 0) - borrow
            borrow = step < 0 ? 1 : 0
            if step < 0 { step += 1 << 32 }
            digits.append(UInt32(step))
        }
        return digits
    }
}
