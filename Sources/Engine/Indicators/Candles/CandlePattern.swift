/// A pattern of candles: what it is measured by, and when it is there.
struct CandlePattern: Sendable {
    /// Says how a pattern is there in the newest candles: 100 for rising, -100 for falling (80 and 200 where TA-Lib
    /// grades it), 0 for not at all. The second argument is how deep a candle must reach into another one's body, where
    /// that matters.
    typealias Rule = @Sendable (CandleWindow, Double) -> Int

    let measures: [CandleMeasure]
    /// Rows before the first that the rule is asked of.
    let lookback: Int
    let rule: Rule

    /// `candles`: how many rows the pattern has. It is first looked for when all of them can be measured.
    init(_ candles: Int, _ measures: [(CandleSetting, [Int])], lookback: Int? = nil, _ rule: @escaping Rule) {
        self.measures = measures.flatMap { setting, distances in
            setting.period == 0 ? [] : distances.map { CandleMeasure(setting: setting, distance: $0) }
        }
        self.lookback = lookback ?? candles - 1 + (measures.map { $0.0.period }.max() ?? 0)
        self.rule = rule
    }
}

/// Looks for one pattern.
struct CandleIndicator: IndicatorState {
    private let rule: CandlePattern.Rule
    private let depth: Double
    private var window: CandleWindow

    init(_ pattern: CandlePattern, depth: Double = 0) {
        rule = pattern.rule
        self.depth = depth
        window = CandleWindow(pattern.measures, start: pattern.lookback)
    }

    mutating func update(_ candle: Candle) -> Double? {
        guard window.append(candle) else { return nil }
        let found = rule(window, depth)
        window.advance()
        return Double(found)
    }
}
