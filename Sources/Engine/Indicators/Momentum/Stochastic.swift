import QueryLang

/// Where the close lies in the range of n bars, 0 at the lowest low and 100 at the highest high; 0 if there is no
/// range.
struct RawStochastic: IndicatorState, Sendable {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let extremes = range.update(high: bar.high, low: bar.low) else { return nil }
        let width = extremes.high - extremes.low
        return isNoise(width, of: extremes.high) ? 0 : (bar.close - extremes.low) / (width / 100)
    }
}

/// Lane's fast stochastic: the raw one and its average.
struct FastStochastic: IndicatorState {
    private var raw: RawStochastic
    private var average: MovingAverage

    init(_ length: Int, average: MovingAverage) {
        raw = RawStochastic(length)
        self.average = average
    }

    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let k = raw.update(bar), let d = average.update(k) else { return nil }
        return SIMD2(k, d)
    }
}

/// Lane's slow stochastic: the average of the raw one, and the average of that.
struct SlowStochastic: IndicatorState {
    private var raw: RawStochastic
    private var first: MovingAverage
    private var second: MovingAverage

    init(_ length: Int, _ first: MovingAverage, _ second: MovingAverage) {
        raw = RawStochastic(length)
        self.first = first
        self.second = second
    }

    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        guard let raw = raw.update(bar), let k = first.update(raw), let d = second.update(k) else { return nil }
        return SIMD2(k, d)
    }
}

/// The slow stochastic with its line J, `3 k − 2 d`.
struct KDJ: IndicatorState {
    private var stochastic: SlowStochastic

    init(_ stochastic: SlowStochastic) { self.stochastic = stochastic }

    mutating func update(_ bar: HighLowClose) -> ThreeLines? {
        stochastic.update(bar).map { ThreeLines($0[0], $0[1], 3 * $0[0] - 2 * $0[1]) }
    }
}

/// Chande and Kroll's stochastic of the relative strength index.
struct StochasticStrength: IndicatorState {
    private var strength: RelativeStrength
    private var stochastic: FastStochastic

    init(_ length: Int, _ stochastic: FastStochastic) {
        strength = RelativeStrength(length)
        self.stochastic = stochastic
    }

    mutating func update(_ value: Double) -> SIMD2<Double>? {
        strength.update(value).flatMap { stochastic.update(HighLowClose(high: $0, low: $0, close: $0)) }
    }
}

/// Williams' %R: the raw stochastic counted from the top, -100 to 0.
struct WilliamsR: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let extremes = range.update(high: bar.high, low: bar.low) else { return nil }
        let width = extremes.high - extremes.low
        return isNoise(width, of: extremes.high) ? 0 : (extremes.high - bar.close) / (width / -100)
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
}

/// Williams' ultimate oscillator (1985): buying pressure over true range in three windows, weighted 4, 2 and 1.
struct UltimateOscillator: IndicatorState {
    private var close = PreviousRow<Double>()
    private var pressures: [TrailingSum]
    private var ranges: [TrailingSum]

    init(_ lengths: [Int]) {
        pressures = lengths.sorted().map(TrailingSum.init)
        ranges = lengths.sorted().map(TrailingSum.init)
    }

    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let before = close.update(bar.close) else { return nil }
        let pressure = bar.close - min(bar.low, before)
        let range = TrueRange.of(bar, after: before)
        var total = 0.0
        var isFull = true
        var weight = 4.0
        for index in pressures.indices {
            let bought = pressures[index].update(pressure)
            if let whole = ranges[index].update(range), let bought {
                if whole != 0 { total += weight * (bought / whole) }
            } else {
                isFull = false
            }
            weight /= 2
        }
        return isFull ? 100 * (total / 7) : nil
    }
}

/// Balance of power: the body of a bar over its range; 0 without a range.
struct BalanceOfPower: IndicatorState {
    mutating func update(_ bar: Candle) -> Double? {
        let range = bar.high - bar.low
        return range <= 0 ? 0 : (bar.close - bar.open) / range
    }
}
