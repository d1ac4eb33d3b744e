/// Patterns of three candles about a gap.
enum CandleContinuations {
    static let upsideGapTwoCrows = CandlePattern(3, [(.bodyLong, [2]), (.bodyShort, [1])]) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored([true, false, false]) && candles.hasLongBody(2) && candles.hasSmallBody(1)
            && candles.isBodyAbove(1, 2) && third.open > second.open && third.close < second.close
            && third.close > first.close ? -100 : 0
    }

    static let gapSideBySideWhite = CandlePattern(3, [(.near, [1]), (.equal, [1])]) { candles, _ in
        let (second, third) = (candles[1], candles[0])
        let isAbove = candles.isBodyAbove(1, 2)
        guard isAbove && candles.isBodyAbove(0, 2) || candles.isBodyBelow(1, 2) && candles.isBodyBelow(0, 2) else {
            return 0
        }
        let near = candles.measure(.near, 1)
        return second.isWhite && third.isWhite && third.body >= second.body - near && third.body <= second.body + near
            && candles.isEqual(third.open, second.open, 1) ? (isAbove ? 100 : -100) : 0
    }

    static let tasukiGap = CandlePattern(3, [(.near, [1])]) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        guard second.isWhite != third.isWhite, abs(second.body - third.body) < candles.measure(.near, 1) else {
            return 0
        }
        if second.isWhite {
            return candles.isBodyAbove(1, 2) && third.open < second.close && third.open > second.open
                && third.close < second.open && third.close > first.top ? 100 : 0
        }
        return candles.isBodyBelow(1, 2) && third.open < second.open && third.open > second.close
            && third.close > second.open && third.close < first.bottom ? -100 : 0
    }

    static let sideGapThreeMethods = CandlePattern(3, []) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        guard first.isWhite == second.isWhite, second.isWhite != third.isWhite,
            third.open < second.top, third.open > second.bottom, third.close < first.top, third.close > first.bottom
        else { return 0 }
        let isGap = first.isWhite ? candles.isBodyAbove(1, 2) : candles.isBodyBelow(1, 2)
        return isGap ? first.color * 100 : 0
    }
}
