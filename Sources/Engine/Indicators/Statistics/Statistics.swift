import Glibc

/// The variance of n values as a population.
struct RollingVariance: IndicatorState {
    private var squares: RollingSquares

    init(_ length: Int) { squares = RollingSquares(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? { squares.update(value) }

    mutating func visit(_ visitor: inout StateVisitor) {
        squares.visit(&visitor)
    }
}

/// Some deviations of n values.
struct ScaledDeviation: IndicatorState {
    private var deviation: RollingDeviation
    private let factor: Double

    init(_ length: Int, factor: Double) {
        deviation = RollingDeviation(length)
        self.factor = factor
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard let spread = deviation.update(value) else { return nil }
        return spread * factor
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        deviation.visit(&visitor)
    }
}

/// Pearson's coefficient of correlation of n rows; 0 where a column does not vary.
struct RollingCorrelation: IndicatorState {
    private var sums: RollingProducts

    init(_ length: Int) { sums = RollingProducts(length) }

    @inline(__always)
    mutating func update(_ pair: PairRow) -> Double? {
        guard let spreads = sums.update(pair) else { return nil }
        let spread = spreads.x * spreads.y
        return spread <= 0 ? 0 : spreads.xy / spread.squareRoot()
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        sums.visit(&visitor)
    }
}

/// The slope of the relative changes of y over those of x, of n changes; 0 where x does not vary.
struct ReturnBeta: IndicatorState {
    private var before = PreviousRow<PairRow>()
    private var sums: RollingProducts

    init(_ length: Int) { sums = RollingProducts(length) }

    @inline(__always)
    mutating func update(_ pair: PairRow) -> Double? {
        guard let last = before.update(pair) else { return nil }
        let changes = PairRow(
            last.x == 0 ? 0 : (pair.x - last.x) / last.x,
            last.y == 0 ? 0 : (pair.y - last.y) / last.y
        )
        guard let spreads = sums.update(changes) else { return nil }
        return spreads.x == 0 ? 0 : spreads.xy / spreads.x
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        before.visit(&visitor)
        sums.visit(&visitor)
    }
}

/// The line through n values that is nearest by squares: `linearreg…`, `tsf`.
struct RegressionLine: IndicatorState {
    /// What is told of the line.
    enum Part: Sendable { case end, angle, start, slope, forecast }

    private let part: Part
    private var window: TrailingValues
    private let length: Double
    /// The sum of the rows' numbers.
    private let places: Double
    private let divisor: Double
    private var sum = 0.0
    /// Σ of each value times how many rows ago it was.
    private var moment = 0.0

    init(_ part: Part, _ length: Int) {
        self.part = part
        window = TrailingValues(length)
        let length = Double(length)
        self.length = length
        places = length * (length - 1) / 2
        let squares = length * (length - 1) * (2 * length - 1) / 6
        divisor = places * places - length * squares
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if let oldest = window.push(value) {
            moment += sum - length * oldest
            sum += value - oldest
        } else {
            moment += sum
            sum += value
            guard window.isFull else { return nil }
        }
        // Sums are built anew once a turn of the ring, so that roundings do not add up: O(1) on average.
        if window.isAtStart { (sum, moment) = Self.sums(of: window.inMemory) }
        return told
    }

    /// Of values in order, the newest last.
    @inline(__always)
    private static func sums(of values: UnsafeBufferPointer<Double>) -> (sum: Double, moment: Double) {
        var sum = 0.0
        var moment = 0.0
        var distance = Double(values.count - 1)
        for value in values {
            sum += value
            moment += distance * value
            distance -= 1
        }
        return (sum, moment)
    }

    /// The line is `start + slope × row`, rows counted from the oldest, 0.
    @inline(__always)
    private var told: Double {
        let slope = (length * moment - places * sum) / divisor
        let start = (sum - slope * places) / length
        return switch part {
        case .end: start + slope * (length - 1)
        case .angle: atan(slope) * 180 / .pi
        case .start: start
        case .slope: slope
        case .forecast: start + slope * length
        }
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
        sum.visit(&visitor)
        moment.visit(&visitor)
    }
}

/// How far the value is from what the line through n values before it forecast, in percent of the value.
struct ForecastOscillator: IndicatorState {
    private var line: RegressionLine
    private var forecast = 0.0
    private var isKnown = false

    init(_ length: Int) { line = RegressionLine(.forecast, length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let expected = forecast
        guard let next = line.update(value) else { return nil }
        forecast = next
        if isKnown { return value == 0 ? 0 : 100 * (value - expected) / value }
        isKnown = true
        return nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        line.visit(&visitor)
        forecast.visit(&visitor)
        isKnown.visit(&visitor)
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

    @inline(__always)
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

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
    }
}

/// The value of n below or at which a share of them lies, by the nearest rank.
struct RollingPercentile: IndicatorState {
    private var window: TrailingValues
    /// The values of the window, ascending; NaN comes last.
    private var sorted = StateMemory(capacity: 0)
    private var count = 0
    private let share: Double

    init(_ length: Int, share: Double) {
        window = TrailingValues(length)
        self.share = share
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        // The place of the value that leaves is where room is made for the new one.
        var gap = count
        if let left = window.push(value) {
            gap = min(Self.lowerBound(sorted.base, count, left), count &- 1)
        } else {
            sorted.put(value, at: count)
            count &+= 1
        }
        Self.fill(sorted.base, gap, count, value)
        guard window.isFull else { return nil }
        let rank = (share / 100 * Double(count)).rounded(.up)
        return sorted[max(1, min(count, Int(rank))) - 1]
    }

    /// Puts a value in its order among others, one of which, that in `gap`, counts no more.
    @inline(__always)
    private static func fill(_ sorted: UnsafeMutablePointer<Double>, _ gap: Int, _ count: Int, _ value: Double) {
        if gap &+ 1 < count, precedes(sorted[gap &+ 1], value) {
            let place = lowerBound(sorted + (gap &+ 1), count &- gap &- 1, value) &+ gap
            (sorted + gap).update(from: sorted + (gap &+ 1), count: place &- gap)
            sorted[place] = value
        } else {
            let place = lowerBound(sorted, gap, value)
            (sorted + (place &+ 1)).update(from: sorted + place, count: gap &- place)
            sorted[place] = value
        }
    }

    @inline(__always)
    private static func precedes(_ value: Double, _ other: Double) -> Bool {
        value < other || other.isNaN && !value.isNaN
    }

    /// The first place whose value is not below.
    @inline(__always)
    private static func lowerBound(_ sorted: UnsafeMutablePointer<Double>, _ count: Int, _ value: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low &+ high) / 2
            if precedes(sorted[middle], value) { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
        visitor.visit(&count, upTo: window.length)
        visitor.visit(&sorted, count: count)
        if count != window.count { visitor.fail() }
    }
}

/// The share of the n values before that are below the value, in percent.
struct RollingPercentRank: IndicatorState {
    private var window: TrailingValues

    init(_ length: Int) { window = TrailingValues(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard window.isFull else {
            _ = window.push(value)
            return nil
        }
        let count = Self.count(window.inMemory, below: value)
        _ = window.push(value)
        return 100 * Double(count) / Double(window.length)
    }

    @inline(__always)
    private static func count(_ values: UnsafeBufferPointer<Double>, below limit: Double) -> Int {
        guard let base = values.baseAddress else { return 0 }
        // Four at a time: compared one by one, each would be a branch that is as good as random.
        var counts = SIMD4<Int64>.zero
        var index = 0
        while index &+ 4 <= values.count {
            let four = UnsafeRawPointer(base + index).loadUnaligned(as: SIMD4<Double>.self)
            counts.replace(with: counts &+ 1, where: four .< limit)
            index &+= 4
        }
        var count = Int(counts.wrappedSum())
        while index < values.count {
            count &+= base[index] < limit ? 1 : 0
            index &+= 1
        }
        return count
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        window.visit(&visitor)
    }
}
