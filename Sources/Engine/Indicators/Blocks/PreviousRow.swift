/// A value that a part of a state can keep before there is one.
protocol InitialValue: StatePart {
    /// What stands for none.
    static var initial: Self { get }
}

extension Double: InitialValue {
    static var initial: Double { 0 }
}

/// The value of the row before.
struct PreviousRow<Value: InitialValue>: StatePart {
    private var value = Value.initial
    private var isThere = false

    init() {}

    /// Takes the value of a row; gives that of the row before, nil in the first.
    @inline(__always)
    mutating func update(_ next: Value) -> Value? {
        let before = value
        value = next
        if isThere { return before }
        isThere = true
        return nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        value.visit(&visitor)
        isThere.visit(&visitor)
    }
}

/// The true range of a bar (Wilder 1978): how far prices went since the close before. The first bar has none.
struct TrueRange: IndicatorState {
    private var closes = PreviousRow<Double>()

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let close = closes.update(bar.close) else { return nil }
        return TrueRange.of(bar, after: close)
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

    mutating func visit(_ visitor: inout StateVisitor) {
        closes.visit(&visitor)
    }
}
