import QueryLang

/// A moving average as an indicator of one column.
struct AverageIndicator<Machine: AverageMachine>: IndicatorState {
    private var machine: Machine

    init(_ machine: Machine) { self.machine = machine }

    mutating func update(_ value: Double) -> Double? { machine.update(value) }
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

    mutating func update(_ input: PairRow) -> Double? {
        if length <= 1 { return input.x }
        let amount = amounts.update(input.x * input.y)
        guard let volume = volumes.update(input.y), let amount else { return nil }
        return amount / volume
    }
}

/// The middle between the largest and the smallest of n values.
struct MidPoint: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    mutating func update(_ value: Double) -> Double? {
        range.update(high: value, low: value).map { ($0.high + $0.low) / 2 }
    }
}

/// The middle between the highest high and the lowest low of n bars.
struct MidPrice: IndicatorState {
    private var range: RollingRange

    init(_ length: Int) { range = RollingRange(length) }

    mutating func update(_ bar: HighLow) -> Double? { range.update(bar).map(\.median) }
}
