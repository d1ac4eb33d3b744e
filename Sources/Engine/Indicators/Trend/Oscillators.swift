import QueryLang

/// Williams' awesome oscillator (1998): the mean of short over that of many middles of bars.
struct AwesomeOscillator: IndicatorState {
    private var averages: AveragePair<SimpleAverage>

    init(_ fast: Int, _ slow: Int) {
        averages = AveragePair(fast: SimpleAverage(fast), slow: SimpleAverage(slow), isAligned: false)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        guard let (fast, slow) = averages.update(bar.median) else { return nil }
        return fast - slow
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        averages.visit(&visitor)
    }
}

/// Williams' accelerator: the awesome oscillator less its own mean.
struct Accelerator: IndicatorState {
    private var awesome: AwesomeOscillator
    private var average: SimpleAverage

    init(_ fast: Int, _ slow: Int, _ signal: Int) {
        awesome = AwesomeOscillator(fast, slow)
        average = SimpleAverage(signal)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        guard let value = awesome.update(bar), let mean = average.update(value) else { return nil }
        return value - mean
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        awesome.visit(&visitor)
        average.visit(&visitor)
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

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let one = first.update(value)
        guard let two = second.update(value), let one else { return nil }
        return average.update(one + two)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        first.visit(&visitor)
        second.visit(&visitor)
        average.visit(&visitor)
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

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        _ = window.push(value)
        guard let mean = average.update(value), window.isFull else { return nil }
        return window.oldest - mean
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
        window.visit(&visitor)
    }
}

/// Chande's Qstick: the mean of bodies.
struct Qstick: IndicatorState {
    private var average: SimpleAverage

    init(_ length: Int) { average = SimpleAverage(length) }

    /// x is the open, y the close.
    @inline(__always)
    mutating func update(_ bar: PairRow) -> Double? { average.update(bar.y - bar.x) }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
    }
}

/// An exponential average of an exponential average.
struct TwiceSmoothed: StatePart {
    private var first: ExponentialAverage
    private var second: ExponentialAverage

    init(_ first: Int, _ second: Int) {
        self.first = ExponentialAverage(first)
        self.second = ExponentialAverage(second)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let once = first.update(value) else { return nil }
        return second.update(once)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        first.visit(&visitor)
        second.visit(&visitor)
    }
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

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let last = before.update(value) else { return nil }
        let change = changes.update(value - last)
        guard let whole = magnitudes.update(abs(value - last)), let change else { return nil }
        return whole == 0 ? 0 : 100 * (change / whole)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        changes.visit(&visitor)
        magnitudes.visit(&visitor)
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

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let extremes = range.update(high: bar.high, low: bar.low) else { return nil }
        let distance = distances.update(bar.close - extremes.median)
        guard let width = widths.update(extremes.high - extremes.low), let distance else { return nil }
        let value = width == 0 ? 0 : 100 * (distance / (width / 2))
        guard let mean = signal.update(value) else { return nil }
        return SIMD2(value, mean)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
        distances.visit(&visitor)
        widths.visit(&visitor)
        signal.visit(&visitor)
    }
}

/// Williams' fractals (1995): 100 if the high (low) of a bar was above (below) those of some bars before it and after
/// it, in the row in which this is known; else 0.
struct Fractal: IndicatorState {
    private let left: Int
    private let right: Int
    private var highs: ContiguousWindow
    private var lows: ContiguousWindow

    init(left: Int, right: Int) {
        self.left = left
        self.right = right
        highs = ContiguousWindow(left + right + 1)
        lows = ContiguousWindow(left + right + 1)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> SIMD2<Double>? {
        highs.push(bar.high)
        lows.push(bar.low)
        guard highs.isFull else { return nil }
        let (highs, lows) = (highs.first, lows.first)
        let (high, low) = (highs[left], lows[left])
        // Counted, not left at the first that fails: what decides is as good as random.
        var (below, above) = (0, 0)
        for place in 0..<left &+ right &+ 1 {
            below &+= highs[place] < high ? 1 : 0
            above &+= lows[place] > low ? 1 : 0
        }
        let others = left &+ right
        return SIMD2(below == others ? 100 : 0, above == others ? 100 : 0)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        highs.visit(&visitor)
        lows.visit(&visitor)
    }
}

/// The psychological line: the share of n rows in which the value rose, in percent.
struct PsychologicalLine: IndicatorState {
    private var before = PreviousRow<Double>()
    private var rises: SimpleAverage

    init(_ length: Int) { rises = SimpleAverage(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let last = before.update(value) else { return nil }
        return rises.update(value > last ? 100 : 0)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        rises.visit(&visitor)
    }
}
