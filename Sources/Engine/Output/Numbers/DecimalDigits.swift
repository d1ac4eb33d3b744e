/// The digits of a number as text, first to last, and how many there are: eight a multiplication, without a table.
///
/// A number below 10^16 is scaled up to 16 digits, so that its first digit always stands in the same place; what is scaled up
/// ends in zeros, and those are dropped with the trailing zeros of the number itself.
struct DecimalDigits {
    /// The most digits that ``text`` holds.
    static let countMax = 16

    /// Sixteen ASCII digits, the first in the lowest byte, filled up with `0`.
    var text: UInt128
    /// Digits of the number.
    var count: Int
    /// Digits without trailing zeros; 0 for the number 0.
    var significantCount: Int

    /// The digits of a number below 10^16.
    @inline(__always)
    init(_ value: UInt64) {
        let count = Self.count(value)
        let scaled = value &* Self.powersOfTen[Self.countMax &- count]
        let upper = scaled / 100_000_000
        let lower = scaled &- upper &* 100_000_000
        self.init(upper: Self.eightDigits(upper), lower: lower == 0 ? 0 : Self.eightDigits(lower), count: count)
    }

    /// All sixteen digits of a number below 10^16, zeros in front too.
    @inline(__always)
    init(sixteen value: UInt64) {
        let upper = value / 100_000_000
        self.init(
            upper: Self.eightDigits(upper),
            lower: Self.eightDigits(value &- upper &* 100_000_000),
            count: Self.countMax
        )
    }

    /// Joins two words of eight digits each, without the ASCII `0`s.
    @inline(__always)
    private init(upper: UInt64, lower: UInt64, count: Int) {
        self.count = count
        let zeroCount =
            lower == 0 ? 8 &+ upper.leadingZeroBitCount / 8 : lower.leadingZeroBitCount / 8
        significantCount = Self.countMax &- zeroCount
        text = UInt128(upper | Self.asciiZeros) | UInt128(lower | Self.asciiZeros) << 64
    }

    /// `00000000`.
    static let asciiZeros: UInt64 = 0x3030_3030_3030_3030

    /// Eight digits, one a byte, the first in the lowest: the number is halved into 4, 2 and 1 digits, all parts at once.
    @inline(__always)
    static func eightDigits(_ value: UInt64) -> UInt64 {
        let four = value / 10_000
        let fours = four | (value &- four &* 10_000) << 32
        // 5243 / 2^19 is 1 / 100 for all below 10,000; 103 / 2^10 is 1 / 10 for all below 100.
        let two = ((fours &* 5243) >> 19) & 0x0000_007F_0000_007F
        let twos = two | (fours &- two &* 100) << 16
        let one = ((twos &* 103) >> 10) & 0x000F_000F_000F_000F
        return one | (twos &- one &* 10) << 8
    }

    /// How many digits a number below 10^19 has; 0 has one.
    @inline(__always)
    static func count(_ value: UInt64) -> Int {
        // 1233 / 2^12 is log10(2), near enough to be at most one too small.
        let estimate = ((64 &- (value | 1).leadingZeroBitCount) &* 1233) >> 12
        return estimate &+ (value >= powersOfTen[estimate] ? 1 : 0) &+ (value == 0 ? 1 : 0)
    }

    /// 10^0 to 10^19.
    static let powersOfTen: InlineArray<20, UInt64> = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]
}
