import QueryLang

/// Klinger's oscillator (1997): volume counts for the direction of high + low + close, the more the less of the movement since it
/// turned is the bar's own.
struct KlingerOscillator: IndicatorState {
    private struct Bar: InitialValue {
        var sum: Double
        var range: Double

        static var initial: Bar { Bar(sum: 0, range: 0) }

        mutating func visit(_ visitor: inout StateVisitor) {
            sum.visit(&visitor)
            range.visit(&visitor)
        }
    }

    private var before = PreviousRow<Bar>()
    private var direction = 0.0
    /// Ranges since the direction changed, and the one before.
    private var movement = 0.0
    private var averages: AveragePair<ExponentialAverage>
    private var signal: ExponentialAverage

    init(_ fast: Int, _ slow: Int, signal: Int) {
        averages = AveragePair(
            fast: ExponentialAverage(min(fast, slow)),
            slow: ExponentialAverage(max(fast, slow)),
            isAligned: false
        )
        self.signal = ExponentialAverage(signal)
    }

    @inline(__always)
    mutating func update(_ input: TradedBar) -> SIMD2<Double>? {
        let bar = Bar(sum: input.bar.high + input.bar.low + input.bar.close, range: input.bar.high - input.bar.low)
        guard let last = before.update(bar) else { return nil }
        let next: Double = bar.sum > last.sum ? 1 : -1
        movement = next == direction ? movement + bar.range : last.range + bar.range
        direction = next
        let share = movement == 0 ? 0 : abs(2 * (bar.range / movement - 1))
        guard let (fast, slow) = averages.update(input.volume * share * direction * 100) else { return nil }
        let value = fast - slow
        guard let mean = signal.update(value) else { return nil }
        return SIMD2(value, mean)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        direction.visit(&visitor)
        movement.visit(&visitor)
        averages.visit(&visitor)
        signal.visit(&visitor)
    }
}
