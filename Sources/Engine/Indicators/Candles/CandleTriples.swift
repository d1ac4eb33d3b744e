/// Patterns of three candles that turn the market; those that go on with it are in ``CandleContinuations``.
enum CandleTriples {
    static let twoCrows = CandlePattern(3, [(.bodyLong, [2])]) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored([true, false, false]) && candles.hasLongBody(2) && candles.isBodyAbove(1, 2)
            && third.open < second.open && third.open > second.close
            && third.close > first.open && third.close < first.close ? -100 : 0
    }

    static let threeInside = CandlePattern(3, [(.bodyLong, [2]), (.bodyShort, [1])]) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        guard candles.hasLongBody(2), candles.hasSmallBody(1), second.top < first.top, second.bottom > first.bottom,
            first.isWhite != third.isWhite
        else { return 0 }
        let isThrough = first.isWhite ? third.close < first.open : third.close > first.open
        return isThrough ? -first.color * 100 : 0
    }

    static let threeOutside = CandlePattern(3, [], lookback: 3) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        if second.isWhite, !first.isWhite, second.close > first.open, second.open < first.close,
            third.close > second.close
        {
            return 100
        }
        return !second.isWhite && first.isWhite && second.open > first.close && second.close < first.open
            && third.close < second.close ? -100 : 0
    }

    static let threeStarsInSouth = CandlePattern(
        3,
        [(.bodyLong, [2]), (.shadowVeryShort, [0, 1]), (.bodyShort, [0])]
    ) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored([false, false, false]) && candles.hasLongBody(2) && candles.hasLongLowerShadow(2)
            && second.body < first.body && second.open > first.close && second.open <= first.high
            && second.low < first.close && second.low >= first.low && candles.hasLowerShadow(1)
            && candles.hasShortBody(0) && candles.hasNoShadows(0)
            && third.low > second.low && third.high < second.high ? 100 : 0
    }

    static let identicalThreeCrows = CandlePattern(
        3,
        [(.shadowVeryShort, [0, 1, 2]), (.equal, [1, 2])]
    ) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored([false, false, false])
            && candles.hasNoLowerShadow(2) && candles.hasNoLowerShadow(1) && candles.hasNoLowerShadow(0)
            && first.close > second.close && second.close > third.close
            && candles.isEqual(second.open, first.close, 2) && candles.isEqual(third.open, second.close, 1) ? -100 : 0
    }

    static let threeWhiteSoldiers = CandlePattern(
        3,
        [(.shadowVeryShort, [0, 1, 2]), (.bodyShort, [0]), (.far, [1, 2]), (.near, [1, 2])]
    ) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return isClimb(candles)
            && candles.hasNoUpperShadow(2) && candles.hasNoUpperShadow(1) && candles.hasNoUpperShadow(0)
            && second.body > first.body - candles.measure(.far, 2)
            && third.body > second.body - candles.measure(.far, 1) && candles.hasMoreThanShortBody(0) ? 100 : 0
    }

    /// Three white candles that close higher and higher, the second and the third opening in or near the body before.
    private static func isClimb(_ candles: CandleWindow) -> Bool {
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored([true, true, true]) && third.close > second.close && second.close > first.close
            && second.open > first.open && second.open <= first.close + candles.measure(.near, 2)
            && third.open > second.open && third.open <= second.close + candles.measure(.near, 1)
    }

    static let advanceBlock = CandlePattern(
        3,
        [(.shadowShort, [0, 1, 2]), (.near, [1, 2]), (.far, [1, 2]), (.bodyLong, [2])]
    ) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        guard isClimb(candles), candles.hasLongBody(2), first.upperShadow < candles.measure(.shadowShort, 2) else {
            return 0
        }
        // The advance weakens in one of four ways.
        let isFarSmaller =
            second.body < first.body - candles.measure(.far, 2)
            && third.body < second.body + candles.measure(.near, 1)
        let isLastFarSmaller = third.body < second.body - candles.measure(.far, 1)
        let isShrinking =
            third.body < second.body && second.body < first.body
            && (third.upperShadow > candles.measure(.shadowShort, 0)
                || second.upperShadow > candles.measure(.shadowShort, 1))
        let hasLongShadow = third.body < second.body && candles.hasLongUpperShadow(0)
        return isFarSmaller || isLastFarSmaller || isShrinking || hasLongShadow ? -100 : 0
    }

    static let stalledPattern = CandlePattern(
        3,
        [(.bodyLong, [1, 2]), (.bodyShort, [0]), (.shadowVeryShort, [1]), (.near, [1, 2])]
    ) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored([true, true, true]) && third.close > second.close && second.close > first.close
            && candles.hasLongBody(2) && candles.hasLongBody(1) && candles.hasNoUpperShadow(1)
            && second.open > first.open && second.open <= first.close + candles.measure(.near, 2)
            && candles.hasShortBody(0)
            && third.open >= second.close - third.body - candles.measure(.near, 1) ? -100 : 0
    }

    static let tristar = CandlePattern(3, [(.bodyDoji, [2])]) { candles, _ in
        // All three are measured by what was before the first.
        let doji = candles.measure(.bodyDoji, 2)
        guard candles[2].body <= doji, candles[1].body <= doji, candles[0].body <= doji else { return 0 }
        var found = 0
        if candles.isBodyAbove(1, 2), candles[0].top < candles[1].top { found = -100 }
        if candles.isBodyBelow(1, 2), candles[0].bottom > candles[1].bottom { found = 100 }
        return found
    }

    static let uniqueThreeRiver = CandlePattern(3, [(.bodyLong, [2]), (.bodyShort, [0])]) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.hasLongBody(2) && candles.areColored([false, false, true]) && second.close > first.close
            && second.open <= first.open && second.low < first.low && candles.hasShortBody(0)
            && third.open > second.low ? 100 : 0
    }

    static let stickSandwich = CandlePattern(3, [(.equal, [2])]) { candles, _ in
        candles.areColored([false, true, false]) && candles[1].low > candles[2].close
            && candles.isEqual(candles[0].close, candles[2].close, 2) ? 100 : 0
    }
}
