/// Patterns of four and five candles.
enum CandleGroups {
    static let threeBlackCrows = CandlePattern(4, [(.shadowVeryShort, [0, 1, 2])]) { candles, _ in
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored([true, false, false, false])
            && candles.hasNoLowerShadow(2) && candles.hasNoLowerShadow(1) && candles.hasNoLowerShadow(0)
            && second.open < first.open && second.open > first.close
            && third.open < second.open && third.open > second.close
            && candles[3].high > first.close && first.close > second.close && second.close > third.close ? -100 : 0
    }

    static let threeLineStrike = CandlePattern(4, [(.near, [2, 3])]) { candles, _ in
        let (first, second, third, last) = (candles[3], candles[2], candles[1], candles[0])
        guard first.isWhite == second.isWhite, second.isWhite == third.isWhite, last.isWhite != third.isWhite,
            opensNear(candles, 2, 3), opensNear(candles, 1, 2)
        else { return 0 }
        if third.isWhite {
            return third.close > second.close && second.close > first.close && last.open > third.close
                && last.close < first.open ? 100 : 0
        }
        return third.close < second.close && second.close < first.close && last.open < third.close
            && last.close > first.open ? -100 : 0
    }

    /// Whether a candle opens within or near the body of the one before.
    private static func opensNear(_ candles: CandleWindow, _ candle: Int, _ earlier: Int) -> Bool {
        let near = candles.measure(.near, earlier)
        let open = candles[candle].open
        return open >= candles[earlier].bottom - near && open <= candles[earlier].top + near
    }

    static let concealingBabySwallow = CandlePattern(4, [(.shadowVeryShort, [1, 2, 3])]) { candles, _ in
        let (second, third, last) = (candles[2], candles[1], candles[0])
        return candles.areColored([false, false, false, false]) && candles.hasNoShadows(3) && candles.hasNoShadows(2)
            && candles.isBodyBelow(1, 2) && candles.hasUpperShadow(1) && third.high > second.close
            && last.high > third.high && last.low < third.low ? 100 : 0
    }

    static let breakaway = CandlePattern(5, [(.bodyLong, [4])]) { candles, _ in
        let (first, second, third, fourth, last) = (candles[4], candles[3], candles[2], candles[1], candles[0])
        guard candles.hasLongBody(4), first.isWhite == second.isWhite, second.isWhite == fourth.isWhite,
            fourth.isWhite != last.isWhite
        else { return 0 }
        if first.isWhite {
            return candles.isBodyAbove(3, 4) && third.high > second.high && third.low > second.low
                && fourth.high > third.high && fourth.low > third.low
                && last.close < second.open && last.close > first.close ? -100 : 0
        }
        return candles.isBodyBelow(3, 4) && third.high < second.high && third.low < second.low
            && fourth.high < third.high && fourth.low < third.low
            && last.close > second.open && last.close < first.close ? 100 : 0
    }

    static let ladderBottom = CandlePattern(5, [(.shadowVeryShort, [1])]) { candles, _ in
        let (first, second, third, fourth, last) = (candles[4], candles[3], candles[2], candles[1], candles[0])
        return candles.areColored([false, false, false, false, true])
            && first.open > second.open && second.open > third.open
            && first.close > second.close && second.close > third.close && candles.hasUpperShadow(1)
            && last.open > fourth.open && last.close > fourth.high ? 100 : 0
    }

    static let matHold = CandlePattern(5, [(.bodyLong, [4]), (.bodyShort, [1, 2, 3])]) { candles, depth in
        let (first, second, third, fourth, last) = (candles[4], candles[3], candles[2], candles[1], candles[0])
        guard candles.hasLongBody(4), candles.hasShortBody(3), candles.hasShortBody(2), candles.hasShortBody(1),
            first.isWhite, !second.isWhite, last.isWhite, candles.isBodyAbove(3, 4)
        else { return 0 }
        let floor = first.close - first.body * depth
        return third.bottom < first.close && fourth.bottom < first.close
            && third.bottom > floor && fourth.bottom > floor
            && third.top < second.open && fourth.top < third.top && last.open > fourth.close
            && last.close > max(second.high, third.high, fourth.high) ? 100 : 0
    }

    static let threeMethods = CandlePattern(5, [(.bodyLong, [0, 4]), (.bodyShort, [1, 2, 3])]) { candles, _ in
        let (first, second, third, fourth, last) = (candles[4], candles[3], candles[2], candles[1], candles[0])
        guard candles.hasLongBody(4), candles.hasShortBody(3), candles.hasShortBody(2), candles.hasShortBody(1),
            candles.hasLongBody(0), first.isWhite != second.isWhite, second.isWhite == third.isWhite,
            third.isWhite == fourth.isWhite, fourth.isWhite != last.isWhite
        else { return 0 }
        for candle in [second, third, fourth] where !(candle.bottom < first.high && candle.top > first.low) { return 0 }
        let color = Double(first.color)
        return third.close * color < second.close * color && fourth.close * color < third.close * color
            && last.open * color > fourth.close * color && last.close * color > first.close * color
            ? first.color * 100 : 0
    }
}
