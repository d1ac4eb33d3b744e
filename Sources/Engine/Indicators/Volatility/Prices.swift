/// The mean of open, high, low and close.
struct AveragePrice: IndicatorState {
    @inline(__always)
    mutating func update(_ bar: Candle) -> Double? { (bar.high + bar.low + bar.close + bar.open) / 4 }

    mutating func visit(_ visitor: inout StateVisitor) {}
}

/// The middle of the range.
struct MedianPrice: IndicatorState {
    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? { bar.median }

    mutating func visit(_ visitor: inout StateVisitor) {}
}

/// The mean of high, low and close.
struct TypicalPrice: IndicatorState {
    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? { bar.typical }

    mutating func visit(_ visitor: inout StateVisitor) {}
}

/// The mean of high, low and twice the close.
struct WeightedClose: IndicatorState {
    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? { (bar.high + bar.low + bar.close * 2) / 4 }

    mutating func visit(_ visitor: inout StateVisitor) {}
}
