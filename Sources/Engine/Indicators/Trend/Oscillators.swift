import QueryLang

/// Williams' awesome oscillator (1998): the mean of short over that of many middles of bars.
struct AwesomeOscillator: IndicatorState {
    private var averages: AveragePair

    init(_ fast: Int, _ slow: Int) {
        averages = AveragePair(
            fast: MovingAverage(.simple, fast),
            slow: MovingAverage(.simple, slow),
            isAligned: false
        )
    }

    mutating func update(_ bar: HighLow) -> Double? { averages.update(bar.median).map { $0.fast - $0.slow } }
}

/// Williams' accelerator: the awesome oscillator less its own mean.
struct Accelerator: IndicatorState {
    private var awesome: AwesomeOscillator
    private var average: SimpleAverage

    init(_ fast: Int, _ slow: Int, _ signal: Int) {
        awesome = AwesomeOscillator(fast, slow)
        average = SimpleAverage(signal)
    }

    mutating func update(_ bar: HighLow) -> Double? {
        guard let value = awesome.update(bar), let mean = average.update(value) else { return nil }
        return value - mean
    }
}

/// Coppock's curve (1962): the weighted average of two rates of change.
struct CoppockCurve: IndicatorState {
    private var first: RateOfChange
    private var second: RateOfChange
    private var average: WeightedAverage

    init(average length: Int, _ first: Int, _ second: Int) {
        self.first = RateOfChange(.percent, first)
        self.second = RateOfChange(.percent, second)
        average = WeightedAverage(length)
    }

    mutating func update(_ value: Double) -> Double? {
        let one = first.update(value)
        guard let two = second.update(value), let one else { return nil }
        return average.update(one + two)
    }
}

/// Detrended price: the value n / 2 + 1 rows before less the mean of n rows.
struct DetrendedPrice: IndicatorState {
    private var average: SimpleAverage
    private var window: TrailingValues

    init(_ length: Int) {
        average = SimpleAverage(length)
        window = TrailingValues(length / 2 + 2)
    }

    mutating func update(_ value: Double) -> Double? {
        _ = window.push(value)
        guard let mean = average.update(value), window.isFull else { return nil }
        return window.oldest - mean
    }
}

/// Chande's Qstick: the mean of bodies.
struct Qstick: IndicatorState {
    private var average: SimpleAverage

    init(_ length: Int) { average = SimpleAverage(length) }

    /// x is the open, y the close.
    mutating func update(_ bar: PairRow) -> Double? { average.update(bar.y - bar.x) }
}

/// An exponential average of an exponential average.
struct TwiceSmoothed: Sendable {
    private var first: ExponentialAverage
    private var second: ExponentialAverage

    init(_ first: Int, _ second: Int) {
        self.first = ExponentialAverage(first)
        self.second = ExponentialAverage(second)
    }

    mutating func update(_ value: Double) -> Double? { first.update(value).flatMap { second.update($0) } }
}

/// Blau's true strength (1991): changes over their magnitudes, both smoothed twice.
struct TrueStrength: IndicatorState {
    private var before = PreviousRow<Double>()
    private var changes: TwiceSmoothed
    private var magnitudes: TwiceSmoothed

    init(_ first: Int, _ second: Int) {
        changes = TwiceSmoothed(first, second)
        magnitudes = TwiceSmoothed(first, second)
    }

    mutating func update(_ value: Double) -> Double? {
        guard let last = before.update(value) else { return nil }
        let change = changes.update(value - last)
        guard let whole = magnitudes.update(abs(value - last)), let change else { return nil }
        return whole == 0 ? 0 : 100 * (change / whole)
    }
}

/// Blau's stochastic momentum (1993): how far the close is from the middle of the range, over half the range, both
/// smoothed twice; and the exponential average of that.
struct StochasticMomentum: IndicatorState {
    private var range: RollingRange
    private var distances: TwiceSmoothed
    private var widths: TwiceSmoothed
    private var signal: ExponentialAverage

    init(_ length: Int, fast: Int, slow: Int, signal: Int) {
        range = RollingRange(length)
        distances = TwiceSmoothed(slow, fast)
        widths = TwiceSmoothed(slow, fast)
        self.signal = ExponentialAverage(signal)
    }

    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let extremes = range.update(high: bar.high, low: bar.low) else { return nil }
        let distance = distances.update(bar.close - extremes.median)
        guard let width = widths.update(extremes.high - extremes.low), let distance else { return nil }
        let value = width == 0 ? 0 : 100 * (distance / (width / 2))
        return signal.update(value).map { SIMD2(value, $0) }
    }
}

/// Williams' fractals (1995): 100 if the high (low) of a bar was above (below) those of some bars before it and after
/// it, in the row in which this is known; else 0.
struct Fractal: IndicatorState {
    private let left: Int
    private let right: Int
    private var highs: TrailingValues
    private var lows: TrailingValues

    init(left: Int, right: Int) {
        self.left = left
        self.right = right
        highs = TrailingValues(left + right + 1)
        lows = TrailingValues(left + right + 1)
    }

    mutating func update(_ bar: HighLow) -> SIMD2<Double>? {
        _ = highs.push(bar.high)
        _ = lows.push(bar.low)
        guard highs.isFull else { return nil }
        let (high, low) = (highs.back(right), lows.back(right))
        var (isHigh, isLow) = (true, true)
        for distance in 0...left + right where distance != right {
            isHigh = isHigh && highs.back(distance) < high
            isLow = isLow && lows.back(distance) > low
        }
        return SIMD2(isHigh ? 100 : 0, isLow ? 100 : 0)
    }
}

/// The psychological line: the share of n rows in which the value rose, in percent.
struct PsychologicalLine: IndicatorState {
    private var before = PreviousRow<Double>()
    private var rises: SimpleAverage

    init(_ length: Int) { rises = SimpleAverage(length) }

    mutating func update(_ value: Double) -> Double? {
        before.update(value).flatMap { rises.update(value > $0 ? 100 : 0) }
    }
}
