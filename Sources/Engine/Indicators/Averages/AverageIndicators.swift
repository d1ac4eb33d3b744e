import QueryLang

/// A moving average as an indicator of one column.
struct AverageIndicator<Machine: AverageMachine>: IndicatorState {
    private var machine: Machine

    init(_ machine: Machine) { self.machine = machine }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? { machine.update(value) }

    mutating func visit(_ visitor: inout StateVisitor) {
        machine.visit(&visitor)
    }
}

/// The mean of prices weighted by what was traded: Σ x v / Σ v of n rows; of one row the price.
struct VolumeWeightedAverage: IndicatorState {
    private let length: Int
    private var amounts: TrailingSum
    private var volumes: TrailingSum

    init(_ length: Int) {
        self.length = length
        amounts = TrailingSum(length)
        volumes = TrailingSum(length)
    }

    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        if length <= 1 { return input.x }
        let amount = amounts.update(input.x * input.y)
        guard let volume = volumes.update(input.y), let amount else { return nil }
        return amount / volume
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        amounts.visit(&visitor)
        volumes.visit(&visitor)
    }
}

/// The middle between the largest and the smallest of n values.
struct MidPoint: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let range = range.update(high: value, low: value) else { return nil }
        return range.median
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
    }
}

/// The middle between the highest high and the lowest low of n bars.
struct MidPrice: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        guard let range = range.update(bar) else { return nil }
        return range.median
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        range.visit(&visitor)
    }
}
