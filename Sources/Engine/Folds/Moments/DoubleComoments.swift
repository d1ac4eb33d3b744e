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
    private var sumX = PreciseSum()
    private var sumY = PreciseSum()
    private var squaresX = PreciseSum()
    private var squaresY = PreciseSum()
    private var products = PreciseSum()

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
        // A product with ±1 is exact.
        sumX.add(sign * a, rest: sign * restA)
        sumY.add(sign * b, rest: sign * restB)
        let (squareA, errorA) = DoubleDouble.twoProduct(a, a)
        squaresX.add(sign * squareA, rest: sign * (errorA + 2 * a * restA))
        let (squareB, errorB) = DoubleDouble.twoProduct(b, b)
        squaresY.add(sign * squareB, rest: sign * (errorB + 2 * b * restB))
        let (product, error) = DoubleDouble.twoProduct(a, b)
        products.add(sign * product, rest: sign * (error + (a * restB + b * restA)))
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
        sumX.add(moved.x.sum)
        sumY.add(moved.y.sum)
        squaresX.add(moved.x.squares)
        squaresY.add(moved.y.squares)
        products.add(moved.products)
    }

    /// The sums.
    var sums: ComomentSums {
        ComomentSums(
            x: MomentSums(origin: originX, count: count, sum: sumX.value, squares: squaresX.value),
            y: MomentSums(origin: originY, count: count, sum: sumY.value, squares: squaresY.value),
            products: products.value
        )
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(nonFiniteCount)
        writer.write(hasOrigin)
        writer.write(originX)
        writer.write(originY)
        sumX.encode(into: &writer)
        sumY.encode(into: &writer)
        squaresX.encode(into: &writer)
        squaresY.encode(into: &writer)
        products.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        nonFiniteCount = try reader.readInt64()
        hasOrigin = try reader.readBool()
        originX = try reader.readDouble()
        originY = try reader.readDouble()
        sumX = try PreciseSum(from: &reader)
        sumY = try PreciseSum(from: &reader)
        squaresX = try PreciseSum(from: &reader)
        squaresY = try PreciseSum(from: &reader)
        products = try PreciseSum(from: &reader)
    }
}
