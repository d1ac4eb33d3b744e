import QueryLang

/// Where the close lies in the range of n bars, 0 at the lowest low and 100 at the highest high; 0 if there is no
/// range.
struct RawStochastic: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let extremes = range.update(high: bar.high, low: bar.low) else { return nil }
        let width = extremes.high - extremes.low
        return isNoise(width, of: extremes.high) ? 0 : (bar.close - extremes.low) / (width / 100)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
    }
}

/// Lane's fast stochastic: the raw one and its average.
struct FastStochastic<Average: AverageMachine>: IndicatorState {
    private var raw: RawStochastic
    private var average: Average

    init(_ length: Int, average: Average) {
        raw = RawStochastic(length)
        self.average = average
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let k = raw.update(bar), let d = average.update(k) else { return nil }
        return SIMD2(k, d)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        raw.visit(&visitor)
        average.visit(&visitor)
    }
}

/// Lane's slow stochastic: the average of the raw one, and the average of that.
struct SlowStochastic<Average: AverageMachine>: IndicatorState {
    private var raw: RawStochastic
    private var first: Average
    private var second: Average

    init(_ length: Int, _ first: Average, _ second: Average) {
        raw = RawStochastic(length)
        self.first = first
        self.second = second
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let raw = raw.update(bar), let k = first.update(raw), let d = second.update(k) else { return nil }
        return SIMD2(k, d)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        raw.visit(&visitor)
        first.visit(&visitor)
        second.visit(&visitor)
    }
}

/// The slow stochastic with its line J, `3 k − 2 d`.
struct KDJ<Average: AverageMachine>: IndicatorState {
    private var stochastic: SlowStochastic<Average>

    init(_ stochastic: SlowStochastic<Average>) { self.stochastic = stochastic }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> ThreeLines? {
        guard let lines = stochastic.update(bar) else { return nil }
        return ThreeLines(lines[0], lines[1], 3 * lines[0] - 2 * lines[1])
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        stochastic.visit(&visitor)
    }
}

/// Chande and Kroll's stochastic of the relative strength index.
struct StochasticStrength<Average: AverageMachine>: IndicatorState {
    private var strength: RelativeStrength
    private var stochastic: FastStochastic<Average>

    init(_ length: Int, _ stochastic: FastStochastic<Average>) {
        strength = RelativeStrength(length)
        self.stochastic = stochastic
    }

    @inline(__always)
    mutating func update(_ value: Double) -> SIMD2<Double>? {
        guard let index = strength.update(value) else { return nil }
        return stochastic.update(HighLowClose(high: index, low: index, close: index))
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        strength.visit(&visitor)
        stochastic.visit(&visitor)
    }
}

/// Williams' %R: the raw stochastic counted from the top, -100 to 0.
struct WilliamsR: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let extremes = range.update(high: bar.high, low: bar.low) else { return nil }
        let width = extremes.high - extremes.low
        return isNoise(width, of: extremes.high) ? 0 : (extremes.high - bar.close) / (width / -100)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
    }
}

/// Lambert's commodity channel index (1980): how far the typical price is from its mean, in 0.015 mean deviations.
struct CommodityChannel: IndicatorState {
    private var window: TrailingValues
    private let length: Double

    init(_ length: Int) {
        window = TrailingValues(length)
        self.length = Double(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        let typical = bar.typical
        _ = window.push(typical)
        guard window.isFull else { return nil }
        // Added in the order of a circular buffer, so that equal values give the same rounding as in TA-Lib.
        var sum = 0.0
        for value in window.inMemory { sum += value }
        let mean = sum / length
        var deviation = 0.0
        for value in window.inMemory { deviation += abs(value - mean) }
        let distance = typical - mean
        return isNoise(distance, of: mean) || deviation == 0 ? 0 : distance / (0.015 * (deviation / length))
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
    }
}

/// Williams' ultimate oscillator (1985): buying pressure over true range in three windows, weighted 4, 2 and 1.
struct UltimateOscillator: IndicatorState {
    private var close = PreviousRow<Double>()
    private var short: PressureShare
    private var middle: PressureShare
    private var long: PressureShare

    /// The shortest window counts most, whatever the order.
    init(_ one: Int, _ two: Int, _ three: Int) {
        let lengths = [one, two, three].sorted()
        short = PressureShare(lengths[0])
        middle = PressureShare(lengths[1])
        long = PressureShare(lengths[2])
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let before = close.update(bar.close) else { return nil }
        let pressure = bar.close - min(bar.low, before)
        let range = TrueRange.of(bar, after: before)
        let few = short.update(pressure, range)
        let some = middle.update(pressure, range)
        guard let many = long.update(pressure, range), let few, let some else { return nil }
        return 100 * ((4 * few + 2 * some + many) / 7)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        close.visit(&visitor)
        short.visit(&visitor)
        middle.visit(&visitor)
        long.visit(&visitor)
    }
}

/// Buying pressure over true range in a window; 0 without a range.
private struct PressureShare: StatePart {
    private var pressures: TrailingSum
    private var ranges: TrailingSum

    init(_ length: Int) {
        pressures = TrailingSum(length)
        ranges = TrailingSum(length)
    }

    @inline(__always)
    mutating func update(_ pressure: Double, _ range: Double) -> Double? {
        let bought = pressures.update(pressure)
        guard let whole = ranges.update(range), let bought else { return nil }
        return whole != 0 ? bought / whole : 0
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        pressures.visit(&visitor)
        ranges.visit(&visitor)
    }
}

/// Balance of power: the body of a bar over its range; 0 without a range.
struct BalanceOfPower: IndicatorState {
    @inline(__always)
    mutating func update(_ bar: Candle) -> Double? {
        let range = bar.high - bar.low
        return range <= 0 ? 0 : (bar.close - bar.open) / range
    }

    mutating func visit(_ visitor: inout StateVisitor) {}
}
