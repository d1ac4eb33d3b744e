/// Wilder's directional movement (1978): which of the two ranges of a bar went further beyond the bar before.
struct DirectionalMovement: StatePart {
    /// What a bar adds.
    struct Step {
        var plus: Double
        var minus: Double
        var trueRange: Double
    }

    private var before = PreviousRow<HighLowClose>()

    init() {}

    /// The movement since the bar before; nil in the first bar.
    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Step? {
        guard let last = before.update(bar) else { return nil }
        let up = bar.high - last.high
        let down = last.low - bar.low
        return Step(
            plus: up > 0 && up > down ? up : 0,
            minus: down > 0 && up < down ? down : 0,
            trueRange: TrueRange.of(bar, after: last.close)
        )
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
    }
}

/// Wilder's sum of n values: that of the first n − 1, then `s − s / n + x`.
struct WilderSum: StatePart {
    private let length: Double
    private let seedCount: Int
    private var taken = 0
    private(set) var sum = 0.0

    init(_ length: Int) {
        self.length = Double(length)
        seedCount = length - 1
    }

    /// Whether the seed is whole.
    var isSeeded: Bool { taken >= seedCount }

    /// Takes a value; false while the seed is being summed, and in the row that completes it.
    @inline(__always)
    mutating func update(_ value: Double) -> Bool {
        guard taken >= seedCount else {
            taken &+= 1
            sum += value
            return false
        }
        sum = sum - sum / length + value
        return true
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        taken.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// `plus_dm` and `minus_dm`: the smoothed movement in one direction; of one row the movement itself.
struct SmoothedMovement: IndicatorState {
    private let isPlus: Bool
    private let length: Int
    private var movement = DirectionalMovement()
    private var sum: WilderSum

    init(isPlus: Bool, _ length: Int) {
        self.isPlus = isPlus
        self.length = length
        sum = WilderSum(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLow) -> Double? {
        let whole = HighLowClose(high: bar.high, low: bar.low, close: bar.low)
        guard let step = movement.update(whole) else { return nil }
        let moved = isPlus ? step.plus : step.minus
        if length <= 1 { return moved }
        _ = sum.update(moved)
        return sum.isSeeded ? sum.sum : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        movement.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// Both smoothed movements in percent of the smoothed true range.
struct DirectionalLines: StatePart {
    private let length: Int
    private var movement = DirectionalMovement()
    private var plus: WilderSum
    private var minus: WilderSum
    private var range: WilderSum

    init(_ length: Int) {
        self.length = length
        plus = WilderSum(length)
        minus = WilderSum(length)
        range = WilderSum(length)
    }

    /// Both lines and whether there is a range to measure them by; nil while warming up.
    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> (plus: Double, minus: Double, isMeasured: Bool)? {
        guard let step = movement.update(bar) else { return nil }
        if length <= 1 { return lines(step.plus, step.minus, step.trueRange, scale: 1) }
        _ = plus.update(step.plus)
        _ = minus.update(step.minus)
        guard range.update(step.trueRange) else { return nil }
        return lines(plus.sum, minus.sum, range.sum, scale: 100)
    }

    @inline(__always)
    private func lines(
        _ plus: Double,
        _ minus: Double,
        _ range: Double,
        scale: Double
    ) -> (plus: Double, minus: Double, isMeasured: Bool) {
        range == 0 ? (0, 0, false) : (scale * (plus / range), scale * (minus / range), true)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        movement.visit(&visitor)
        plus.visit(&visitor)
        minus.visit(&visitor)
        range.visit(&visitor)
    }
}

/// `plus_di` and `minus_di`.
struct DirectionalIndicator: IndicatorState {
    private let isPlus: Bool
    private var lines: DirectionalLines

    init(isPlus: Bool, _ length: Int) {
        self.isPlus = isPlus
        lines = DirectionalLines(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let lines = lines.update(bar) else { return nil }
        return isPlus ? lines.plus : lines.minus
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        lines.visit(&visitor)
    }
}

/// `dx`: how far the two lines are apart, in percent of both. Without a range or without movement it stays what it was.
struct DirectionalIndex: IndicatorState {
    private var lines: DirectionalLines
    private var last = 0.0

    init(_ length: Int) { lines = DirectionalLines(length) }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let lines = lines.update(bar) else { return nil }
        if let index = DirectionalIndex.of(lines) { last = index }
        return last
    }

    /// Nil where there is nothing to measure by.
    @inline(__always)
    static func of(_ lines: (plus: Double, minus: Double, isMeasured: Bool)) -> Double? {
        guard lines.isMeasured else { return nil }
        let sum = lines.minus + lines.plus
        return sum == 0 ? nil : 100 * (abs(lines.minus - lines.plus) / sum)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        lines.visit(&visitor)
        last.visit(&visitor)
    }
}

/// `adx`: Wilder's average of `dx`. Rows without a range or without movement are left out of it.
struct AverageDirectionalIndex: IndicatorState {
    private let length: Double
    private let count: Int
    private var lines: DirectionalLines
    private var taken = 0
    private var average = 0.0

    init(_ length: Int) {
        self.length = Double(length)
        count = length
        lines = DirectionalLines(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let lines = lines.update(bar) else { return nil }
        let index = DirectionalIndex.of(lines)
        if taken >= count {
            if let index { average = (average * (length - 1) + index) / length }
            return average
        }
        taken &+= 1
        average += index ?? 0
        guard taken == count else { return nil }
        average /= length
        return average
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        lines.visit(&visitor)
        taken.visit(&visitor)
        average.visit(&visitor)
    }
}

/// `adxr`: the mean of `adx` and what it was n − 1 rows before.
struct DirectionalRating: IndicatorState {
    private var index: AverageDirectionalIndex
    private var window: TrailingValues

    init(_ length: Int) {
        index = AverageDirectionalIndex(length)
        window = TrailingValues(length)
    }

    @inline(__always)
    mutating func update(_ bar: HighLowClose) -> Double? {
        guard let value = index.update(bar) else { return nil }
        _ = window.push(value)
        return window.isFull ? (value + window.oldest) / 2 : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        index.visit(&visitor)
        window.visit(&visitor)
    }
}
