import QueryLang

/// Klinger's oscillator (1997): volume counts for the direction of high + low + close, the more the less of the movement since it
/// turned is the bar's own.
struct KlingerOscillator: IndicatorState {
    private struct Bar: Sendable {
        var sum: Double
        var range: Double
    }

    private var before = PreviousRow<Bar>()
    private var direction = 0.0
    /// Ranges since the direction changed, and the one before.
    private var movement = 0.0
    private var averages: AveragePair
    private var signal: ExponentialAverage

    init(_ fast: Int, _ slow: Int, signal: Int) {
        averages = AveragePair(.exponential, fast, slow, isAligned: false)
        self.signal = ExponentialAverage(signal)
    }

    mutating func update(_ input: TradedBar) -> SIMD2<Double>? {
        let bar = Bar(sum: input.bar.high + input.bar.low + input.bar.close, range: input.bar.high - input.bar.low)
        guard let last = before.update(bar) else { return nil }
        let next: Double = bar.sum > last.sum ? 1 : -1
        movement = next == direction ? movement + bar.range : last.range + bar.range
        direction = next
        let share = movement == 0 ? 0 : abs(2 * (bar.range / movement - 1))
        guard let (fast, slow) = averages.update(input.volume * share * direction * 100) else { return nil }
        let value = fast - slow
        return signal.update(value).map { SIMD2(value, $0) }
    }
}
