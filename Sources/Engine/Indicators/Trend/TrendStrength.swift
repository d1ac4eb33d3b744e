/// Botes and Siepman's vortex (2009): ways from low to next high and from high to next low, over the true range.
struct Vortex: IndicatorState {
    private var before = PreviousRow<HighLowClose>()
    private var up: TrailingSum
    private var down: TrailingSum
    private var range: TrailingSum

    init(_ length: Int) {
        up = TrailingSum(length)
        down = TrailingSum(length)
        range = TrailingSum(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let last = before.update(bar) else { return nil }
        let plus = up.update(abs(bar.high - last.low))
        let minus = down.update(abs(bar.low - last.high))
        guard let whole = range.update(TrueRange.of(bar, after: last.close)), let plus, let minus else { return nil }
        return whole == 0 ? SIMD2(0, 0) : SIMD2(plus / whole, minus / whole)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        up.visit(&visitor)
        down.visit(&visitor)
        range.visit(&visitor)
    }
}

/// Sums of the steps from row to row, as far as they went: what efficiency is measured by.
struct RollingPath: StatePart {
    private var before = PreviousRow<Double>()
    private var path: TrailingSum

    init(_ length: Int) { path = TrailingSum(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let last = before.update(value) else { return nil }
        return path.update(abs(value - last))
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        path.visit(&visitor)
    }
}

/// Kaufman's efficiency ratio (1995): how far the value came in n rows over how far it went; 1 where it stayed.
struct EfficiencyRatio: IndicatorState {
    private var window: TrailingValues
    private var equals = EqualRun()
    private var path: RollingPath

    init(_ length: Int) {
        window = TrailingValues(length)
        path = RollingPath(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        equals.update(value)
        let before = window.push(value)
        guard let path = path.update(value), let before else { return nil }
        let distance = abs(value - before)
        return path <= distance || equals.count > window.length ? 1 : distance / path
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
        equals.visit(&visitor)
        path.visit(&visitor)
    }
}

/// White's vertical horizontal filter (1991): the range of values over how far they went.
struct VerticalHorizontalFilter: IndicatorState {
    private var range: RollingRange
    private var path: RollingPath

    init(_ length: Int) {
        range = RollingRange(length)
        path = RollingPath(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let extremes = range.update(high: value, low: value)
        guard let path = path.update(value), let extremes else { return nil }
        return path == 0 ? 0 : (extremes.high - extremes.low) / path
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
        path.visit(&visitor)
    }
}

/// Elder's rays (1989): how far high and low are above an exponential average of closes.
struct ElderRay: IndicatorState {
    private var average: ExponentialAverage

    init(_ length: Int) { average = ExponentialAverage(length) }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let mean = average.update(bar.close) else { return nil }
        return SIMD2(bar.high - mean, bar.low - mean)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
    }
}

/// Chande's variable index average (1992): an exponential average whose exponent goes with the unsmoothed momentum.
struct VariableIndexAverage: IndicatorState {
    private let alpha: Double
    private var momentum: UnsmoothedChandeMomentum
    private var average = 0.0
    private var isStarted = false
    private var before = PreviousRow<Double>()

    init(_ length: Int) {
        alpha = 2 / (Double(length) + 1)
        momentum = UnsmoothedChandeMomentum(length)
    }

    /// Seeded with the value before the first one that has a momentum.
    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let last = before.update(value)
        guard let share = momentum.update(value), let last else { return nil }
        let old = isStarted ? average : last
        isStarted = true
        average = old + alpha * abs(share / 100) * (value - old)
        return average
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        momentum.visit(&visitor)
        average.visit(&visitor)
        isStarted.visit(&visitor)
        before.visit(&visitor)
    }
}
