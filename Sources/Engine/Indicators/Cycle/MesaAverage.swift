import Glibc

/// Ehlers' MESA adaptive average (2001): the exponent goes with how fast the phase turns, between two limits; and the
/// average that follows it with half the exponent.
struct MesaAverage: IndicatorState, Sendable {
    /// Rows before the first value.
    static let lookback = 32
    private let fast: Double
    private let slow: Double
    private var transform = HilbertTransform(smoothing: 12)
    private var skipped = MesaAverage.lookback
    private var phase = 0.0
    private var average = 0.0
    private var following = 0.0

    init(fast: Double, slow: Double) {
        self.fast = fast
        self.slow = slow
    }

    mutating func update(_ value: Double) -> SIMD2<Double>? {
        defer { if skipped > 0 { skipped &-= 1 } }
        guard let step = transform.update(value) else { return nil }
        let next = step.inPhase != 0 ? atan(step.quadrature / step.inPhase) * CycleDegrees.perRadian : 0
        let turn = max(phase - next, 1)
        phase = next
        let weight = turn > 1 ? max(fast / turn, slow) : fast
        average = weight * value + (1 - weight) * average
        let half = weight * 0.5
        following = half * average + (1 - half) * following
        return skipped == 0 ? SIMD2(average, following) : nil
    }
}

/// The adaptive average alone, with its author's limits, as one of the kinds of moving averages.
struct MesaLine: AverageMachine {
    private var average = MesaAverage(fast: 0.5, slow: 0.05)

    mutating func update(_ value: Double) -> Double? { average.update(value)?[0] }
}
