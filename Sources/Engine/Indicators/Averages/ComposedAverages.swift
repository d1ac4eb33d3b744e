/// Mulloy's double exponential average (1994): `2 e − e(e)`.
struct DoubleExponentialAverage: AverageMachine {
    private var first: ExponentialAverage
    private var second: ExponentialAverage

    init(_ length: Int) {
        first = ExponentialAverage(length)
        second = ExponentialAverage(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let one = first.update(value), let two = second.update(one) else { return nil }
        return 2 * one - two
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        first.visit(&visitor)
        second.visit(&visitor)
    }
}

/// Mulloy's triple exponential average (1994): `3 e − 3 e(e) + e(e(e))`.
struct TripleExponentialAverage: AverageMachine {
    private var chain: ExponentialChain

    init(_ length: Int) { chain = ExponentialChain(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let (one, two, three) = chain.update(value) else { return nil }
        return 3 * one - 3 * two + three
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        chain.visit(&visitor)
    }
}

/// An exponential average, the average of it, and of that again.
struct ExponentialChain: StatePart {
    private var first: ExponentialAverage
    private var second: ExponentialAverage
    private var third: ExponentialAverage

    init(_ length: Int) {
        first = ExponentialAverage(length)
        second = ExponentialAverage(length)
        third = ExponentialAverage(length)
    }

    /// All three once there are three.
    @inline(__always)
    mutating func update(_ value: Double) -> (Double, Double, Double)? {
        guard let one = first.update(value), let two = second.update(one), let three = third.update(two) else {
            return nil
        }
        return (one, two, three)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        first.visit(&visitor)
        second.visit(&visitor)
        third.visit(&visitor)
    }
}

/// A simple average of simple averages: weights that rise to the middle and fall.
struct TriangularAverage: AverageMachine {
    private var inner: SimpleAverage
    private var outer: SimpleAverage

    init(_ length: Int) {
        inner = SimpleAverage(length / 2 + 1)
        outer = SimpleAverage((length + 1) / 2)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let mean = inner.update(value) else { return nil }
        return outer.update(mean)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        inner.visit(&visitor)
        outer.visit(&visitor)
    }
}

/// Kaufman's adaptive average (1995): the exponent goes from that of 2 to that of 30 rows with the square of the
/// efficiency, which is how far the value came in n rows over how far it went.
struct KaufmanAverage: AverageMachine {
    private var window: TrailingValues
    private var equals = EqualRun()
    private var path = 0.0
    private var average = 0.0
    /// The oldest value, which leaves next.
    private var left = 0.0
    /// The newest one.
    private var last = 0.0

    init(_ length: Int) { window = TrailingValues(length + 1) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        equals.update(value)
        guard window.count > 0 else {
            _ = window.push(value)
            last = value
            return nil
        }
        let step = abs(value - last)
        if window.isFull {
            path -= abs(left - window.back(window.count - 2))
        } else {
            average = last
        }
        path += step
        last = value
        _ = window.push(value)
        guard window.isFull else { return nil }
        left = window.oldest
        let distance = value - left
        let efficiency = path <= distance || equals.count >= window.length ? 1 : abs(distance / path)
        let weight = efficiency * (2.0 / 3 - 2.0 / 31) + 2.0 / 31
        average = (value - average) * (weight * weight) + average
        return average
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
        equals.visit(&visitor)
        path.visit(&visitor)
        average.visit(&visitor)
        left.visit(&visitor)
        last.visit(&visitor)
    }
}

/// Tillson's T3 (1998): six exponential averages in a row, mixed by a volume factor.
struct TillsonAverage: AverageMachine {
    private var first: ExponentialChain
    private var second: ExponentialChain
    private let weights: SIMD4<Double>

    init(_ length: Int, factor: Double) {
        first = ExponentialChain(length)
        second = ExponentialChain(length)
        let square = factor * factor
        let c1 = -(square * factor)
        let c2 = 3 * (square - c1)
        let c3 = -6 * square - 3 * (factor - c1)
        let c4 = 1 + 3 * factor - c1 + 3 * square
        weights = SIMD4(c1, c2, c3, c4)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let (_, _, e3) = first.update(value), let (e4, e5, e6) = second.update(e3) else { return nil }
        return weights[0] * e6 + weights[1] * e5 + weights[2] * e4 + weights[3] * e3
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        first.visit(&visitor)
        second.visit(&visitor)
    }
}

/// Hull's average (2005): the weighted average of √n rows of twice that of n / 2 rows less that of n.
struct HullAverage: AverageMachine {
    private var half: WeightedAverage
    private var whole: WeightedAverage
    private var smooth: WeightedAverage

    init(_ length: Int) {
        half = WeightedAverage(max(length / 2, 1))
        whole = WeightedAverage(length)
        smooth = WeightedAverage(max(Int(Double(length).squareRoot()), 1))
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let short = half.update(value)
        guard let long = whole.update(value), let short else { return nil }
        return smooth.update(2 * short - long)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        half.visit(&visitor)
        whole.visit(&visitor)
        smooth.visit(&visitor)
    }
}

/// Ehlers and Way's zero-lag average (2010): the exponential average of `x + (x − x before)`, (n − 1) / 2 rows before.
struct ZeroLagAverage: AverageMachine {
    private var window: TrailingValues
    private var average: ExponentialAverage

    init(_ length: Int) {
        window = TrailingValues((length - 1) / 2 + 1)
        average = ExponentialAverage(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        _ = window.push(value)
        guard window.isFull else { return nil }
        return average.update(2 * value - window.oldest)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
        average.visit(&visitor)
    }
}
