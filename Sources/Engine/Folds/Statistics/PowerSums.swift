/// Count and Σ(x - origin)ᵏ for k = 1 … 4 of doubles, where the origin is the first of them.
///
/// Powers and sums keep what rounding lost, so that they can be moved to the mean at the end: with κ = Σ(x - origin)² /
/// Σ(x - mean)², the central sums of n rows err by about n² 2^-100 κ² of themselves. Unlike a running mean (Welford 1962) sums
/// about an origin merge and take rows back, by the binomial formulas that Pébay (2008) gives.
struct PowerSums: Sendable, Hashable {
    /// Values from here on count as infinite: their fourth powers would be.
    static let magnitudeMax = 0x1p238

    /// Rows, but for those that are not finite.
    private(set) var count: Int64 = 0
    /// Rows with a value that is not finite.
    private(set) var nonFiniteCount: Int64 = 0
    private var origin = 0.0
    private var hasOrigin = false
    private var first = PreciseSum()
    private var second = PreciseSum()
    private var third = PreciseSum()
    private var fourth = PreciseSum()

    init() {}

    /// Whether no row was taken or evicted.
    var isEmpty: Bool { !hasOrigin && nonFiniteCount == 0 }

    /// Takes a row, or takes it back if `sign` is -1; the fourth powers only if they are asked for.
    @inline(__always)
    mutating func add(_ value: Double, sign: Double = 1, hasFourth: Bool) {
        guard value.magnitude < Self.magnitudeMax else {
            nonFiniteCount &+= sign < 0 ? -1 : 1
            return
        }
        if !hasOrigin {
            hasOrigin = true
            origin = value
        }
        count &+= sign < 0 ? -1 : 1
        let (high, low) = DoubleDouble.twoSum(value, -origin)
        let deviation = DoubleDouble(high: high, low: low)
        let square = deviation * deviation
        let cube = square * deviation
        // A product with ±1 is exact.
        first.add(sign * high, rest: sign * low)
        second.add(sign * square.high, rest: sign * square.low)
        third.add(sign * cube.high, rest: sign * cube.low)
        if hasFourth {
            let power = square * square
            fourth.add(sign * power.high, rest: sign * power.low)
        }
    }

    /// Takes over the other's rows: (d + a)ᵏ, where a is the way from its origin to this one.
    mutating func merge(_ other: PowerSums) {
        nonFiniteCount &+= other.nonFiniteCount
        guard other.hasOrigin else { return }
        if !hasOrigin {
            hasOrigin = true
            origin = other.origin
        }
        let (high, low) = DoubleDouble.twoSum(other.origin, -origin)
        let shift = DoubleDouble(high: high, low: low)
        let square = shift * shift
        let number = DoubleDouble(Int128(other.count))
        let (d1, d2, d3) = (other.first.value, other.second.value, other.third.value)
        let (three, six, four) = (DoubleDouble(3.0), DoubleDouble(6.0), DoubleDouble(4.0))
        count &+= other.count
        first.add(d1 + number * shift)
        second.add(d2 + shift * (d1 + d1) + number * square)
        third.add(d3 + three * shift * d2 + three * square * d1 + number * square * shift)
        fourth.add(
            other.fourth.value + four * shift * d3 + six * square * d2 + four * square * shift * d1
                + number * square * square
        )
    }

    /// Σ(x - mean)² … Σ(x - mean)⁴; nil if the values do not differ by more than rounding. There is at least one row.
    var central: (second: Double, third: Double, fourth: Double)? {
        let number = DoubleDouble(Int128(count))
        let (d1, d2, d3) = (first.value, second.value, third.value)
        let mean = d1 / number
        let square = mean * mean
        let (three, six, four) = (DoubleDouble(3.0), DoubleDouble(6.0), DoubleDouble(4.0))
        let m2 = d2 - mean * d1
        // What is less than this share of its terms is what rounding left over.
        guard m2.high > 0x1p-90 * d2.high.magnitude else { return nil }
        let m3 = d3 - three * mean * d2 + (number + number) * square * mean
        let m4 = fourth.value - four * mean * d3 + six * square * d2 - three * number * square * square
        return (m2.double, m3.double, m4.double)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(nonFiniteCount)
        writer.write(hasOrigin)
        writer.write(origin)
        for sum in [first, second, third, fourth] { sum.encode(into: &writer) }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        nonFiniteCount = try reader.readInt64()
        hasOrigin = try reader.readBool()
        origin = try reader.readDouble()
        first = try PreciseSum(from: &reader)
        second = try PreciseSum(from: &reader)
        third = try PreciseSum(from: &reader)
        fourth = try PreciseSum(from: &reader)
    }
}
