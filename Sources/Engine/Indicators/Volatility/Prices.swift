/// The mean of open, high, low and close.
struct AveragePrice: IndicatorState {
    mutating func update(_ bar: Candle) -> Double? { (bar.high + bar.low + bar.close + bar.open) / 4 }
}

/// The middle of the range.
struct MedianPrice: IndicatorState {
    mutating func update(_ bar: HighLow) -> Double? { bar.median }
}

/// The mean of high, low and close.
struct TypicalPrice: IndicatorState {
    mutating func update(_ bar: HighLowClose) -> Double? { bar.typical }
}

/// The mean of high, low and twice the close.
struct WeightedClose: IndicatorState {
    mutating func update(_ bar: HighLowClose) -> Double? { (bar.high + bar.low + bar.close * 2) / 4 }
}
