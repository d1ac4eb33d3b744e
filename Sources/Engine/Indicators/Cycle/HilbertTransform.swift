import Glibc

/// Ehlers' measurement of the dominant cycle (MESA and Trading Market Cycles, 2nd ed. 2002; Rocket Science for Traders,
/// 2001).
///
/// Prices are smoothed by weights 4, 3, 2, 1; two Hilbert transformers make the component in phase and the one a
/// quarter of a cycle behind; the angle that they turn by from bar to bar (a homodyne discriminator) gives the period,
/// held to 6 to 50 bars.
struct HilbertTransform: StatePart {
    /// What is known after a row.
    struct Step {
        var inPhase: Double
        var quadrature: Double
        /// The smoothed period of the cycle, in rows.
        var period: Double
        /// The price smoothed over 4 rows.
        var price: Double
    }

    /// The last eight values of a row of numbers, 0 before the first.
    private struct Delays: StatePart {
        private(set) var values = SIMD8<Double>(repeating: 0)

        @inline(__always)
        mutating func push(_ value: Double) {
            let old = values
            values = SIMD8(value, old[0], old[1], old[2], old[3], old[4], old[5], old[6])
        }

        /// The transform of the values.
        @inline(__always)
        func transformed(_ scale: Double) -> Double {
            let (outer, inner) = (0.0962, 0.5769)
            return (outer * values[0] - outer * values[6] - inner * values[4] + inner * values[2]) * scale
        }

        mutating func visit(_ visitor: inout StateVisitor) {
            values.visit(&visitor)
        }
    }

    private var smoother = PriceSmoother()
    /// Rows until prices count as smoothed.
    private var warmUp: Int
    private var prices = Delays()
    private var detrended = Delays()
    private var inPhases = Delays()
    private var quadratures = Delays()
    private var i2 = 0.0
    private var q2 = 0.0
    private var real = 0.0
    private var imaginary = 0.0
    private var rawPeriod = 0.0
    private var period = 0.0

    /// `smoothing`: so many rows only fill the smoother.
    init(smoothing: Int) { warmUp = smoothing }

    /// Takes a price; nil until prices are smoothed.
    @inline(__always)
    mutating func update(_ value: Double) -> Step? {
        let price = smoother.update(value)
        guard warmUp == 0 else {
            warmUp &-= 1
            return nil
        }
        let scale = 0.075 * rawPeriod + 0.54
        prices.push(price)
        detrended.push(prices.transformed(scale))
        quadratures.push(detrended.transformed(scale))
        inPhases.push(detrended.values[3])
        let inPhase = inPhases.values[0]
        let quadrature = quadratures.values[0]
        turn(inPhase - quadratures.transformed(scale), quadrature + inPhases.transformed(scale))
        period = 0.33 * rawPeriod + 0.67 * period
        return Step(inPhase: inPhase, quadrature: quadrature, period: period, price: price)
    }

    /// The period from the angle between this row's components and those of the row before.
    @inline(__always)
    private mutating func turn(_ i: Double, _ q: Double) {
        let newI2 = 0.2 * i + 0.8 * i2
        let newQ2 = 0.2 * q + 0.8 * q2
        real = 0.2 * (newI2 * i2 + newQ2 * q2) + 0.8 * real
        imaginary = 0.2 * (newI2 * q2 - newQ2 * i2) + 0.8 * imaginary
        (i2, q2) = (newI2, newQ2)
        let before = rawPeriod
        var next = before
        if imaginary != 0, real != 0 { next = 360 / (atan(imaginary / real) * CycleDegrees.perRadian) }
        if next > 1.5 * before { next = 1.5 * before }
        if next < 0.67 * before { next = 0.67 * before }
        if next < 6 { next = 6 } else if next > 50 { next = 50 }
        rawPeriod = 0.2 * next + 0.8 * before
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        smoother.visit(&visitor)
        warmUp.visit(&visitor)
        prices.visit(&visitor)
        detrended.visit(&visitor)
        inPhases.visit(&visitor)
        quadratures.visit(&visitor)
        i2.visit(&visitor)
        q2.visit(&visitor)
        real.visit(&visitor)
        imaginary.visit(&visitor)
        rawPeriod.visit(&visitor)
        period.visit(&visitor)
    }
}

/// Angles.
enum CycleDegrees {
    static let perRadian = 180 / Double.pi
}

/// The average of four prices with weights 4, 3, 2, 1, from sliding sums.
struct PriceSmoother: StatePart {
    private var last = SIMD4<Double>(repeating: 0)
    private var count = 0
    private var sum = 0.0
    private var weighted = 0.0

    init() {}

    @inline(__always)
    mutating func update(_ value: Double) -> Double {
        let oldest = last[3]
        last = SIMD4(value, last[0], last[1], last[2])
        if count < 3 {
            count &+= 1
            sum += value
            weighted += value * Double(count)
            return 0
        }
        sum += value
        sum -= oldest
        weighted += value * 4
        let smooth = weighted * 0.1
        weighted -= sum
        return smooth
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        last.visit(&visitor)
        count.visit(&visitor)
        sum.visit(&visitor)
        weighted.visit(&visitor)
    }
}
