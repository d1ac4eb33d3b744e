/// The greatest common divisor of integers' differences: prices are multiples of a tick, venue times of a millisecond.
enum CommonDivisor {
    /// Values looked at before a full pass is worth it; of values without a divisor these already show it.
    private static let sampleCount = 32

    /// The greatest common divisor of all differences to `minimum`, of which `range` is one; at least 1.
    static func find(_ values: UnsafeBufferPointer<Int64>, minimum: Int64, range: UInt64) -> UInt64 {
        var divisor = range
        for value in values.prefix(sampleCount) {
            divisor = greatestCommonDivisor(divisor, UInt64(bitPattern: value &- minimum))
        }
        guard divisor > 1 else { return 1 }
        var division = ExactDivision(by: divisor)
        for value in values.dropFirst(sampleCount) {
            let difference = UInt64(bitPattern: value &- minimum)
            if division.divides(difference) { continue }
            divisor = greatestCommonDivisor(divisor, difference)
            guard divisor > 1 else { return 1 }
            division = ExactDivision(by: divisor)
        }
        return divisor
    }

    private static func greatestCommonDivisor(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}

/// Division of multiples, and the test for being one, by one multiplication (Granlund and Montgomery 1994, section 9).
struct ExactDivision {
    private let inverse: UInt64
    private let shift: UInt64
    private let limit: UInt64

    /// `divisor` is not 0.
    init(by divisor: UInt64) {
        let twos = UInt64(divisor.trailingZeroBitCount)
        let odd = divisor >> twos
        // Newton's iteration doubles the number of right bits: 5, 10, 20, 40, 80.
        var inverse = odd &* 3 ^ 2
        for _ in 0..<4 { inverse = inverse &* (2 &- odd &* inverse) }
        self.inverse = inverse
        self.shift = twos
        self.limit = UInt64.max / divisor
    }

    /// The quotient if `value` is a multiple.
    @inline(__always)
    func quotient(_ value: UInt64) -> UInt64 {
        let product = value &* inverse
        return product >> shift | (shift == 0 ? 0 : product << (64 &- shift))
    }

    /// Whether `value` is a multiple.
    @inline(__always)
    func divides(_ value: UInt64) -> Bool { quotient(value) <= limit }
}
