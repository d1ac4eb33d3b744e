/// The deviation of n values as a population.
struct RollingDeviation: StatePart {
    private var sums: RollingSquares

    init(_ length: Int) { sums = RollingSquares(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let variance = sums.update(value) else { return nil }
        return variance.squareRoot()
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        sums.visit(&visitor)
    }
}

/// Sums over windows of no more values than this are built anew for each: that costs little, and nothing is lost to
/// values that left.
private let shortWindow = 16

/// The variance of n values as a population.
///
/// Sums are of distances from an origin, a value of the window: they stay small beside the spread, so that little
/// cancels. Once a turn of the ring they are built anew about a new origin, which is O(1) a value on average. Equal
/// values have no variance at all.
struct RollingSquares: StatePart {
    private var ring: TrailingValues
    private let length: Double
    private var origin = 0.0
    private var sum = 0.0
    private var squares = 0.0
    private var equals = EqualRun()

    init(_ length: Int) {
        ring = TrailingValues(length)
        self.length = Double(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        equals.update(value)
        if ring.length <= shortWindow {
            _ = ring.push(value)
            guard ring.isFull else { return nil }
            (sum, squares) = Self.sums(of: ring.inMemory, about: value)
        } else {
            slide(value)
            guard ring.isFull else { return nil }
            if ring.isAtStart {
                origin = value
                (sum, squares) = Self.sums(of: ring.inMemory, about: value)
            }
        }
        if equals.count >= ring.length { return 0 }
        let mean = sum / length
        let variance = squares / length - mean * mean
        // Not `max`, which would pass over NaN.
        return variance < 0 ? 0 : variance
    }

    @inline(__always)
    private mutating func slide(_ value: Double) {
        if ring.count == 0 { origin = value }
        if let oldest = ring.push(value) {
            let left = oldest - origin
            sum -= left
            squares -= left * left
        }
        let distance = value - origin
        sum += distance
        squares += distance * distance
    }

    @inline(__always)
    private static func sums(of values: UnsafeBufferPointer<Double>, about origin: Double) -> (Double, Double) {
        var (sum, squares) = (0.0, 0.0)
        for value in values {
            let distance = value - origin
            sum += distance
            squares += distance * distance
        }
        return (sum, squares)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        ring.visit(&visitor)
        origin.visit(&visitor)
        sum.visit(&visitor)
        squares.visit(&visitor)
        equals.visit(&visitor)
    }
}

/// How many values in a row were equal.
struct EqualRun: StatePart {
    private(set) var count = 0
    private var last = 0.0

    init() {}

    @inline(__always)
    mutating func update(_ value: Double) {
        count = count > 0 && value == last ? count &+ 1 : 1
        last = value
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        count.visit(&visitor)
        last.visit(&visitor)
    }
}

/// Sums of two columns, their squares and their product over n rows, about an origin as in ``RollingSquares``.
struct RollingProducts: StatePart {
    private var xs: TrailingValues
    private var ys: TrailingValues
    private let length: Double
    private var originX = 0.0
    private var originY = 0.0
    private var sums = PairSums()
    private var equalXs = EqualRun()
    private var equalYs = EqualRun()

    init(_ length: Int) {
        xs = TrailingValues(length)
        ys = TrailingValues(length)
        self.length = Double(length)
    }

    /// n times the variances and the covariance.
    struct Spreads {
        var x: Double
        var y: Double
        var xy: Double
    }

    @inline(__always)
    mutating func update(_ pair: PairRow) -> Spreads? {
        equalXs.update(pair.x)
        equalYs.update(pair.y)
        if xs.count == 0 { (originX, originY) = (pair.x, pair.y) }
        let left = xs.push(pair.x)
        if let b = ys.push(pair.y), let a = left { sums.add(a - originX, b - originY, -1) }
        sums.add(pair.x - originX, pair.y - originY, 1)
        guard xs.isFull else { return nil }
        if xs.isAtStart || xs.length <= shortWindow {
            (originX, originY) = (pair.x, pair.y)
            sums = PairSums(xs.inMemory, ys.inMemory, about: pair)
        }
        let isFlatX = equalXs.count >= xs.length
        let isFlatY = equalYs.count >= xs.length
        return Spreads(
            x: isFlatX ? 0 : sums.xx - sums.x * sums.x / length,
            y: isFlatY ? 0 : sums.yy - sums.y * sums.y / length,
            xy: isFlatX || isFlatY ? 0 : sums.xy - sums.x * sums.y / length
        )
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        xs.visit(&visitor)
        ys.visit(&visitor)
        originX.visit(&visitor)
        originY.visit(&visitor)
        sums.visit(&visitor)
        equalXs.visit(&visitor)
        equalYs.visit(&visitor)
    }
}

/// Sums of pairs, of their squares and of their products.
private struct PairSums: StatePart {
    var x = 0.0
    var y = 0.0
    var xx = 0.0
    var yy = 0.0
    var xy = 0.0

    init() {}

    /// Sums of distances from an origin.
    @inline(__always)
    init(_ xs: UnsafeBufferPointer<Double>, _ ys: UnsafeBufferPointer<Double>, about origin: PairRow) {
        for index in xs.indices { add(xs[index] - origin.x, ys[index] - origin.y, 1) }
    }

    @inline(__always)
    mutating func add(_ a: Double, _ b: Double, _ sign: Double) {
        x += sign * a
        y += sign * b
        xx += sign * a * a
        yy += sign * b * b
        xy += sign * a * b
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        x.visit(&visitor)
        y.visit(&visitor)
        xx.visit(&visitor)
        yy.visit(&visitor)
        xy.visit(&visitor)
    }
}
