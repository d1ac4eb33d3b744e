/// The last candles, the averages that they are measured by, and the words in which patterns speak of them. Candles are
/// named by how many rows ago they were, 0 being the newest.
///
/// It lies in one memory: candles by their row, four numbers each, then a sum for each setting and distance.
struct CandleWindow: StatePart {
    /// Of candles that are kept: five of a pattern, ten before them to measure by, and the one that leaves.
    private static let capacity = 16
    /// Numbers of a candle.
    private static let width = 4
    /// The most candles of a pattern.
    private static let distances = 5
    private static let memoryCount = capacity * width + CandleSetting.allCases.count * distances

    /// Before this row patterns are not looked for.
    private let start: Int
    private var memory = StateMemory(repeating: 0, count: CandleWindow.memoryCount)
    private var row = -1

    init(start: Int) { self.start = start }

    /// Takes a candle; whether there are enough to look for a pattern. Then ``advance(_:_:)`` is due for each measure, else
    /// ``warmUp(_:_:)``.
    @inline(__always)
    mutating func append(_ candle: Candle) -> Bool {
        row &+= 1
        let place = memory.base + (row & (Self.capacity &- 1)) &* Self.width
        place[0] = candle.open
        place[1] = candle.high
        place[2] = candle.low
        place[3] = candle.close
        return row >= start
    }

    /// Adds the newest candle to a sum that it belongs to, before the first pattern.
    @inline(__always)
    func warmUp(_ setting: CandleSetting, _ distance: Int) {
        let end = start &- distance
        guard row < end, row >= end &- setting.period else { return }
        memory[Self.place(setting, distance)] += self[0].size(setting.measure)
    }

    /// Moves a sum on by a candle. Differences are added as in TA-Lib, as roundings decide what is equal.
    @inline(__always)
    func advance(_ setting: CandleSetting, _ distance: Int) {
        let kind = setting.measure
        let change = self[distance].size(kind) - self[distance &+ setting.period].size(kind)
        memory[Self.place(setting, distance)] += change
    }

    @inline(__always)
    private static func place(_ setting: CandleSetting, _ distance: Int) -> Int {
        capacity &* width &+ setting.rawValue &* distances &+ distance
    }

    /// The number of the newest row, from 0.
    @inline(__always)
    var rowNumber: Int { row }

    /// The candle of some rows ago, at most 15.
    @inline(__always)
    subscript(distance: Int) -> Candle {
        let place = memory.base + ((row &- distance) & (Self.capacity &- 1)) &* Self.width
        return Candle(open: place[0], high: place[1], low: place[2], close: place[3])
    }

    /// What a candle is measured by: a factor of the average of candles before it.
    @inline(__always)
    func measure(_ setting: CandleSetting, _ distance: Int) -> Double {
        let period = setting.period
        let kind = setting.measure
        let size =
            period == 0 ? self[distance].size(kind) : memory[Self.place(setting, distance)] / Double(period)
        return setting.factor * size / (kind == .shadows ? 2 : 1)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        row.visit(&visitor)
        visitor.visit(&memory, count: Self.memoryCount)
    }
}

extension CandleWindow {
    @inline(__always)
    func isWhite(_ candle: Int) -> Bool { self[candle].isWhite }
    @inline(__always)
    func isBlack(_ candle: Int) -> Bool { !self[candle].isWhite }

    /// Whether the last three candles have these colours, the newest last: white if true.
    @inline(__always)
    func areColored(_ third: Bool, _ second: Bool, _ first: Bool) -> Bool {
        isWhite(2) == third && isWhite(1) == second && isWhite(0) == first
    }

    /// Whether the last four candles have these colours.
    @inline(__always)
    func areColored(_ fourth: Bool, _ third: Bool, _ second: Bool, _ first: Bool) -> Bool {
        isWhite(3) == fourth && areColored(third, second, first)
    }

    /// Whether the last five candles have these colours.
    @inline(__always)
    func areColored(_ fifth: Bool, _ fourth: Bool, _ third: Bool, _ second: Bool, _ first: Bool) -> Bool {
        isWhite(4) == fifth && areColored(fourth, third, second, first)
    }

    @inline(__always)
    func hasLongBody(_ candle: Int) -> Bool { self[candle].body > measure(.bodyLong, candle) }
    @inline(__always)
    func hasDojiBody(_ candle: Int) -> Bool { self[candle].body <= measure(.bodyDoji, candle) }
    /// Below the average, in patterns that are about the candle's own smallness.
    @inline(__always)
    func hasShortBody(_ candle: Int) -> Bool { self[candle].body < measure(.bodyShort, candle) }
    /// Not above the average.
    @inline(__always)
    func hasSmallBody(_ candle: Int) -> Bool { self[candle].body <= measure(.bodyShort, candle) }
    /// Above the average of short bodies.
    @inline(__always)
    func hasMoreThanShortBody(_ candle: Int) -> Bool { self[candle].body > measure(.bodyShort, candle) }

    @inline(__always)
    func hasNoUpperShadow(_ candle: Int) -> Bool { self[candle].upperShadow < measure(.shadowVeryShort, candle) }
    @inline(__always)
    func hasNoLowerShadow(_ candle: Int) -> Bool { self[candle].lowerShadow < measure(.shadowVeryShort, candle) }
    @inline(__always)
    func hasUpperShadow(_ candle: Int) -> Bool { self[candle].upperShadow > measure(.shadowVeryShort, candle) }
    @inline(__always)
    func hasLowerShadow(_ candle: Int) -> Bool { self[candle].lowerShadow > measure(.shadowVeryShort, candle) }
    @inline(__always)
    func hasLongUpperShadow(_ candle: Int) -> Bool { self[candle].upperShadow > measure(.shadowLong, candle) }
    @inline(__always)
    func hasLongLowerShadow(_ candle: Int) -> Bool { self[candle].lowerShadow > measure(.shadowLong, candle) }
    @inline(__always)
    func hasNoShadows(_ candle: Int) -> Bool { hasNoUpperShadow(candle) && hasNoLowerShadow(candle) }
    /// A long body without shadows.
    @inline(__always)
    func isMarubozu(_ candle: Int) -> Bool { hasLongBody(candle) && hasNoShadows(candle) }

    /// Whether a price is another one's equal, by the measure of a candle.
    @inline(__always)
    func isEqual(_ price: Double, _ other: Double, _ candle: Int) -> Bool {
        let width = measure(.equal, candle)
        return price <= other + width && price >= other - width
    }

    /// Whether a body lies above that of an earlier candle.
    @inline(__always)
    func isBodyAbove(_ candle: Int, _ earlier: Int) -> Bool { self[candle].bottom > self[earlier].top }
    /// Whether a body lies below that of an earlier candle.
    @inline(__always)
    func isBodyBelow(_ candle: Int, _ earlier: Int) -> Bool { self[candle].top < self[earlier].bottom }
    /// Whether a candle lies above an earlier one, shadows included.
    @inline(__always)
    func isAbove(_ candle: Int, _ earlier: Int) -> Bool { self[candle].low > self[earlier].high }
    /// Whether a candle lies below an earlier one, shadows included.
    @inline(__always)
    func isBelow(_ candle: Int, _ earlier: Int) -> Bool { self[candle].high < self[earlier].low }
}
