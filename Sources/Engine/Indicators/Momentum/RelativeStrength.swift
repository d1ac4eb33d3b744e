import QueryLang

/// Wilder's averages of gains and of losses from row to row.
struct GainsAndLosses: StatePart {
    private var before = PreviousRow<Double>()
    private var gains: WilderAverage
    private var losses: WilderAverage

    init(_ length: Int) {
        gains = WilderAverage(length)
        losses = WilderAverage(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> (gain: Double, loss: Double)? {
        guard let last = before.update(value) else { return nil }
        let change = value - last
        let gain = gains.update(change > 0 ? change : 0)
        let loss = losses.update(change < 0 ? -change : 0)
        guard let gain, let loss else { return nil }
        return (gain, loss)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        gains.visit(&visitor)
        losses.visit(&visitor)
    }
}

/// Wilder's relative strength index (1978): the share of gains in gains and losses, 0 to 100.
struct RelativeStrength: IndicatorState, AverageMachine {
    private var averages: GainsAndLosses

    init(_ length: Int) { averages = GainsAndLosses(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let (gain, loss) = averages.update(value) else { return nil }
        let sum = gain + loss
        return sum == 0 ? 0 : 100 * (gain / sum)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        averages.visit(&visitor)
    }
}

/// Chande's momentum oscillator (1994) with Wilder's averages, as TA-Lib has it: gains less losses, -100 to 100.
struct ChandeMomentum: IndicatorState {
    private var averages: GainsAndLosses

    init(_ length: Int) { averages = GainsAndLosses(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let (gain, loss) = averages.update(value) else { return nil }
        let sum = gain + loss
        return sum == 0 ? 0 : 100 * ((gain - loss) / sum)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        averages.visit(&visitor)
    }
}

/// Chande's momentum oscillator with sums of gains and losses over n rows, as its author has it.
struct UnsmoothedChandeMomentum: IndicatorState {
    private var before = PreviousRow<Double>()
    private var gains: TrailingSum
    private var losses: TrailingSum

    init(_ length: Int) {
        gains = TrailingSum(length)
        losses = TrailingSum(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let last = before.update(value) else { return nil }
        let change = value - last
        let gain = gains.update(change > 0 ? change : 0)
        let loss = losses.update(change < 0 ? -change : 0)
        guard let gain, let loss else { return nil }
        let sum = gain + loss
        return sum == 0 ? 0 : 100 * ((gain - loss) / sum)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        gains.visit(&visitor)
        losses.visit(&visitor)
    }
}

/// Chande and Kroll's intraday momentum (1994): the share of bodies that rose in all bodies of n bars.
struct IntradayMomentum: IndicatorState {
    private var rises: TrailingSum
    private var falls: TrailingSum

    init(_ length: Int) {
        rises = TrailingSum(length)
        falls = TrailingSum(length)
    }

    /// x is the open, y the close.
    @inline(__always)
    mutating func update(_ bar: PairRow) -> Double? {
        let body = bar.y - bar.x
        let rise = rises.update(body > 0 ? body : 0)
        let fall = falls.update(body < 0 ? -body : 0)
        guard let rise, let fall else { return nil }
        let sum = rise + fall
        return sum == 0 ? 50 : 100 * (rise / sum)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        rises.visit(&visitor)
        falls.visit(&visitor)
    }
}

/// Money flow index (Quong and Soudack 1989): the relative strength of typical price times volume.
struct MoneyFlowIndex: IndicatorState {
    private var before = PreviousRow<Double>()
    private var inflow: TrailingValues
    private var outflow: TrailingValues
    private var sums = SIMD2<Double>(0, 0)

    init(_ length: Int) {
        inflow = TrailingValues(length)
        outflow = TrailingValues(length)
    }

    @inline(__always)
    mutating func update(_ input: TradedBar) -> Double? {
        let typical = input.bar.typical
        guard let last = before.update(typical) else { return nil }
        let difference = typical - last
        // Means of prices that add up to the same may differ by a rounding.
        let change = isNoise(difference, of: typical) ? 0 : difference
        let flow = typical * input.volume
        if inflow.isFull { sums -= SIMD2(inflow.oldest, outflow.oldest) }
        let new = SIMD2(change > 0 ? flow : 0, change < 0 ? flow : 0)
        _ = inflow.push(new[0])
        _ = outflow.push(new[1])
        sums += new
        guard inflow.isFull else { return nil }
        let sum = sums[0] + sums[1]
        return sum < 1 ? 0 : 100 * (sums[0] / sum)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        inflow.visit(&visitor)
        outflow.visit(&visitor)
        sums.visit(&visitor)
    }
}
