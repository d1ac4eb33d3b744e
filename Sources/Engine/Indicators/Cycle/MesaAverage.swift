import Glibc

/// Ehlers' MESA adaptive average (2001): the exponent goes with how fast the phase turns, between two limits; and the
/// average that follows it with half the exponent.
struct MesaAverage: IndicatorState {
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

    @inline(__always)
    mutating func update(_ value: Double) -> SIMD2<Double>? {
        let isDue = skipped == 0
        if !isDue { skipped &-= 1 }
        guard let step = transform.update(value) else { return nil }
        let next = step.inPhase != 0 ? atan(step.quadrature / step.inPhase) * CycleDegrees.perRadian : 0
        let turn = max(phase - next, 1)
        phase = next
        let weight = turn > 1 ? max(fast / turn, slow) : fast
        average = weight * value + (1 - weight) * average
        let half = weight * 0.5
        following = half * average + (1 - half) * following
        return isDue ? SIMD2(average, following) : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        transform.visit(&visitor)
        skipped.visit(&visitor)
        phase.visit(&visitor)
        average.visit(&visitor)
        following.visit(&visitor)
    }
}

/// The adaptive average alone, with its author's limits, as one of the kinds of moving averages.
struct MesaLine: AverageMachine {
    private var average = MesaAverage(fast: 0.5, slow: 0.05)

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let lines = average.update(value) else { return nil }
        return lines[0]
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        average.visit(&visitor)
    }
}
