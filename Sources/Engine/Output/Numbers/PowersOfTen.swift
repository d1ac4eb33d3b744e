import Columnar

/// The first 128 bits of powers of ten, computed exactly when they are first needed (about 0.1 ms).
enum PowersOfTen {
    /// The exponents that ``ShortestDecimal`` asks for: those of the smallest subnormal and of the largest double.
    static let exponents = -292...324

    /// The highest 128 bits of a power, rounded up: `ceil(10^k / 2^e)`, where `e` is such that the highest bit is set.
    struct Power: Sendable {
        var upper: UInt64
        var lower: UInt64
    }

    /// The powers by ``index(_:)``.
    static let table: Buffer<Power> = {
        var powers = [Power](repeating: Power(upper: 0, lower: 0), count: exponents.count)
        // floor(floor(x / 10) / 10) is floor(x / 100), so each quotient is the exact one, cut off.
        var quotient = BigNatural(powerOfTwo: BigNatural.bitsMax - 1)
        for exponent in exponents.filter({ $0 < 0 }).reversed() {
            quotient.divideByTen()
            powers[index(exponent)] = quotient.top128(isWhole: false)
        }
        var power = BigNatural(powerOfTwo: 0)
        for exponent in 0...exponents.upperBound {
            if exponent > 0 { power.multiplyByTen() }
            powers[index(exponent)] = power.top128(isWhole: true)
        }
        return Buffer(powers)
    }()

    /// The place of an exponent in ``table``.
    @inline(__always)
    static func index(_ exponent: Int) -> Int { exponent &- exponents.lowerBound }

    /// `floor(log2(10^exponent))`, exact for exponents of magnitude up to 1233.
    @inline(__always)
    static func floorLog2(_ exponent: Int) -> Int { (exponent &* 1_741_647) >> 19 }
}

/// A natural number of up to ``bitsMax`` bits.
private struct BigNatural {
    /// More than 10^324 has (1,077), and than 2^n must have so that 2^n / 10^292 has 128 (1,098).
    static let bitsMax = 1152

    /// Lowest first.
    private var limbs = [UInt64](repeating: 0, count: bitsMax / 64)

    init(powerOfTwo exponent: Int) { limbs[exponent / 64] = 1 << UInt64(exponent % 64) }

    mutating func multiplyByTen() {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let (upper, lower) = limbs[index].multipliedFullWidth(by: 10)
            let (sum, overflow) = lower.addingReportingOverflow(carry)
            limbs[index] = sum
            carry = upper + (overflow ? 1 : 0)
        }
    }

    mutating func divideByTen() {
        var remainder: UInt64 = 0
        for index in limbs.indices.reversed() {
            (limbs[index], remainder) = (10 as UInt64).dividingFullWidth((remainder, limbs[index]))
        }
    }

    /// The highest 128 bits, one more if anything is cut off; `isWhole` tells that nothing was cut off before.
    func top128(isWhole: Bool) -> PowersOfTen.Power {
        let bitCount = (limbs.lastIndex { $0 != 0 } ?? 0) * 64 + 64 - (limbs.last { $0 != 0 } ?? 0).leadingZeroBitCount
        var top = UInt128(0)
        for bit in stride(from: bitCount - 128, to: bitCount, by: 64) {
            top |= UInt128(word(fromBit: bit)) << UInt128(bit - (bitCount - 128))
        }
        if !isWhole || isAnyBitSet(below: bitCount - 128) { top += 1 }
        return PowersOfTen.Power(upper: UInt64(top >> 64), lower: UInt64(truncatingIfNeeded: top))
    }

    /// Sixty-four bits from a bit on; bits below the first are 0.
    private func word(fromBit bit: Int) -> UInt64 {
        let limb = bit >> 6
        let shift = UInt64(bit & 63)
        let lower = limbs.indices.contains(limb) ? limbs[limb] >> shift : 0
        let upper = shift > 0 && limbs.indices.contains(limb + 1) ? limbs[limb + 1] << (64 - shift) : 0
        return lower | upper
    }

    private func isAnyBitSet(below bit: Int) -> Bool {
        guard bit > 0 else { return false }
        return limbs[..<(bit / 64)].contains { $0 != 0 } || limbs[bit / 64] & ((1 << UInt64(bit % 64)) - 1) != 0
    }
}
