import CKernels

/// Count, Σ(x - origin) and Σ(x - origin)² as sums of doubles.
struct MomentSums {
    var origin: Double
    var count: Int64
    var sum: DoubleDouble
    var squares: DoubleDouble

    /// The same rows, seen from another origin.
    func moved(to origin: Double) -> MomentSums {
        let (high, low) = DoubleDouble.twoSum(self.origin, -origin)
        let shift = DoubleDouble(high: high, low: low)
        let total = shift * DoubleDouble(Int128(count))
        return MomentSums(
            origin: origin,
            count: count,
            sum: sum + total,
            squares: squares + shift * (sum + sum + total)
        )
    }

    /// The rows of both; they have one origin.
    static func + (left: MomentSums, right: MomentSums) -> MomentSums {
        MomentSums(
            origin: left.origin,
            count: left.count &+ right.count,
            sum: left.sum + right.sum,
            squares: left.squares + right.squares
        )
    }

    /// Σ(x - mean)².
    var centered: Double { max(0, (squares - sum * (sum / DoubleDouble(Int128(count)))).double) }

    /// Σx² about zero.
    var uncentered: Double { moved(to: 0).squares.double }
}

/// Count, Σ(x - origin) and Σ(x - origin)² of doubles, where the origin is the first of them.
///
/// x - origin and its square are taken with what rounding lost, and so are the sums. Σ(x - mean)² of n rows then has a
/// relative error of at most n² 2^-104 × Σ(x - origin)² / Σ(x - mean)²: the origin makes the quotient small where values
/// lie close together far from zero, and the second double makes up for an origin that is far from the rest.
struct DoubleMoments: Sendable, Hashable {
    /// Values from here on count as infinite: their squares would be.
    static let magnitudeMax = 0x1p479

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
        var sum = LaneSum()
        var squares = LaneSum()
    }

    init() {}

    /// Whether no row was taken or evicted.
    var isEmpty: Bool { !hasOrigin && nonFiniteCount == 0 }

    /// Takes a row.
    @inline(__always)
    mutating func add(_ value: Double) { add(value, sign: 1) }

    /// Takes a row back.
    mutating func subtract(_ value: Double) { add(value, sign: -1) }

    @inline(__always)
    private mutating func add(_ value: Double, sign: Double) {
        guard let (deviation, rest) = deviation(value) else {
            nonFiniteCount &+= sign < 0 ? -1 : 1
            return
        }
        count &+= sign < 0 ? -1 : 1
        let lane = lanes.take()
        let (square, error) = DoubleDouble.twoProduct(deviation, deviation)
        // A product with ±1 is exact.
        terms.sum.add(sign * deviation, rest: sign * rest, lane: lane)
        terms.squares.add(sign * square, rest: sign * (error + 2 * deviation * rest), lane: lane)
    }

    /// Takes rows in their order.
    mutating func add(_ values: UnsafePointer<Double>, _ number: Int) {
        var index = 0
        while index < number, lanes.next != 0 || !hasOrigin {
            add(values[index])
            index &+= 1
        }
        let whole = (number &- index) & ~3
        if whole > 0, tickgate_all_below(values + index, whole, Self.magnitudeMax, TICKGATE_BEST) != 0 {
            let origin = origin
            withUnsafeMutableBytes(of: &terms) { bytes in
                let state = bytes.baseAddress?.assumingMemoryBound(to: Double.self)
                tickgate_add_powers(values + index, whole, origin, 2, TICKGATE_BEST, state)
            }
            count &+= Int64(whole)
            index &+= whole
        }
        while index < number {
            add(values[index])
            index &+= 1
        }
    }

    /// The difference to the origin, and what rounding lost; nil if the value is not finite.
    @inline(__always)
    private mutating func deviation(_ value: Double) -> (Double, Double)? {
        guard value.magnitude < Self.magnitudeMax else { return nil }
        if !hasOrigin {
            hasOrigin = true
            origin = value
        }
        return DoubleDouble.twoSum(value, -origin)
    }

    /// Takes over the other's rows.
    mutating func merge(_ other: DoubleMoments) {
        nonFiniteCount &+= other.nonFiniteCount
        if other.hasOrigin { add(other.sums) }
    }

    /// Takes over rows of which the sums are known.
    mutating func add(_ other: MomentSums) {
        if !hasOrigin {
            hasOrigin = true
            origin = other.origin
        }
        let moved = other.moved(to: origin)
        count &+= moved.count
        terms.sum.add(moved.sum)
        terms.squares.add(moved.squares)
    }

    /// The sums.
    var sums: MomentSums {
        MomentSums(origin: origin, count: count, sum: terms.sum.value, squares: terms.squares.value)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(nonFiniteCount)
        writer.write(hasOrigin)
        writer.write(origin)
        lanes.encode(into: &writer)
        terms.sum.encode(into: &writer)
        terms.squares.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        nonFiniteCount = try reader.readInt64()
        hasOrigin = try reader.readBool()
        origin = try reader.readDouble()
        lanes = try LaneCounter(from: &reader)
        terms.sum = try LaneSum(from: &reader)
        terms.squares = try LaneSum(from: &reader)
    }
}
