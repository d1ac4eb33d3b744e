/// Chande's Aroon (1995): how lately the lowest low and the highest high of n bars and the one before were, 100 for
/// now; of equal ones the latest counts.
struct Aroon: IndicatorState {
    private let length: Double
    private let factor: Double
    private var range: RollingRange

    init(_ length: Int) {
        self.length = Double(length)
        factor = 100 / Double(length)
        range = RollingRange(length + 1)
    }

    mutating func update(_ bar: HighLow) -> SIMD2<Double>? {
        guard range.update(bar) != nil else { return nil }
        return SIMD2(factor * (length - Double(range.lowAge)), factor * (length - Double(range.highAge)))
    }
}

/// Aroon up less Aroon down.
struct AroonOscillator: IndicatorState {
    private let factor: Double
    private var range: RollingRange

    init(_ length: Int) {
        factor = 100 / Double(length)
        range = RollingRange(length + 1)
    }

    mutating func update(_ bar: HighLow) -> Double? {
        guard range.update(bar) != nil else { return nil }
        return factor * Double(range.lowAge - range.highAge)
    }
}
