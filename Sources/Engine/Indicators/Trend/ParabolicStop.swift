/// How a parabolic stop speeds up on one side of the market.
struct Acceleration: Sendable {
    /// At first, and after each turn.
    let initial: Double
    /// What each new extreme adds.
    let step: Double
    /// The most.
    let limit: Double

    /// The limit binds the others.
    init(initial: Double, step: Double, limit: Double) {
        self.initial = min(initial, limit)
        self.step = min(step, limit)
        self.limit = limit
    }
}

/// Wilder's parabolic stop and reverse (1978): a stop that closes in on the market, faster with each new extreme, and
/// changes sides when it is hit.
struct ParabolicStop: IndicatorState {
    /// What a query can choose.
    struct Options: Sendable {
        var long: Acceleration
        var short: Acceleration
        /// 0: the first side is told by the movement of the first two bars. Else the first stop: positive for long,
        /// negative for short.
        var start = 0.0
        /// By what share of itself the stop is moved away after a turn.
        var offset = 0.0
        /// Whether stops of the short side are negative.
        var isSigned = false
    }

    private let options: Options
    private var before = PreviousRow<HighLow>()
    private var isStarted = false
    private var isLong = true
    private var stop = 0.0
    private var extreme = 0.0
    private var factor = 0.0

    init(_ options: Options) { self.options = options }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        guard let last = before.update(bar) else { return nil }
        if !isStarted {
            start(last, bar)
            // The row that begins is its own row before.
            return isLong ? long(bar, after: bar) : short(bar, after: bar)
        }
        return isLong ? long(bar, after: last) : short(bar, after: last)
    }

    @inline(__always)
    private mutating func start(_ first: HighLow, _ second: HighLow) {
        isStarted = true
        let up = second.high - first.high
        let down = first.low - second.low
        isLong = options.start == 0 ? !(down > 0 && up < down) : options.start > 0
        extreme = isLong ? second.high : second.low
        stop = options.start == 0 ? (isLong ? first.low : first.high) : abs(options.start)
        factor = isLong ? options.long.initial : options.short.initial
    }

    @inline(__always)
    private mutating func long(_ bar: HighLow, after last: HighLow) -> Double {
        if bar.low <= stop {
            isLong = false
            stop = max(max(extreme, last.high), bar.high)
            if options.offset != 0 { stop += stop * options.offset }
            let given = stop
            factor = options.short.initial
            extreme = bar.low
            stop = max(max(stop + factor * (extreme - stop), last.high), bar.high)
            return options.isSigned ? -given : given
        }
        let given = stop
        if bar.high > extreme {
            extreme = bar.high
            factor = min(factor + options.long.step, options.long.limit)
        }
        stop = min(min(stop + factor * (extreme - stop), last.low), bar.low)
        return given
    }

    @inline(__always)
    private mutating func short(_ bar: HighLow, after last: HighLow) -> Double {
        if bar.high >= stop {
            isLong = true
            stop = min(min(extreme, last.low), bar.low)
            if options.offset != 0 { stop -= stop * options.offset }
            let given = stop
            factor = options.long.initial
            extreme = bar.high
            stop = min(min(stop + factor * (extreme - stop), last.low), bar.low)
            return given
        }
        let given = stop
        if bar.low < extreme {
            extreme = bar.low
            factor = min(factor + options.short.step, options.short.limit)
        }
        stop = max(max(stop + factor * (extreme - stop), last.high), bar.high)
        return options.isSigned ? -given : given
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        isStarted.visit(&visitor)
        isLong.visit(&visitor)
        stop.visit(&visitor)
        extreme.visit(&visitor)
        factor.visit(&visitor)
    }
}
