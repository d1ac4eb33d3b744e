import CKernels

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
    private var lanes = LaneCounter()
    private var terms = Terms()

    /// Sums of powers, one after the other in memory.
    private struct Terms: Hashable {
        var first = LaneSum()
        var second = LaneSum()
        var third = LaneSum()
        var fourth = LaneSum()
    }

    init() {}

    /// Whether no row was taken or evicted.
    var isEmpty: Bool { !hasOrigin && nonFiniteCount == 0 }

    /// Σ(x - origin)², about.
    var squares: Double { terms.second.value.high }

    /// Σ(x - mean)², to within rounding errors of ``squares``.
    var approximateSpread: Double {
        let sum = terms.first.value.high
        return squares - sum * (sum / Double(count))
    }

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
        let lane = lanes.take()
        let (high, low) = DoubleDouble.twoSum(value, -origin)
        let (square, squareError) = DoubleDouble.twoProduct(high, high)
        let squareRest = squareError + 2 * high * low
        let (cube, cubeError) = DoubleDouble.twoProduct(square, high)
        let cubeRest = cubeError + (square * low + squareRest * high)
        // A product with ±1 is exact.
        terms.first.add(sign * high, rest: sign * low, lane: lane)
        terms.second.add(sign * square, rest: sign * squareRest, lane: lane)
        terms.third.add(sign * cube, rest: sign * cubeRest, lane: lane)
        if hasFourth {
            let (power, error) = DoubleDouble.twoProduct(square, square)
            terms.fourth.add(sign * power, rest: sign * (error + 2 * square * squareRest), lane: lane)
        }
    }

    /// Takes rows in their order.
    mutating func add(_ values: UnsafePointer<Double>, _ number: Int, hasFourth: Bool) {
        var index = 0
        while index < number, lanes.next != 0 || !hasOrigin {
            add(values[index], hasFourth: hasFourth)
            index &+= 1
        }
        let whole = (number &- index) & ~3
        if whole > 0, tickgate_all_below(values + index, whole, Self.magnitudeMax, TICKGATE_BEST) != 0 {
            let origin = origin
            withUnsafeMutableBytes(of: &terms) { bytes in
                let state = bytes.baseAddress?.assumingMemoryBound(to: Double.self)
                tickgate_add_powers(values + index, whole, origin, hasFourth ? 4 : 3, TICKGATE_BEST, state)
            }
            count &+= Int64(whole)
            index &+= whole
        }
        while index < number {
            add(values[index], hasFourth: hasFourth)
            index &+= 1
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
        let (d1, d2, d3) = (other.terms.first.value, other.terms.second.value, other.terms.third.value)
        let (three, six, four) = (DoubleDouble(3.0), DoubleDouble(6.0), DoubleDouble(4.0))
        count &+= other.count
        terms.first.add(d1 + number * shift)
        terms.second.add(d2 + shift * (d1 + d1) + number * square)
        terms.third.add(d3 + three * shift * d2 + three * square * d1 + number * square * shift)
        terms.fourth.add(
            other.terms.fourth.value + four * shift * d3 + six * square * d2 + four * square * shift * d1
                + number * square * square
        )
    }

    /// Σ(x - mean)² … Σ(x - mean)⁴; nil if the values do not differ by more than rounding. There is at least one row.
    var central: (second: Double, third: Double, fourth: Double)? {
        let number = DoubleDouble(Int128(count))
        let (d1, d2, d3) = (terms.first.value, terms.second.value, terms.third.value)
        let mean = d1 / number
        let square = mean * mean
        let (three, six, four) = (DoubleDouble(3.0), DoubleDouble(6.0), DoubleDouble(4.0))
        let m2 = d2 - mean * d1
        // What is less than this share of its terms is what rounding left over.
        guard m2.high > 0x1p-90 * d2.high.magnitude else { return nil }
        let m3 = d3 - three * mean * d2 + (number + number) * square * mean
        let m4 = terms.fourth.value - four * mean * d3 + six * square * d2 - three * number * square * square
        return (m2.double, m3.double, m4.double)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(nonFiniteCount)
        writer.write(hasOrigin)
        writer.write(origin)
        lanes.encode(into: &writer)
        for sum in [terms.first, terms.second, terms.third, terms.fourth] { sum.encode(into: &writer) }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        nonFiniteCount = try reader.readInt64()
        hasOrigin = try reader.readBool()
        origin = try reader.readDouble()
        lanes = try LaneCounter(from: &reader)
        terms.first = try LaneSum(from: &reader)
        terms.second = try LaneSum(from: &reader)
        terms.third = try LaneSum(from: &reader)
        terms.fourth = try LaneSum(from: &reader)
    }
}
