/// The last candles, the averages that they are measured by, and the words in which patterns speak of them. Candles are
/// named by how many rows ago they were, 0 being the newest.
struct CandleWindow: Sendable {
    /// Of candles that are kept: five of a pattern, ten before them to measure by, and the one that leaves.
    private static let capacity = 16
    /// The most candles of a pattern.
    private static let distances = 5

    private let measures: [CandleMeasure]
    /// Before this row patterns are not looked for.
    private let start: Int
    private var candles = [Candle](
        repeating: Candle(open: 0, high: 0, low: 0, close: 0),
        count: CandleWindow.capacity
    )
    /// A sum for each setting and distance, of which those of ``measures`` are kept.
    private var sums = [Double](repeating: 0, count: CandleSetting.allCases.count * CandleWindow.distances)
    private var row = -1

    init(_ measures: [CandleMeasure], start: Int) {
        self.measures = measures
        self.start = start
    }

    /// Takes a candle; whether there are enough to look for a pattern. Then ``advance()`` is due.
    mutating func append(_ candle: Candle) -> Bool {
        row &+= 1
        candles[row & (Self.capacity - 1)] = candle
        guard row < start else { return true }
        for measure in measures {
            let end = start - measure.distance
            if row < end, row >= end - measure.setting.period {
                sums[Self.place(measure)] += candle.size(measure.setting.measure)
            }
        }
        return false
    }

    /// Moves the averages on by a candle. Differences are added as in TA-Lib, as roundings decide what is equal.
    mutating func advance() {
        for measure in measures {
            let kind = measure.setting.measure
            let new = self[measure.distance].size(kind)
            let old = self[measure.distance + measure.setting.period].size(kind)
            sums[Self.place(measure)] += new - old
        }
    }

    private static func place(_ measure: CandleMeasure) -> Int {
        measure.setting.rawValue * distances + measure.distance
    }

    /// The number of the newest row, from 0.
    var rowNumber: Int { row }

    /// The candle of some rows ago, at most 15.
    @inline(__always)
    subscript(distance: Int) -> Candle { candles[(row &- distance) & (Self.capacity - 1)] }

    /// What a candle is measured by: a factor of the average of candles before it.
    @inline(__always)
    func measure(_ setting: CandleSetting, _ distance: Int) -> Double {
        let period = setting.period
        let kind = setting.measure
        let size =
            period == 0
            ? self[distance].size(kind)
            : sums[setting.rawValue &* Self.distances &+ distance] / Double(period)
        return setting.factor * size / (kind == .shadows ? 2 : 1)
    }
}

extension CandleWindow {
    func isWhite(_ candle: Int) -> Bool { self[candle].isWhite }
    func isBlack(_ candle: Int) -> Bool { !self[candle].isWhite }

    /// Whether the candles have these colours, the newest last: `w`hite and `b`lack.
    func areColored(_ colors: [Bool]) -> Bool {
        for (index, isWhite) in colors.enumerated() where self[colors.count - 1 - index].isWhite != isWhite {
            return false
        }
        return true
    }

    func hasLongBody(_ candle: Int) -> Bool { self[candle].body > measure(.bodyLong, candle) }
    func hasDojiBody(_ candle: Int) -> Bool { self[candle].body <= measure(.bodyDoji, candle) }
    /// Below the average, in patterns that are about the candle's own smallness.
    func hasShortBody(_ candle: Int) -> Bool { self[candle].body < measure(.bodyShort, candle) }
    /// Not above the average.
    func hasSmallBody(_ candle: Int) -> Bool { self[candle].body <= measure(.bodyShort, candle) }
    /// Above the average of short bodies.
    func hasMoreThanShortBody(_ candle: Int) -> Bool { self[candle].body > measure(.bodyShort, candle) }

    func hasNoUpperShadow(_ candle: Int) -> Bool { self[candle].upperShadow < measure(.shadowVeryShort, candle) }
    func hasNoLowerShadow(_ candle: Int) -> Bool { self[candle].lowerShadow < measure(.shadowVeryShort, candle) }
    func hasUpperShadow(_ candle: Int) -> Bool { self[candle].upperShadow > measure(.shadowVeryShort, candle) }
    func hasLowerShadow(_ candle: Int) -> Bool { self[candle].lowerShadow > measure(.shadowVeryShort, candle) }
    func hasLongUpperShadow(_ candle: Int) -> Bool { self[candle].upperShadow > measure(.shadowLong, candle) }
    func hasLongLowerShadow(_ candle: Int) -> Bool { self[candle].lowerShadow > measure(.shadowLong, candle) }
    func hasNoShadows(_ candle: Int) -> Bool { hasNoUpperShadow(candle) && hasNoLowerShadow(candle) }
    /// A long body without shadows.
    func isMarubozu(_ candle: Int) -> Bool { hasLongBody(candle) && hasNoShadows(candle) }

    /// Whether a price is another one's equal, by the measure of a candle.
    func isEqual(_ price: Double, _ other: Double, _ candle: Int) -> Bool {
        let width = measure(.equal, candle)
        return price <= other + width && price >= other - width
    }

    /// Whether a body lies above that of an earlier candle.
    func isBodyAbove(_ candle: Int, _ earlier: Int) -> Bool { self[candle].bottom > self[earlier].top }
    /// Whether a body lies below that of an earlier candle.
    func isBodyBelow(_ candle: Int, _ earlier: Int) -> Bool { self[candle].top < self[earlier].bottom }
    /// Whether a candle lies above an earlier one, shadows included.
    func isAbove(_ candle: Int, _ earlier: Int) -> Bool { self[candle].low > self[earlier].high }
    /// Whether a candle lies below an earlier one, shadows included.
    func isBelow(_ candle: Int, _ earlier: Int) -> Bool { self[candle].high < self[earlier].low }
}
