import CKernels

/// Sums of pairs of doubles about an origin.
struct ComomentSums {
    var x: MomentSums
    var y: MomentSums
    /// Σ(x - origin)(y - origin).
    var products: DoubleDouble

    /// The same pairs, seen from another origin.
    func moved(to originX: Double, _ originY: Double) -> ComomentSums {
        let x = x.moved(to: originX)
        let y = y.moved(to: originY)
        let (highX, lowX) = DoubleDouble.twoSum(self.x.origin, -originX)
        let (highY, lowY) = DoubleDouble.twoSum(self.y.origin, -originY)
        // (x + a)(y + b) = xy + ay + b(x + a)
        let products =
            products + DoubleDouble(high: highX, low: lowX) * self.y.sum + DoubleDouble(high: highY, low: lowY) * x.sum
        return ComomentSums(x: x, y: y, products: products)
    }

    /// The pairs of both; they have one origin.
    static func + (left: ComomentSums, right: ComomentSums) -> ComomentSums {
        ComomentSums(x: left.x + right.x, y: left.y + right.y, products: left.products + right.products)
    }

    /// Σ(x - mean)(y - mean).
    var centered: Double { (products - x.sum * (y.sum / DoubleDouble(Int128(x.count)))).double }
}

/// Count and the five sums of pairs of doubles about their first pair; see ``DoubleMoments``.
struct DoubleComoments: Sendable, Hashable {
    /// Pairs, but for those that are not finite.
    private(set) var count: Int64 = 0
    /// Pairs with a value that is not finite.
    private(set) var nonFiniteCount: Int64 = 0
    private var originX = 0.0
    private var originY = 0.0
    private var hasOrigin = false
    private var lanes = LaneCounter()
    private var terms = Terms()

    /// Sums, one after the other in memory.
    private struct Terms: Hashable {
        var x = LaneSum()
        var y = LaneSum()
        var squaresX = LaneSum()
        var squaresY = LaneSum()
        var products = LaneSum()
    }

    init() {}

    /// Whether no pair was taken or evicted.
    var isEmpty: Bool { !hasOrigin && nonFiniteCount == 0 }

    /// Takes a pair, or takes it back if `sign` is -1.
    @inline(__always)
    mutating func add(_ x: Double, _ y: Double, sign: Double = 1) {
        guard x.magnitude < DoubleMoments.magnitudeMax, y.magnitude < DoubleMoments.magnitudeMax else {
            nonFiniteCount &+= sign < 0 ? -1 : 1
            return
        }
        if !hasOrigin {
            hasOrigin = true
            (originX, originY) = (x, y)
        }
        count &+= sign < 0 ? -1 : 1
        let (a, restA) = DoubleDouble.twoSum(x, -originX)
        let (b, restB) = DoubleDouble.twoSum(y, -originY)
        let lane = lanes.take()
        let (squareA, errorA) = DoubleDouble.twoProduct(a, a)
        let (squareB, errorB) = DoubleDouble.twoProduct(b, b)
        let (product, error) = DoubleDouble.twoProduct(a, b)
        // A product with ±1 is exact.
        terms.x.add(sign * a, rest: sign * restA, lane: lane)
        terms.y.add(sign * b, rest: sign * restB, lane: lane)
        terms.squaresX.add(sign * squareA, rest: sign * (errorA + 2 * a * restA), lane: lane)
        terms.squaresY.add(sign * squareB, rest: sign * (errorB + 2 * b * restB), lane: lane)
        terms.products.add(sign * product, rest: sign * (error + (a * restB + b * restA)), lane: lane)
    }

    /// Takes pairs in their order.
    mutating func add(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ number: Int) {
        var index = 0
        while index < number, lanes.next != 0 || !hasOrigin {
            add(x[index], y[index])
            index &+= 1
        }
        let whole = (number &- index) & ~3
        let bound = DoubleMoments.magnitudeMax
        if whole > 0, tickgate_all_below(x + index, whole, bound, TICKGATE_BEST) != 0,
            tickgate_all_below(y + index, whole, bound, TICKGATE_BEST) != 0
        {
            let (originX, originY) = (originX, originY)
            withUnsafeMutableBytes(of: &terms) { bytes in
                let state = bytes.baseAddress?.assumingMemoryBound(to: Double.self)
                tickgate_add_products(x + index, y + index, whole, originX, originY, TICKGATE_BEST, state)
            }
            count &+= Int64(whole)
            index &+= whole
        }
        while index < number {
            add(x[index], y[index])
            index &+= 1
        }
    }

    /// Takes over the other's pairs.
    mutating func merge(_ other: DoubleComoments) {
        nonFiniteCount &+= other.nonFiniteCount
        if other.hasOrigin { add(other.sums) }
    }

    /// Takes over pairs of which the sums are known.
    mutating func add(_ other: ComomentSums) {
        if !hasOrigin {
            hasOrigin = true
            (originX, originY) = (other.x.origin, other.y.origin)
        }
        let moved = other.moved(to: originX, originY)
        count &+= moved.x.count
        terms.x.add(moved.x.sum)
        terms.y.add(moved.y.sum)
        terms.squaresX.add(moved.x.squares)
        terms.squaresY.add(moved.y.squares)
        terms.products.add(moved.products)
    }

    /// The sums.
    var sums: ComomentSums {
        ComomentSums(
            x: MomentSums(origin: originX, count: count, sum: terms.x.value, squares: terms.squaresX.value),
            y: MomentSums(origin: originY, count: count, sum: terms.y.value, squares: terms.squaresY.value),
            products: terms.products.value
        )
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(nonFiniteCount)
        writer.write(hasOrigin)
        writer.write(originX)
        writer.write(originY)
        lanes.encode(into: &writer)
        terms.x.encode(into: &writer)
        terms.y.encode(into: &writer)
        terms.squaresX.encode(into: &writer)
        terms.squaresY.encode(into: &writer)
        terms.products.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        nonFiniteCount = try reader.readInt64()
        hasOrigin = try reader.readBool()
        originX = try reader.readDouble()
        originY = try reader.readDouble()
        lanes = try LaneCounter(from: &reader)
        terms.x = try LaneSum(from: &reader)
        terms.y = try LaneSum(from: &reader)
        terms.squaresX = try LaneSum(from: &reader)
        terms.squaresY = try LaneSum(from: &reader)
        terms.products = try LaneSum(from: &reader)
    }
}
