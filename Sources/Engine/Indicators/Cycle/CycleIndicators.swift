import Glibc

/// `ht_dcperiod`: the smoothed period of the dominant cycle.
struct DominantPeriod: IndicatorState {
    private var transform = HilbertTransform(smoothing: 12)
    private var skipped = 32

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let isDue = skipped == 0
        if !isDue { skipped &-= 1 }
        guard let step = transform.update(value), isDue else { return nil }
        return step.period
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        transform.visit(&visitor)
        skipped.visit(&visitor)
    }
}

/// `ht_phasor`: the components in phase and a quarter of a cycle behind.
struct Phasor: IndicatorState {
    private var transform = HilbertTransform(smoothing: 12)
    private var skipped = 32

    @inline(__always)
    mutating func update(_ value: Double) -> SIMD2<Double>? {
        let isDue = skipped == 0
        if !isDue { skipped &-= 1 }
        guard let step = transform.update(value), isDue else { return nil }
        return SIMD2(step.inPhase, step.quadrature)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        transform.visit(&visitor)
        skipped.visit(&visitor)
    }
}

/// The phase of the dominant cycle, by correlation of smoothed prices with sine and cosine of one cycle.
struct CyclePhase: StatePart {
    private let waves = CycleWaves.shared
    private var smooth = CycleWindow()
    /// In degrees.
    private var phase = 0.0

    init() {}

    /// The phase after a row.
    @inline(__always)
    mutating func update(_ step: HilbertTransform.Step) -> Double {
        smooth.push(step.price)
        let rows = CycleWindow.rows(of: step.period)
        let waves = waves.of(rows)
        var real = 0.0
        var imaginary = 0.0
        for distance in 0..<rows {
            let price = smooth.back(distance)
            real += waves.sines[distance] * price
            imaginary += waves.cosines[distance] * price
        }
        let size = abs(imaginary)
        if size > 0 {
            phase = atan(real / imaginary) * CycleDegrees.perRadian
        } else if size <= 0.01 {
            if real < 0 { phase -= 90 } else if real > 0 { phase += 90 }
        }
        phase += 90
        // The smoothed price is behind by one row.
        phase += 360 / step.period
        if imaginary < 0 { phase += 180 }
        if phase > 315 { phase -= 360 }
        return phase
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        smooth.visit(&visitor)
        phase.visit(&visitor)
    }
}

/// The trend that is left when the dominant cycle is taken away: the mean price over a cycle, smoothed by weights 4, 3, 2, 1.
struct CycleTrend: StatePart {
    private var raw = CycleWindow()
    private var means = SIMD4<Double>(repeating: 0)

    init() {}

    /// Takes a price, from the first row on.
    @inline(__always)
    mutating func push(_ value: Double) { raw.push(value) }

    /// The trend after a row.
    @inline(__always)
    mutating func update(_ step: HilbertTransform.Step) -> Double {
        let rows = CycleWindow.rows(of: step.period)
        var mean = 0.0
        for distance in 0..<rows { mean += raw.back(distance) }
        if rows > 0 { mean /= Double(rows) }
        let trend = (4 * mean + 3 * means[0] + 2 * means[1] + means[2]) / 10
        means = SIMD4(mean, means[0], means[1], 0)
        return trend
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        raw.visit(&visitor)
        means.visit(&visitor)
    }
}

/// Rows before the first value of `ht_trendline`, `ht_dcphase`, `ht_sine` and `ht_trendmode`.
private let cycleLookback = 63

/// `ht_trendline`.
struct InstantaneousTrend: IndicatorState {
    private var transform = HilbertTransform(smoothing: 37)
    private var trend = CycleTrend()
    private var skipped = cycleLookback

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        trend.push(value)
        let isDue = skipped == 0
        if !isDue { skipped &-= 1 }
        guard let step = transform.update(value) else { return nil }
        let line = trend.update(step)
        return isDue ? line : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        transform.visit(&visitor)
        trend.visit(&visitor)
        skipped.visit(&visitor)
    }
}

/// `ht_dcphase`.
struct DominantPhase: IndicatorState {
    private var transform = HilbertTransform(smoothing: 37)
    private var phase = CyclePhase()
    private var skipped = cycleLookback

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let isDue = skipped == 0
        if !isDue { skipped &-= 1 }
        guard let step = transform.update(value) else { return nil }
        let angle = phase.update(step)
        return isDue ? angle : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        transform.visit(&visitor)
        phase.visit(&visitor)
        skipped.visit(&visitor)
    }
}

/// `ht_sine`: the sine of the phase, and that of 45 degrees later.
struct SineWave: IndicatorState {
    private var phase = DominantPhase()

    @inline(__always)
    mutating func update(_ value: Double) -> SIMD2<Double>? {
        guard let angle = phase.update(value) else { return nil }
        return SineWave.of(angle)
    }

    @inline(__always)
    static func of(_ phase: Double) -> SIMD2<Double> {
        SIMD2(sin(phase / CycleDegrees.perRadian), sin((phase + 45) / CycleDegrees.perRadian))
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        phase.visit(&visitor)
    }
}

/// `ht_trendmode`: 1 while the market trends, 0 while it cycles.
struct TrendMode: IndicatorState {
    private var transform = HilbertTransform(smoothing: 37)
    private var cyclePhase = CyclePhase()
    private var cycleTrend = CycleTrend()
    private var skipped = cycleLookback
    private var waves = SIMD2<Double>(repeating: 0)
    private var phase = 0.0
    private var rowsInTrend = 0.0

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        cycleTrend.push(value)
        let isDue = skipped == 0
        if !isDue { skipped &-= 1 }
        guard let step = transform.update(value) else { return nil }
        let angle = cyclePhase.update(step)
        let mode = mode(step, angle, trend: cycleTrend.update(step))
        return isDue ? mode : nil
    }

    @inline(__always)
    private mutating func mode(_ step: HilbertTransform.Step, _ angle: Double, trend: Double) -> Double {
        var isTrend = true
        let next = SineWave.of(angle)
        // The waves cross half a cycle apart; since the last time it can be no trend yet.
        if next[0] > next[1] && waves[0] <= waves[1] || next[0] < next[1] && waves[0] >= waves[1] {
            rowsInTrend = 0
            isTrend = false
        }
        waves = next
        rowsInTrend += 1
        if rowsInTrend < 0.5 * step.period { isTrend = false }
        // The phase turns as fast as the cycle says.
        let turn = angle - phase
        phase = angle
        if step.period != 0, turn > 0.67 * 360 / step.period, turn < 1.5 * 360 / step.period { isTrend = false }
        // Far from the trend line it is a trend whatever the cycle.
        if trend != 0, abs((step.price - trend) / trend) >= 0.015 { isTrend = true }
        return isTrend ? 1 : 0
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        transform.visit(&visitor)
        cyclePhase.visit(&visitor)
        cycleTrend.visit(&visitor)
        skipped.visit(&visitor)
        waves.visit(&visitor)
        phase.visit(&visitor)
        rowsInTrend.visit(&visitor)
    }
}
