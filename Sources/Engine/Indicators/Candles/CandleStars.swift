/// Stars: a long candle, a small one away from it, and one that comes back.
enum CandleStars {
    private static func measures(_ star: CandleSetting) -> [(CandleSetting, [Int])] {
        star == .bodyShort
            ? [(.bodyLong, [2]), (.bodyShort, [0, 1])] : [(.bodyLong, [2]), (star, [1]), (.bodyShort, [0])]
    }

    /// A star after a rise; `depth` is how far into the first body the third closes.
    private static func isEvening(_ candles: CandleWindow, _ depth: Double) -> Bool {
        candles.isWhite(2) && candles.isBodyAbove(1, 2) && candles.isBlack(0)
            && candles[0].close < candles[2].close - candles[2].body * depth
    }

    /// A star after a fall.
    private static func isMorning(_ candles: CandleWindow, _ depth: Double) -> Bool {
        candles.isBlack(2) && candles.isBodyBelow(1, 2) && candles.isWhite(0)
            && candles[0].close > candles[2].close + candles[2].body * depth
    }

    private static func hasBodies(_ candles: CandleWindow) -> Bool {
        candles.hasLongBody(2) && candles.hasMoreThanShortBody(0)
    }

    static let eveningStar = CandlePattern(3, measures(.bodyShort)) { candles, depth in
        hasBodies(candles) && candles.hasSmallBody(1) && isEvening(candles, depth) ? -100 : 0
    }

    static let eveningDojiStar = CandlePattern(3, measures(.bodyDoji)) { candles, depth in
        hasBodies(candles) && candles.hasDojiBody(1) && isEvening(candles, depth) ? -100 : 0
    }

    static let morningStar = CandlePattern(3, measures(.bodyShort)) { candles, depth in
        hasBodies(candles) && candles.hasSmallBody(1) && isMorning(candles, depth) ? 100 : 0
    }

    static let morningDojiStar = CandlePattern(3, measures(.bodyDoji)) { candles, depth in
        hasBodies(candles) && candles.hasDojiBody(1) && isMorning(candles, depth) ? 100 : 0
    }

    static let abandonedBaby = CandlePattern(3, measures(.bodyDoji)) { candles, depth in
        let (first, third) = (candles[2], candles[0])
        guard hasBodies(candles), candles.hasDojiBody(1), first.isWhite != third.isWhite else { return 0 }
        if first.isWhite {
            return third.close < first.close - first.body * depth && candles.isAbove(1, 2) && candles.isBelow(0, 1)
                ? -100 : 0
        }
        return third.close > first.close + first.body * depth && candles.isBelow(1, 2) && candles.isAbove(0, 1)
            ? 100 : 0
    }
}
