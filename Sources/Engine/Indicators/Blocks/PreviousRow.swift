/// The value of the row before.
struct PreviousRow<Value: Sendable>: Sendable {
    private var value: Value?

    init() {}

    /// Takes the value of a row; gives that of the row before, nil in the first.
    @inline(__always)
    mutating func update(_ next: Value) -> Value? {
        defer { value = next }
        return value
    }
}

/// The true range of a bar (Wilder 1978): how far prices went since the close before. The first bar has none.
struct TrueRange: IndicatorState {
    private var closes = PreviousRow<Double>()

    mutating func update(_ bar: HighLowClose) -> Double? {
        closes.update(bar.close).map { TrueRange.of(bar, after: $0) }
    }

    /// The range of a bar after a close.
    @inline(__always)
    static func of(_ bar: HighLowClose, after close: Double) -> Double {
        var range = bar.high - bar.low
        let up = abs(bar.high - close)
        if up > range { range = up }
        let down = abs(bar.low - close)
        if down > range { range = down }
        return range
    }
}
