/// A pattern of candles: what it is measured by, and when it is there.
///
/// A rule is a type, so that its conditions and its measures are compiled into the loop over the candles.
protocol CandleRule: Sendable {
    /// How many rows the pattern has. It is first looked for when all of them can be measured.
    static var candleCount: Int { get }
    /// Rows before the first that the rule is asked of.
    static var lookback: Int { get }
    /// Tells each setting that candles are measured by, with the number of rows ago of each.
    static func forEachMeasure(_ body: (CandleSetting, Int) -> Void)
    /// Whether the pattern is there in the newest candles: 100 for rising, -100 for falling (80 and 200 where TA-Lib grades
    /// it), 0 for not at all. `depth` is how deep a candle must reach into another one's body, where that matters.
    static func find(_ candles: CandleWindow, _ depth: Double) -> Int
}

extension CandleRule {
    static var lookback: Int {
        var longest = 0
        forEachMeasure { setting, _ in longest = max(longest, setting.period) }
        return candleCount - 1 + longest
    }

    @inline(__always)
    static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {}
}

/// Looks for one pattern.
struct CandleIndicator<Rule: CandleRule>: IndicatorState {
    private let depth: Double
    private var window = CandleWindow(start: Rule.lookback)

    init(depth: Double = 0) { self.depth = depth }

    @inline(__always)
    mutating func update(_ candle: Candle) -> Double? {
        guard window.append(candle) else {
            let window = window
            Rule.forEachMeasure { setting, distance in window.warmUp(setting, distance) }
            return nil
        }
        let window = window
        let found = Rule.find(window, depth)
        Rule.forEachMeasure { setting, distance in window.advance(setting, distance) }
        return Double(found)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
    }
}
