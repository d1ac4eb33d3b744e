/// Chande's Aroon (1995): how lately the lowest low and the highest high of n bars and the one before were, 100 for
/// now; of equal ones the latest counts.
struct Aroon: IndicatorState {
    private let length: Double
    private let factor: Double
    private var highs: RollingExtremeAge<Highest>
    private var lows: RollingExtremeAge<Lowest>

    init(_ length: Int) {
        self.length = Double(length)
        factor = 100 / Double(length)
        highs = RollingExtremeAge(length + 1)
        lows = RollingExtremeAge(length + 1)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> SIMD2<Double>? {
        let highAge = highs.update(bar.high)
        guard let lowAge = lows.update(bar.low), let highAge else { return nil }
        return SIMD2(factor * (length - lowAge), factor * (length - highAge))
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        highs.visit(&visitor)
        lows.visit(&visitor)
    }
}

/// Aroon up less Aroon down.
struct AroonOscillator: IndicatorState {
    private let factor: Double
    private var highs: RollingExtremeAge<Highest>
    private var lows: RollingExtremeAge<Lowest>

    init(_ length: Int) {
        factor = 100 / Double(length)
        highs = RollingExtremeAge(length + 1)
        lows = RollingExtremeAge(length + 1)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        let highAge = highs.update(bar.high)
        guard let lowAge = lows.update(bar.low), let highAge else { return nil }
        return factor * (lowAge - highAge)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        highs.visit(&visitor)
        lows.visit(&visitor)
    }
}
