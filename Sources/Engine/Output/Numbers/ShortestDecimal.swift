import Columnar

/// The shortest decimal `digits × 10^exponent` that reads back as a given double; of several, the nearest to it.
///
/// Schubfach: Raffaello Giulietti, *The Schubfach way to render doubles*, 2020 (drive.google.com/file/d/1luHhyQF9zKlM8yJ1nebU0OgVYhfC6CBN);
/// names are the paper's where it has them. A double `c × 2^q` reads back from every number between the middles to its
/// neighbours. Of the decimals with the exponent `k` at least one lies between, of those with `k + 1` at most one.
struct ShortestDecimal {
    /// Up to 17 digits; the last may be 0.
    var digits: UInt64
    /// The power of ten of the last of ``digits``.
    var exponent: Int

    /// Bits of a double's significand that are stored.
    private static let significandBits = 52
    /// The exponent of the last bit of the significand, for a biased exponent of 0.
    private static let bias = 1075

    /// Finds the decimal of a double that is finite and greater than 0.
    @inline(__always)
    init(_ value: Double) {
        let fraction = value.significandBitPattern
        let biased = Int(truncatingIfNeeded: value.exponentBitPattern)
        let c = biased == 0 ? fraction : fraction | 1 << Self.significandBits
        let q = max(biased, 1) &- Self.bias
        if q <= 0, q > -Self.significandBits &- 1, c & (1 << UInt64(truncatingIfNeeded: -q) &- 1) == 0 {
            // An integer below 2^53 is its own shortest text.
            self.init(digits: c >> UInt64(truncatingIfNeeded: -q), exponent: 0)
        } else {
            self.init(c: c, q: q, isLowerNeighbourCloser: fraction == 0 && biased > 1)
        }
    }

    @inline(__always)
    private init(digits: UInt64, exponent: Int) {
        self.digits = digits
        self.exponent = exponent
    }

    @inline(__always)
    private init(c: UInt64, q: Int, isLowerNeighbourCloser: Bool) {
        // A middle itself reads back as the neighbour with the even significand.
        let isOdd = c & 1
        let k = isLowerNeighbourCloser ? Self.floorLog10ThreeQuarters(q) : Self.floorLog10(q)
        let h = UInt64(truncatingIfNeeded: q &+ PowersOfTen.floorLog2(-k) &+ 1)
        let g = PowersOfTen.table.base[PowersOfTen.index(-k)]
        // Four times the value and the middles, in units of 10^k, rounded to odd: comparisons with even numbers are exact.
        let lower = Self.multiplyToOdd(g, (4 &* c &- 2 &+ (isLowerNeighbourCloser ? 1 : 0)) << h) &+ isOdd
        let middle = Self.multiplyToOdd(g, (4 &* c) << h)
        let upper = Self.multiplyToOdd(g, (4 &* c &+ 2) << h) &- isOdd
        let s = middle >> 2
        let tenth = s / 10
        // The neighbours of the value on the grid of 10^(k + 1): at most one of them lies between.
        if tenth > 0, (lower <= 40 &* tenth) != (40 &* tenth &+ 40 <= upper) {
            digits = tenth &+ (lower <= 40 &* tenth ? 0 : 1)
            exponent = k &+ 1
            return
        }
        let isBelowInside = lower <= 4 &* s
        let isAboveInside = 4 &* s &+ 4 <= upper
        exponent = k
        if isBelowInside != isAboveInside {
            digits = s &+ (isAboveInside ? 1 : 0)
        } else {
            // Both read back: the nearer one, the even one if they are equally near.
            let half = 4 &* s &+ 2
            digits = s &+ (middle > half || (middle == half && s & 1 == 1) ? 1 : 0)
        }
    }

    /// `g × factor / 2^128`, its last bit set if it is not whole. (The error of `g` is below a unit of its last place.)
    @inline(__always)
    private static func multiplyToOdd(_ g: PowersOfTen.Power, _ factor: UInt64) -> UInt64 {
        let low = g.lower.multipliedFullWidth(by: factor).high
        let (high, rest) = g.upper.multipliedFullWidth(by: factor)
        let (sum, overflow) = rest.addingReportingOverflow(low)
        return (high &+ (overflow ? 1 : 0)) | (sum > 1 ? 1 : 0)
    }

    /// `floor(log10(2^exponent))`, exact for every exponent of a double.
    @inline(__always)
    private static func floorLog10(_ exponent: Int) -> Int { (exponent &* 1_262_611) >> 22 }

    /// `floor(log10(3/4 × 2^exponent))`, exact for every exponent of a double.
    @inline(__always)
    private static func floorLog10ThreeQuarters(_ exponent: Int) -> Int { (exponent &* 1_262_611 &- 524_031) >> 22 }
}
