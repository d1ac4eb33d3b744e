/// The deviation of n values as a population.
struct RollingDeviation: Sendable {
    private var sums: RollingSquares

    init(_ length: Int) { sums = RollingSquares(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let variance = sums.update(value) else { return nil }
        return variance.squareRoot()
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
struct RollingSquares: Sendable {
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
        if ring.count == 0 { origin = value }
        if let oldest = ring.push(value) {
            let left = oldest - origin
            sum -= left
            squares -= left * left
        }
        let distance = value - origin
        sum += distance
        squares += distance * distance
        guard ring.isFull else { return nil }
        if ring.isAtStart || ring.length <= shortWindow { rebuild(about: value) }
        if equals.count >= ring.length { return 0 }
        let mean = sum / length
        let variance = squares / length - mean * mean
        // Not `max`, which would pass over NaN.
        return variance < 0 ? 0 : variance
    }

    private mutating func rebuild(about value: Double) {
        origin = value
        sum = 0
        squares = 0
        for other in ring.inMemory {
            let distance = other - value
            sum += distance
            squares += distance * distance
        }
    }
}

/// How many values in a row were equal.
struct EqualRun: Sendable {
    private(set) var count = 0
    private var last = 0.0

    init() {}

    @inline(__always)
    mutating func update(_ value: Double) {
        count = count > 0 && value == last ? count &+ 1 : 1
        last = value
    }
}

/// Sums of two columns, their squares and their product over n rows, about an origin as in ``RollingSquares``.
struct RollingProducts: Sendable {
    private var xs: TrailingValues
    private var ys: TrailingValues
    private let length: Double
    private var originX = 0.0
    private var originY = 0.0
    private var x = 0.0
    private var y = 0.0
    private var xx = 0.0
    private var yy = 0.0
    private var xy = 0.0
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
        if let b = ys.push(pair.y), let a = left { add(a - originX, b - originY, -1) }
        add(pair.x - originX, pair.y - originY, 1)
        guard xs.isFull else { return nil }
        if xs.isAtStart || xs.length <= shortWindow { rebuild(about: pair) }
        let isFlatX = equalXs.count >= xs.length
        let isFlatY = equalYs.count >= xs.length
        return Spreads(
            x: isFlatX ? 0 : xx - x * x / length,
            y: isFlatY ? 0 : yy - y * y / length,
            xy: isFlatX || isFlatY ? 0 : xy - x * y / length
        )
    }

    @inline(__always)
    private mutating func add(_ a: Double, _ b: Double, _ sign: Double) {
        x += sign * a
        y += sign * b
        xx += sign * a * a
        yy += sign * b * b
        xy += sign * a * b
    }

    private mutating func rebuild(about pair: PairRow) {
        (originX, originY) = (pair.x, pair.y)
        (x, y, xx, yy, xy) = (0, 0, 0, 0, 0)
        for index in xs.inMemory.indices { add(xs.inMemory[index] - originX, ys.inMemory[index] - originY, 1) }
    }
}
