/// Wilder's average of the true range (1978).
struct AverageTrueRange: IndicatorState, Sendable {
    private var range = TrueRange()
    private var average: WilderAverage

    init(_ length: Int) { average = WilderAverage(length) }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? { range.update(bar).flatMap { average.update($0) } }
}

/// The average true range in percent of the close.
struct RelativeTrueRange: IndicatorState {
    private let isSmoothed: Bool
    private var range: AverageTrueRange

    init(_ length: Int) {
        isSmoothed = length > 1
        range = AverageTrueRange(length)
    }

    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let range = range.update(bar) else { return nil }
        guard isSmoothed else { return range }
        return bar.close == 0 ? 0 : range / bar.close * 100
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

    mutating func update(_ bar: HighLowClose) -> Double? {
        let few = fast.update(bar)
        guard let many = slow.update(bar), let few else { return nil }
        return many == 0 ? 0 : few / many
    }
}

/// The mean range of n bars.
struct AverageRange: IndicatorState {
    private var average: SimpleAverage

    init(_ length: Int) { average = SimpleAverage(length) }

    mutating func update(_ bar: HighLow) -> Double? { average.update(bar.high - bar.low) }
}

/// Chaikin's volatility: the rate of change of an exponential average of ranges.
struct ChaikinVolatility: IndicatorState {
    private var average: ExponentialAverage
    private var change: RateOfChange

    init(_ length: Int, change changeLength: Int) {
        average = ExponentialAverage(length)
        change = RateOfChange(.percent, changeLength)
    }

    mutating func update(_ bar: HighLow) -> Double? {
        average.update(bar.high - bar.low).flatMap { change.update($0) }
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

    mutating func update(_ bar: HighLow) -> Double? {
        guard let once = first.update(bar.high - bar.low), let twice = second.update(once) else { return nil }
        return sum.update(twice == 0 ? 1 : once / twice)
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

    mutating func update(_ value: Double) -> Double? {
        let last = before.update(value)
        guard let spread = deviation.update(value), let last else { return nil }
        let up = ups.update(value > last ? spread : 0)
        guard let down = downs.update(value < last ? spread : 0), let up else { return nil }
        let sum = up + down
        return sum == 0 ? 50 : 100 * (up / sum)
    }
}

/// Heikin-Ashi candles: each opens in the middle of the body before.
struct HeikinAshi: IndicatorState {
    private var before: (open: Double, close: Double)?

    /// Open, high, low and close.
    mutating func update(_ bar: Candle) -> SIMD4<Double>? {
        let close = (bar.open + bar.high + bar.low + bar.close) / 4
        let open = before.map { ($0.open + $0.close) / 2 } ?? (bar.open + bar.close) / 2
        before = (open, close)
        return SIMD4(open, max(bar.high, max(open, close)), min(bar.low, min(open, close)), close)
    }
}
