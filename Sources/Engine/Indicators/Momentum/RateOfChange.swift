/// A value against the one n rows before: `mom`, `roc`, `rocp`, `rocr`, `rocr100`.
struct RateOfChange: IndicatorState {
    /// How the two are compared.
    enum Form: Sendable { case difference, percent, fraction, ratio, ratio100 }

    private let form: Form
    private var window: TrailingValues

    init(_ form: Form, _ length: Int) {
        self.form = form
        window = TrailingValues(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let before = window.push(value) else { return nil }
        return RateOfChange.of(value, before, form)
    }

    /// Ratios to zero are 0, as in TA-Lib.
    @inline(__always)
    static func of(_ value: Double, _ before: Double, _ form: Form) -> Double {
        switch form {
        case .difference: value - before
        case .percent: before != 0 ? (value / before - 1) * 100 : 0
        case .fraction: before != 0 ? (value - before) / before : 0
        case .ratio: before != 0 ? value / before : 0
        case .ratio100: before != 0 ? value / before * 100 : 0
        }
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
    }
}

/// The rate of change of a triple exponential average (Hutson 1983).
struct Trix: IndicatorState {
    private var chain: ExponentialChain
    private var change = RateOfChange(.percent, 1)

    init(_ length: Int) { chain = ExponentialChain(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let (_, _, third) = chain.update(value) else { return nil }
        return change.update(third)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        chain.visit(&visitor)
        change.visit(&visitor)
    }
}

/// A fast average less a slow one, in units of the value (`apo`) or in percent of the slow one (`ppo`).
struct AverageDifference<Average: LookingBack>: IndicatorState {
    private var averages: AveragePair<Average>
    private let isPercent: Bool

    init(_ averages: AveragePair<Average>, isPercent: Bool) {
        self.averages = averages
        self.isPercent = isPercent
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let (fast, slow) = averages.update(value) else { return nil }
        guard isPercent else { return fast - slow }
        return slow != 0 ? (fast - slow) / slow * 100 : 0
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        averages.visit(&visitor)
    }
}

/// Appel's moving average convergence and divergence (1979): the difference of two averages, its own average, and how
/// far the first is above the second.
struct ConvergenceDivergence<Average: LookingBack>: IndicatorState {
    private var averages: AveragePair<Average>
    private var signal: Average

    init(_ averages: AveragePair<Average>, signal: Average) {
        self.averages = averages
        self.signal = signal
    }

    @inline(__always)
    mutating func update(_ value: Double) -> ThreeLines? {
        guard let (fast, slow) = averages.update(value) else { return nil }
        let line = fast - slow
        guard let mean = signal.update(line) else { return nil }
        return ThreeLines(line, mean, line - mean)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        averages.visit(&visitor)
        signal.visit(&visitor)
    }
}

/// `macdfix`: averages of 12 and 26 rows whose weights are the rounded 0.15 and 0.075.
struct FixedConvergenceDivergence: IndicatorState {
    private var fast = Delayed(ExponentialAverage(12, alpha: 0.15), by: 14)
    private var slow = ExponentialAverage(26, alpha: 0.075)
    private var signal: ExponentialAverage

    init(signal length: Int) { signal = ExponentialAverage(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> ThreeLines? {
        let quick = fast.update(value)
        guard let lazy = slow.update(value), let quick else { return nil }
        let line = quick - lazy
        guard let mean = signal.update(line) else { return nil }
        return ThreeLines(line, mean, line - mean)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        fast.visit(&visitor)
        slow.visit(&visitor)
        signal.visit(&visitor)
    }
}
