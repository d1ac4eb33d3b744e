/// Patterns of two candles.
enum CandlePairs {
    static let engulfing = CandlePattern(2, [], lookback: 2) { candles, _ in
        let (first, second) = (candles[1], candles[0])
        guard first.isWhite != second.isWhite else { return 0 }
        // Ends may touch on one side.
        let isAround =
            second.top >= first.top && second.bottom < first.bottom
            || second.top > first.top && second.bottom <= first.bottom
        guard isAround else { return 0 }
        return second.color * (second.open != first.close && second.close != first.open ? 100 : 80)
    }

    static let harami = CandlePattern(2, [(.bodyLong, [1]), (.bodyShort, [0])]) { candles, _ in
        candles.hasLongBody(1) && candles.hasSmallBody(0) ? inside(candles) : 0
    }

    static let haramiCross = CandlePattern(2, [(.bodyLong, [1]), (.bodyDoji, [0])]) { candles, _ in
        candles.hasLongBody(1) && candles.hasDojiBody(0) ? inside(candles) : 0
    }

    /// Against the colour of the first: 100 if the second body lies within it, 80 if an end is the same.
    private static func inside(_ candles: CandleWindow) -> Int {
        let (first, second) = (candles[1], candles[0])
        if second.top < first.top, second.bottom > first.bottom { return -first.color * 100 }
        return second.top <= first.top && second.bottom >= first.bottom ? -first.color * 80 : 0
    }

    static let hammer = CandlePattern(2, [(.bodyShort, [0]), (.shadowVeryShort, [0]), (.near, [1])]) { candles, _ in
        isHammer(candles) && candles[0].bottom <= candles[1].low + candles.measure(.near, 1) ? 100 : 0
    }

    static let hangingMan = CandlePattern(2, [(.bodyShort, [0]), (.shadowVeryShort, [0]), (.near, [1])]) { candles, _ in
        isHammer(candles) && candles[0].bottom >= candles[1].high - candles.measure(.near, 1) ? -100 : 0
    }

    private static func isHammer(_ candles: CandleWindow) -> Bool {
        candles.hasShortBody(0) && candles.hasLongLowerShadow(0) && candles.hasNoUpperShadow(0)
    }

    static let invertedHammer = CandlePattern(2, [(.bodyShort, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        isInverted(candles) && candles.isBodyBelow(0, 1) ? 100 : 0
    }

    static let shootingStar = CandlePattern(2, [(.bodyShort, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        isInverted(candles) && candles.isBodyAbove(0, 1) ? -100 : 0
    }

    private static func isInverted(_ candles: CandleWindow) -> Bool {
        candles.hasShortBody(0) && candles.hasLongUpperShadow(0) && candles.hasNoLowerShadow(0)
    }

    static let dojiStar = CandlePattern(2, [(.bodyLong, [1]), (.bodyDoji, [0])]) { candles, _ in
        guard candles.hasLongBody(1), candles.hasDojiBody(0) else { return 0 }
        let isAway = candles.isWhite(1) ? candles.isBodyAbove(0, 1) : candles.isBodyBelow(0, 1)
        return isAway ? -candles[1].color * 100 : 0
    }

    static let counterattack = CandlePattern(2, [(.bodyLong, [0, 1]), (.equal, [1])]) { candles, _ in
        candles[1].isWhite != candles[0].isWhite && candles.hasLongBody(1) && candles.hasLongBody(0)
            && candles.isEqual(candles[0].close, candles[1].close, 1) ? candles[0].color * 100 : 0
    }

    static let darkCloudCover = CandlePattern(2, [(.bodyLong, [1])]) { candles, depth in
        let (first, second) = (candles[1], candles[0])
        return first.isWhite && candles.hasLongBody(1) && !second.isWhite && second.open > first.high
            && second.close > first.open && second.close < first.close - first.body * depth ? -100 : 0
    }

    static let piercing = CandlePattern(2, [(.bodyLong, [0, 1])]) { candles, _ in
        let (first, second) = (candles[1], candles[0])
        return !first.isWhite && candles.hasLongBody(1) && second.isWhite && candles.hasLongBody(0)
            && second.open < first.low && second.close < first.open
            && second.close > first.close + first.body * 0.5 ? 100 : 0
    }

    static let homingPigeon = CandlePattern(2, [(.bodyLong, [1]), (.bodyShort, [0])]) { candles, _ in
        let (first, second) = (candles[1], candles[0])
        return !first.isWhite && !second.isWhite && candles.hasLongBody(1) && candles.hasSmallBody(0)
            && second.open < first.open && second.close > first.close ? 100 : 0
    }

    /// A long black candle, and a white one that opens below its low.
    private static func opensBelow(_ candles: CandleWindow) -> Bool {
        candles.isBlack(1) && candles.hasLongBody(1) && candles.isWhite(0) && candles[0].open < candles[1].low
    }

    static let inNeck = CandlePattern(2, [(.bodyLong, [1]), (.equal, [1])]) { candles, _ in
        let (close, before) = (candles[0].close, candles[1].close)
        return opensBelow(candles) && close <= before + candles.measure(.equal, 1) && close >= before ? -100 : 0
    }

    static let onNeck = CandlePattern(2, [(.bodyLong, [1]), (.equal, [1])]) { candles, _ in
        opensBelow(candles) && candles.isEqual(candles[0].close, candles[1].low, 1) ? -100 : 0
    }

    static let thrusting = CandlePattern(2, [(.bodyLong, [1]), (.equal, [1])]) { candles, _ in
        let (first, close) = (candles[1], candles[0].close)
        return opensBelow(candles) && close > first.close + candles.measure(.equal, 1)
            && close <= first.close + first.body * 0.5 ? -100 : 0
    }

    static let kicking = CandlePattern(2, [(.bodyLong, [0, 1]), (.shadowVeryShort, [0, 1])]) { candles, _ in
        isKicking(candles) ? candles[0].color * 100 : 0
    }

    static let kickingByLength = CandlePattern(2, [(.bodyLong, [0, 1]), (.shadowVeryShort, [0, 1])]) { candles, _ in
        isKicking(candles) ? candles[candles[0].body > candles[1].body ? 0 : 1].color * 100 : 0
    }

    private static func isKicking(_ candles: CandleWindow) -> Bool {
        candles[1].isWhite != candles[0].isWhite && candles.isMarubozu(1) && candles.isMarubozu(0)
            && (candles.isBlack(1) ? candles.isAbove(0, 1) : candles.isBelow(0, 1))
    }

    static let matchingLow = CandlePattern(2, [(.equal, [1])]) { candles, _ in
        candles.isBlack(1) && candles.isBlack(0) && candles.isEqual(candles[0].close, candles[1].close, 1) ? 100 : 0
    }

    static let separatingLines = CandlePattern(
        2,
        [(.shadowVeryShort, [0]), (.bodyLong, [0]), (.equal, [1])]
    ) { candles, _ in
        guard candles[1].isWhite != candles[0].isWhite, candles.isEqual(candles[0].open, candles[1].open, 1),
            candles.hasLongBody(0)
        else { return 0 }
        let isHeld = candles.isWhite(0) ? candles.hasNoLowerShadow(0) : candles.hasNoUpperShadow(0)
        return isHeld ? candles[0].color * 100 : 0
    }
}
