/// Seban's SuperTrend: a line some average true ranges from the middle of the bar, which follows the market on one side
/// and changes it when the close crosses the line.
struct SuperTrend: IndicatorState {
    private var range: AverageTrueRange
    private let width: Double
    private var upper = 0.0
    private var lower = 0.0
    private var close = 0.0
    private var isStarted = false
    private var isUp = true

    init(_ length: Int, width: Double) {
        range = AverageTrueRange(length)
        self.width = width
    }

    /// The line, and 1 while it is below the market, -1 while it is above.
    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> SIMD2<Double>? {
        let close = close
        self.close = bar.close
        guard let range = range.update(bar) else { return nil }
        let middle = bar.range.median
        let top = middle + width * range
        let bottom = middle - width * range
        if isStarted {
            // A line only comes nearer, unless the close before was beyond it.
            upper = top < upper || close > upper ? top : upper
            lower = bottom > lower || close < lower ? bottom : lower
            isUp = isUp ? bar.close >= lower : bar.close > upper
        } else {
            (upper, lower) = (top, bottom)
            isStarted = true
        }
        return SIMD2(isUp ? lower : upper, isUp ? 1 : -1)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
        upper.visit(&visitor)
        lower.visit(&visitor)
        close.visit(&visitor)
        isStarted.visit(&visitor)
        isUp.visit(&visitor)
    }
}
