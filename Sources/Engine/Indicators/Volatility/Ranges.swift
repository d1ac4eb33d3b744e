/// Wilder's average of the true range (1978).
struct AverageTrueRange: IndicatorState {
    private var range = TrueRange()
    private var average: WilderAverage

    init(_ length: Int) { average = WilderAverage(length) }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let range = range.update(bar) else { return nil }
        return average.update(range)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
        average.visit(&visitor)
    }
}

/// The average true range in percent of the close.
struct RelativeTrueRange: IndicatorState {
    private let isSmoothed: Bool
    private var range: AverageTrueRange

    init(_ length: Int) {
        isSmoothed = length > 1
        range = AverageTrueRange(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let range = range.update(bar) else { return nil }
        guard isSmoothed else { return range }
        return bar.close == 0 ? 0 : range / bar.close * 100
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
    }
}

/// The average true range of few rows over that of many; 0 where nothing moved.
struct TrueRangeRatio: IndicatorState {
    private var fast: AverageTrueRange
    private var slow: AverageTrueRange

    init(_ fast: Int, _ slow: Int) {
        self.fast = AverageTrueRange(fast)
        self.slow = AverageTrueRange(slow)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        let few = fast.update(bar)
        guard let many = slow.update(bar), let few else { return nil }
        return many == 0 ? 0 : few / many
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        fast.visit(&visitor)
        slow.visit(&visitor)
    }
}

/// The mean range of n bars.
struct AverageRange: IndicatorState {
    private var average: SimpleAverage

    init(_ length: Int) { average = SimpleAverage(length) }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? { average.update(bar.high - bar.low) }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
    }
}

/// Chaikin's volatility: the rate of change of an exponential average of ranges.
struct ChaikinVolatility: IndicatorState {
    private var average: ExponentialAverage
    private var change: RateOfChange

    init(_ length: Int, change changeLength: Int) {
        average = ExponentialAverage(length)
        change = RateOfChange(.percent, changeLength)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        guard let mean = average.update(bar.high - bar.low) else { return nil }
        return change.update(mean)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
        change.visit(&visitor)
    }
}

/// Dorsey's mass index (1992): the sum of ratios of the once to the twice smoothed range.
struct MassIndex: IndicatorState {
    private var first: ExponentialAverage
    private var second: ExponentialAverage
    private var sum: TrailingSum

    init(_ length: Int, sum sumLength: Int) {
        first = ExponentialAverage(length)
        second = ExponentialAverage(length)
        sum = TrailingSum(sumLength)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        guard let once = first.update(bar.high - bar.low), let twice = second.update(once) else { return nil }
        return sum.update(twice == 0 ? 1 : once / twice)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        first.visit(&visitor)
        second.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// Dorsey's relative volatility (1993): the relative strength of deviations, signed by the direction of the change.
struct RelativeVolatility: IndicatorState {
    private var before = PreviousRow<Double>()
    private var deviation: RollingDeviation
    private var ups: WilderAverage
    private var downs: WilderAverage

    init(_ length: Int, deviation deviationLength: Int) {
        deviation = RollingDeviation(deviationLength)
        ups = WilderAverage(length)
        downs = WilderAverage(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let last = before.update(value)
        guard let spread = deviation.update(value), let last else { return nil }
        let up = ups.update(value > last ? spread : 0)
        guard let down = downs.update(value < last ? spread : 0), let up else { return nil }
        let sum = up + down
        return sum == 0 ? 50 : 100 * (up / sum)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        deviation.visit(&visitor)
        ups.visit(&visitor)
        downs.visit(&visitor)
    }
}

/// Heikin-Ashi candles: each opens in the middle of the body before.
struct HeikinAshi: IndicatorState {
    /// The middle of the body before.
    private var middle = 0.0
    private var isStarted = false

    /// Open, high, low and close.
    @inline(__always)
    mutating func update(_ bar: Candle) -> SIMD4<Double>? {
        let close = (bar.open + bar.high + bar.low + bar.close) / 4
        let open = isStarted ? middle : (bar.open + bar.close) / 2
        isStarted = true
        middle = (open + close) / 2
        return SIMD4(open, max(bar.high, max(open, close)), min(bar.low, min(open, close)), close)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        middle.visit(&visitor)
        isStarted.visit(&visitor)
    }
}
