import QueryLang

/// Bollinger's bands (1983): an average, and lines some deviations above and below it.
struct BollingerBands<Average: AverageMachine>: IndicatorState {
    private var average: Average
    private var deviation: RollingDeviation
    private let up: Double
    private let down: Double

    init(_ length: Int, up: Double, down: Double, _ average: Average) {
        self.average = average
        deviation = RollingDeviation(length)
        self.up = up
        self.down = down
    }

    @inline(__always)
    mutating func update(_ value: Double) -> ThreeLines? {
        let spread = deviation.update(value)
        guard let middle = average.update(value), let spread else { return nil }
        return ThreeLines(middle + spread * up, middle, middle - spread * down)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
        deviation.visit(&visitor)
    }
}

/// Headley's acceleration bands (2002): averages of the close, and of high and low moved away by their relative
/// distance.
struct AccelerationBands: IndicatorState {
    private var highs: SimpleAverage
    private var closes: SimpleAverage
    private var lows: SimpleAverage

    init(_ length: Int) {
        highs = SimpleAverage(length)
        closes = SimpleAverage(length)
        lows = SimpleAverage(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> ThreeLines? {
        let sum = bar.high + bar.low
        let width = sum == 0 ? 0 : 4 * (bar.high - bar.low) / sum
        let upper = highs.update(bar.high * (1 + width))
        let middle = closes.update(bar.close)
        guard let lower = lows.update(bar.low * (1 - width)), let upper, let middle else { return nil }
        return ThreeLines(upper, middle, lower)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        highs.visit(&visitor)
        closes.visit(&visitor)
        lows.visit(&visitor)
    }
}

/// Donchian's channel: the highest high, the lowest low, and the middle between them.
struct DonchianChannel: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> ThreeLines? {
        guard let range = range.update(bar) else { return nil }
        return ThreeLines(range.high, range.median, range.low)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
    }
}

/// Keltner's channel in Raschke's form: an exponential average of typical prices, and lines some average true ranges
/// away. Both begin so that their first values are those of the same row.
struct KeltnerChannel: IndicatorState {
    private var average: Delayed<ExponentialAverage>
    private var range = TrueRange()
    private var ranges: Delayed<WilderAverage>
    private let width: Double

    init(_ length: Int, range rangeLength: Int, width: Double) {
        let start = max(length - 1, rangeLength)
        average = Delayed(ExponentialAverage(length), by: start - (length - 1))
        ranges = Delayed(WilderAverage(rangeLength), by: start - rangeLength)
        self.width = width
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> ThreeLines? {
        let middle = average.update(bar.typical)
        guard let whole = range.update(bar), let range = ranges.update(whole), let middle else { return nil }
        return ThreeLines(middle + width * range, middle, middle - width * range)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
        range.visit(&visitor)
        ranges.visit(&visitor)
    }
}

/// Hosoda's Ichimoku (1968): middles of ranges over a short, a middle and a long time. The spans are those of some rows
/// before, where a chart draws them ahead; the lagging span is the close itself, drawn behind, and no column.
struct Ichimoku: IndicatorState {
    private var short: RollingRange
    private var middle: RollingRange
    private var long: RollingRange
    private var spanA: TrailingValues
    private var spanB: TrailingValues

    init(_ short: Int, _ middle: Int, _ long: Int, displacement: Int) {
        self.short = RollingRange(short)
        self.middle = RollingRange(middle)
        self.long = RollingRange(long)
        spanA = TrailingValues(displacement + 1)
        spanB = TrailingValues(displacement + 1)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> SIMD4<Double>? {
        let near = short.update(bar)
        let middle = middle.update(bar)
        guard let far = long.update(bar), let near, let middle else { return nil }
        let (conversion, base) = (near.median, middle.median)
        _ = spanA.push((conversion + base) / 2)
        _ = spanB.push(far.median)
        return spanA.isFull ? SIMD4(conversion, base, spanA.oldest, spanB.oldest) : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        short.visit(&visitor)
        middle.visit(&visitor)
        long.visit(&visitor)
        spanA.visit(&visitor)
        spanB.visit(&visitor)
    }
}

/// The volume-weighted mean of typical prices since the first row, and lines some volume-weighted deviations away (West
/// 1979).
struct WeightedPriceBands: IndicatorState {
    private let width: Double
    private var volume = 0.0
    private var mean = 0.0
    private var squares = 0.0

    init(width: Double) { self.width = width }

    @inline(__always)
    mutating func update(_ input: TradedBar) -> ThreeLines? {
        volume += input.volume
        guard volume > 0 else { return nil }
        let distance = input.bar.typical - mean
        let move = distance * input.volume / volume
        mean += move
        squares += (volume - input.volume) * distance * move
        let spread = width * max(squares / volume, 0).squareRoot()
        return ThreeLines(mean + spread, mean, mean - spread)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        volume.visit(&visitor)
        mean.visit(&visitor)
        squares.visit(&visitor)
    }
}
