import Glibc

/// The variance of n values as a population.
struct RollingVariance: IndicatorState {
    private var squares: RollingSquares

    init(_ length: Int) { squares = RollingSquares(length) }

    mutating func update(_ value: Double) -> Double? { squares.update(value) }
}

/// Some deviations of n values.
struct ScaledDeviation: IndicatorState {
    private var deviation: RollingDeviation
    private let factor: Double

    init(_ length: Int, factor: Double) {
        deviation = RollingDeviation(length)
        self.factor = factor
    }

    mutating func update(_ value: Double) -> Double? { deviation.update(value).map { $0 * factor } }
}

/// Pearson's coefficient of correlation of n rows; 0 where a column does not vary.
struct RollingCorrelation: IndicatorState {
    private var sums: RollingProducts

    init(_ length: Int) { sums = RollingProducts(length) }

    mutating func update(_ pair: PairRow) -> Double? {
        guard let spreads = sums.update(pair) else { return nil }
        let spread = spreads.x * spreads.y
        return spread <= 0 ? 0 : spreads.xy / spread.squareRoot()
    }
}

/// The slope of the relative changes of y over those of x, of n changes; 0 where x does not vary.
struct ReturnBeta: IndicatorState {
    private var before = PreviousRow<PairRow>()
    private var sums: RollingProducts

    init(_ length: Int) { sums = RollingProducts(length) }

    mutating func update(_ pair: PairRow) -> Double? {
        guard let last = before.update(pair) else { return nil }
        let changes = PairRow(
            last.x == 0 ? 0 : (pair.x - last.x) / last.x,
            last.y == 0 ? 0 : (pair.y - last.y) / last.y
        )
        guard let spreads = sums.update(changes) else { return nil }
        return spreads.x == 0 ? 0 : spreads.xy / spreads.x
    }
}

/// The line through n values that is nearest by squares: `linearreg…`, `tsf`.
struct RegressionLine: IndicatorState {
    /// What is told of the line.
    enum Part: Sendable { case end, angle, start, slope, forecast }

    private let part: Part
    private var window: TrailingValues
    private let length: Double
    private var sum = 0.0
    /// Σ of each value times how many rows ago it was.
    private var moment = 0.0

    init(_ part: Part, _ length: Int) {
        self.part = part
        window = TrailingValues(length)
        self.length = Double(length)
    }

    mutating func update(_ value: Double) -> Double? {
        if window.isFull {
            let oldest = window.oldest
            moment += sum - length * oldest
            sum += value - oldest
        } else {
            moment += sum
            sum += value
        }
        _ = window.push(value)
        guard window.isFull else { return nil }
        // Sums are built anew once a turn of the ring, so that roundings do not add up: O(1) on average.
        if window.isAtStart { (sum, moment) = sums() }
        return told
    }

    private func sums() -> (sum: Double, moment: Double) {
        var sum = 0.0
        var moment = 0.0
        for distance in stride(from: window.count - 1, through: 0, by: -1) {
            let value = window.back(distance)
            sum += value
            moment += Double(distance) * value
        }
        return (sum, moment)
    }

    /// The line is `start + slope × row`, rows counted from the oldest, 0.
    private var told: Double {
        let places = length * (length - 1) / 2
        let squares = length * (length - 1) * (2 * length - 1) / 6
        let slope = (length * moment - places * sum) / (places * places - length * squares)
        let start = (sum - slope * places) / length
        return switch part {
        case .end: start + slope * (length - 1)
        case .angle: atan(slope) * 180 / .pi
        case .start: start
        case .slope: slope
        case .forecast: start + slope * length
        }
    }
}

/// How far the value is from what the line through n values before it forecast, in percent of the value.
struct ForecastOscillator: IndicatorState {
    private var line: RegressionLine
    private var forecast: Double?

    init(_ length: Int) { line = RegressionLine(.forecast, length) }

    mutating func update(_ value: Double) -> Double? {
        let expected = forecast
        forecast = line.update(value)
        return expected.map { value == 0 ? 0 : 100 * (value - $0) / value }
    }
}

/// The mean distance of n values from their mean.
struct RollingMeanDeviation: IndicatorState {
    private var window: TrailingValues
    private let length: Double

    init(_ length: Int) {
        window = TrailingValues(length)
        self.length = Double(length)
    }

    mutating func update(_ value: Double) -> Double? {
        _ = window.push(value)
        guard window.isFull else { return nil }
        var sum = 0.0
        for value in window.inMemory { sum += value }
        let mean = sum / length
        var deviation = 0.0
        for value in window.inMemory { deviation += abs(value - mean) }
        return deviation / length
    }
}

/// The value of n below or at which a share of them lies, by the nearest rank.
struct RollingPercentile: IndicatorState {
    private var window: TrailingValues
    private var sorted: [Double] = []
    private let share: Double

    init(_ length: Int, share: Double) {
        window = TrailingValues(length)
        self.share = share
    }

    mutating func update(_ value: Double) -> Double? {
        if let left = window.push(value) {
            let place = lowerBound(left)
            if place < sorted.count { sorted.remove(at: place) }
        }
        sorted.insert(value, at: lowerBound(value))
        guard window.isFull else { return nil }
        let rank = (share / 100 * Double(sorted.count)).rounded(.up)
        return sorted[max(1, min(sorted.count, Int(rank))) - 1]
    }

    /// The first place whose value is not below; NaN comes last.
    private func lowerBound(_ value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value || value.isNaN && !sorted[middle].isNaN {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// The share of the n values before that are below the value, in percent.
struct RollingPercentRank: IndicatorState {
    private var window: TrailingValues

    init(_ length: Int) { window = TrailingValues(length) }

    mutating func update(_ value: Double) -> Double? {
        defer { _ = window.push(value) }
        guard window.isFull else { return nil }
        var count = 0
        for other in window.inMemory where other < value { count += 1 }
        return 100 * Double(count) / Double(window.length)
    }
}
