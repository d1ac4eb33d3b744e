/// Chaikin's accumulation and distribution: the sum of money flows.
struct AccumulationLine: IndicatorState {
    private var sum = 0.0

    @inline(__always)
    mutating func update(_ input: TradedBar) -> Double? {
        sum += input.moneyFlow
        return sum
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        sum.visit(&visitor)
    }
}

/// Chaikin's oscillator: a fast less a slow exponential average of the accumulation line, both begun with its first
/// value.
struct AccumulationOscillator: IndicatorState {
    private var line = AccumulationLine()
    private let alphas: SIMD2<Double>
    private var averages = SIMD2<Double>(0, 0)
    private var isStarted = false
    private var skipped: Int

    init(_ fast: Int, _ slow: Int) {
        alphas = 2 / (SIMD2(Double(fast), Double(slow)) + 1)
        skipped = max(fast, slow) - 1
    }

    @inline(__always)
    mutating func update(_ input: TradedBar) -> Double? {
        guard let value = line.update(input) else { return nil }
        var next = SIMD2(repeating: value)
        if isStarted { next = alphas * value + (1 - alphas) * averages }
        isStarted = true
        averages = next
        guard skipped == 0 else {
            skipped &-= 1
            return nil
        }
        return next[0] - next[1]
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        line.visit(&visitor)
        averages.visit(&visitor)
        isStarted.visit(&visitor)
        skipped.visit(&visitor)
    }
}

/// Granville's on balance volume (1963): volumes of rows that rose less those of rows that fell, from the first volume
/// on.
struct OnBalanceVolume: IndicatorState {
    private var before = PreviousRow<Double>()
    private var sum = 0.0

    /// x is the price, y the volume.
    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        guard let last = before.update(input.x) else {
            sum = input.y
            return sum
        }
        if input.x > last { sum += input.y } else if input.x < last { sum -= input.y }
        return sum
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// Williams' accumulation and distribution (1972): how far closes are from the true low where they rose, the true high
/// where they fell, summed.
struct WilliamsAccumulation: IndicatorState {
    private var before = PreviousRow<Double>()
    private var sum = 0.0

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let last = before.update(bar.close) else { return sum }
        if bar.close > last {
            sum += bar.close - min(bar.low, last)
        } else if bar.close < last {
            sum += bar.close - max(bar.high, last)
        }
        return sum
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// Chaikin's money flow: the money flows of n bars over their volume.
struct ChaikinMoneyFlow: IndicatorState {
    private var flows: TrailingSum
    private var volumes: TrailingSum

    init(_ length: Int) {
        flows = TrailingSum(length)
        volumes = TrailingSum(length)
    }

    @inline(__always)
    mutating func update(_ input: TradedBar) -> Double? {
        let flow = flows.update(input.moneyFlow)
        guard let volume = volumes.update(input.volume), let flow else { return nil }
        return volume == 0 ? 0 : flow / volume
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        flows.visit(&visitor)
        volumes.visit(&visitor)
    }
}

/// Elder's force (1993): the exponential average of change times volume.
struct ForceIndex: IndicatorState {
    private var before = PreviousRow<Double>()
    private var average: ExponentialAverage

    init(_ length: Int) { average = ExponentialAverage(length) }

    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        guard let last = before.update(input.x) else { return nil }
        return average.update((input.x - last) * input.y)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        average.visit(&visitor)
    }
}

/// Williams' market facilitation: the range of a bar over its volume; 0 without a volume.
struct MarketFacilitation: IndicatorState {
    /// High, low and, in the place of the close, volume.
    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? { bar.close != 0 ? (bar.high - bar.low) / bar.close : 0 }

    mutating func visit(_ visitor: inout StateVisitor) {}
}

/// Dysart's and Fosback's volume indices: the price changes of rows whose volume fell (negative) or rose (positive), as
/// an index.
struct VolumeIndex: IndicatorState {
    private let isPositive: Bool
    private var before = PreviousRow<PairRow>()
    private var index: Double

    init(isPositive: Bool, start: Double) {
        self.isPositive = isPositive
        index = start
    }

    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        guard let last = before.update(input) else { return index }
        let counts = isPositive ? input.y > last.y : input.y < last.y
        if counts, last.x != 0 { index += index * ((input.x - last.x) / last.x) }
        return index
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        index.visit(&visitor)
    }
}

/// The price and volume trend: relative changes times volume, summed.
struct PriceVolumeTrend: IndicatorState {
    private var before = PreviousRow<Double>()
    private var sum = 0.0

    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        if let last = before.update(input.x), last != 0 { sum += input.y * ((input.x - last) / last) }
        return sum
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// The volume of a row over the mean of n rows before it.
struct RelativeVolume: IndicatorState {
    private var average: SimpleAverage
    private var mean = 0.0
    private var isKnown = false

    init(_ length: Int) { average = SimpleAverage(length) }

    @inline(__always)
    mutating func update(_ volume: Double) -> Double? {
        let before = mean
        guard let next = average.update(volume) else { return nil }
        mean = next
        if isKnown { return volume / before }
        isKnown = true
        return nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
        mean.visit(&visitor)
        isKnown.visit(&visitor)
    }
}
