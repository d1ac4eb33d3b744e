import Glibc

/// `ht_dcperiod`: the smoothed period of the dominant cycle.
struct DominantPeriod: IndicatorState {
    private var transform = HilbertTransform(smoothing: 12)
    private var skipped = 32

    mutating func update(_ value: Double) -> Double? {
        defer { if skipped > 0 { skipped &-= 1 } }
        guard let step = transform.update(value), skipped == 0 else { return nil }
        return step.period
    }
}

/// `ht_phasor`: the components in phase and a quarter of a cycle behind.
struct Phasor: IndicatorState {
    private var transform = HilbertTransform(smoothing: 12)
    private var skipped = 32

    mutating func update(_ value: Double) -> SIMD2<Double>? {
        defer { if skipped > 0 { skipped &-= 1 } }
        guard let step = transform.update(value), skipped == 0 else { return nil }
        return SIMD2(step.inPhase, step.quadrature)
    }
}

/// The phase of the dominant cycle and the trend that is left when it is taken away, row by row.
struct DominantCycle: Sendable {
    /// What is known after a row.
    struct Step {
        /// Where the cycle is, in degrees.
        var phase: Double
        var trend: Double
        var period: Double
        var price: Double
    }

    private var transform = HilbertTransform(smoothing: 37)
    private var raw = CycleWindow()
    private var smooth = CycleWindow()
    private var means = SIMD4<Double>(repeating: 0)
    private var phase = 0.0

    init() {}

    mutating func update(_ value: Double) -> Step? {
        raw.push(value)
        guard let step = transform.update(value) else { return nil }
        smooth.push(step.price)
        let rows = CycleWindow.rows(of: step.period)
        turn(rows, step.period)
        return Step(phase: phase, trend: trend(rows), period: step.period, price: step.price)
    }

    /// The phase, by correlation of smoothed prices with sine and cosine of one cycle.
    private mutating func turn(_ rows: Int, _ period: Double) {
        var real = 0.0
        var imaginary = 0.0
        for distance in 0..<rows {
            let angle = Double(distance) * (2 * .pi) / Double(rows)
            let price = smooth.back(distance)
            real += sin(angle) * price
            imaginary += cos(angle) * price
        }
        let size = abs(imaginary)
        if size > 0 {
            phase = atan(real / imaginary) * CycleDegrees.perRadian
        } else if size <= 0.01 {
            if real < 0 { phase -= 90 } else if real > 0 { phase += 90 }
        }
        phase += 90
        // The smoothed price is behind by one row.
        phase += 360 / period
        if imaginary < 0 { phase += 180 }
        if phase > 315 { phase -= 360 }
    }

    /// The mean price over a cycle, smoothed by weights 4, 3, 2, 1.
    private mutating func trend(_ rows: Int) -> Double {
        var mean = 0.0
        for distance in 0..<rows { mean += raw.back(distance) }
        if rows > 0 { mean /= Double(rows) }
        let trend = (4 * mean + 3 * means[0] + 2 * means[1] + means[2]) / 10
        means = SIMD4(mean, means[0], means[1], 0)
        return trend
    }
}

/// `ht_trendline`, `ht_dcphase`, `ht_sine` and `ht_trendmode`.
struct CyclePart: Sendable {
    /// Rows before the first value.
    private var skipped = 63
    private var cycle = DominantCycle()

    init() {}

    /// The cycle after a row, and whether values are to be given.
    mutating func update(_ value: Double) -> (step: DominantCycle.Step, isDue: Bool)? {
        defer { if skipped > 0 { skipped &-= 1 } }
        return cycle.update(value).map { ($0, skipped == 0) }
    }
}

/// `ht_trendline`.
struct InstantaneousTrend: IndicatorState {
    private var part = CyclePart()

    mutating func update(_ value: Double) -> Double? {
        guard let (step, isDue) = part.update(value), isDue else { return nil }
        return step.trend
    }
}

/// `ht_dcphase`.
struct DominantPhase: IndicatorState {
    private var part = CyclePart()

    mutating func update(_ value: Double) -> Double? {
        guard let (step, isDue) = part.update(value), isDue else { return nil }
        return step.phase
    }
}

/// `ht_sine`: the sine of the phase, and that of 45 degrees later.
struct SineWave: IndicatorState {
    private var part = CyclePart()

    mutating func update(_ value: Double) -> SIMD2<Double>? {
        guard let (step, isDue) = part.update(value), isDue else { return nil }
        return SineWave.of(step.phase)
    }

    static func of(_ phase: Double) -> SIMD2<Double> {
        SIMD2(sin(phase / CycleDegrees.perRadian), sin((phase + 45) / CycleDegrees.perRadian))
    }
}

/// `ht_trendmode`: 1 while the market trends, 0 while it cycles.
struct TrendMode: IndicatorState {
    private var part = CyclePart()
    private var waves = SIMD2<Double>(repeating: 0)
    private var phase = 0.0
    private var rowsInTrend = 0.0

    mutating func update(_ value: Double) -> Double? {
        guard let (step, isDue) = part.update(value) else { return nil }
        let mode = self.mode(step)
        return isDue ? mode : nil
    }

    private mutating func mode(_ step: DominantCycle.Step) -> Double {
        var isTrend = true
        let next = SineWave.of(step.phase)
        // The waves cross half a cycle apart; since the last time it can be no trend yet.
        if next[0] > next[1] && waves[0] <= waves[1] || next[0] < next[1] && waves[0] >= waves[1] {
            rowsInTrend = 0
            isTrend = false
        }
        waves = next
        rowsInTrend += 1
        if rowsInTrend < 0.5 * step.period { isTrend = false }
        // The phase turns as fast as the cycle says.
        let turn = step.phase - phase
        phase = step.phase
        if step.period != 0, turn > 0.67 * 360 / step.period, turn < 1.5 * 360 / step.period { isTrend = false }
        // Far from the trend line it is a trend whatever the cycle.
        if step.trend != 0, abs((step.price - step.trend) / step.trend) >= 0.015 { isTrend = true }
        return isTrend ? 1 : 0
    }
}
