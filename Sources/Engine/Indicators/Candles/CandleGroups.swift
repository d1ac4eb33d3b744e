/// Patterns of four and five candles.
enum CandleGroups {
    enum ThreeBlackCrows: CandleRule {
        static var candleCount: Int { 4 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.shadowVeryShort, 0)
            body(.shadowVeryShort, 1)
            body(.shadowVeryShort, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return candles.areColored(true, false, false, false)
                && candles.hasNoLowerShadow(2) && candles.hasNoLowerShadow(1) && candles.hasNoLowerShadow(0)
                && second.open < first.open && second.open > first.close
                && third.open < second.open && third.open > second.close
                && candles[3].high > first.close && first.close > second.close && second.close > third.close ? -100 : 0
        }
    }

    enum ThreeLineStrike: CandleRule {
        static var candleCount: Int { 4 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.near, 2)
            body(.near, 3)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
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
    }

    /// Whether a candle opens within or near the body of the one before.
    @inline(__always)
    fileprivate static func opensNear(_ candles: CandleWindow, _ candle: Int, _ earlier: Int) -> Bool {
        let near = candles.measure(.near, earlier)
        let open = candles[candle].open
        return open >= candles[earlier].bottom - near && open <= candles[earlier].top + near
    }

    enum ConcealingBabySwallow: CandleRule {
        static var candleCount: Int { 4 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.shadowVeryShort, 1)
            body(.shadowVeryShort, 2)
            body(.shadowVeryShort, 3)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (second, third, last) = (candles[2], candles[1], candles[0])
            return candles.areColored(false, false, false, false) && candles.hasNoShadows(3) && candles.hasNoShadows(2)
                && candles.isBodyBelow(1, 2) && candles.hasUpperShadow(1) && third.high > second.close
                && last.high > third.high && last.low < third.low ? 100 : 0
        }
    }

    enum Breakaway: CandleRule {
        static var candleCount: Int { 5 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 4)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
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
    }

    enum LadderBottom: CandleRule {
        static var candleCount: Int { 5 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.shadowVeryShort, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third, fourth, last) = (candles[4], candles[3], candles[2], candles[1], candles[0])
            return candles.areColored(false, false, false, false, true)
                && first.open > second.open && second.open > third.open
                && first.close > second.close && second.close > third.close && candles.hasUpperShadow(1)
                && last.open > fourth.open && last.close > fourth.high ? 100 : 0
        }
    }

    enum MatHold: CandleRule {
        static var candleCount: Int { 5 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 4)
            body(.bodyShort, 1)
            body(.bodyShort, 2)
            body(.bodyShort, 3)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third, fourth, last) = (candles[4], candles[3], candles[2], candles[1], candles[0])
            guard candles.hasLongBody(4), candles.hasShortBody(3), candles.hasShortBody(2), candles.hasShortBody(1),
                first.isWhite, !second.isWhite, last.isWhite, candles.isBodyAbove(3, 4)
            else { return 0 }
            let floor = first.close - first.body * depth
            return third.bottom < first.close && fourth.bottom < first.close
                && third.bottom > floor && fourth.bottom > floor
                && third.top < second.open && fourth.top < third.top && last.open > fourth.close
                && last.close > max(max(second.high, third.high), fourth.high) ? 100 : 0
        }
    }

    enum ThreeMethods: CandleRule {
        static var candleCount: Int { 5 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.bodyLong, 4)
            body(.bodyShort, 1)
            body(.bodyShort, 2)
            body(.bodyShort, 3)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third, fourth, last) = (candles[4], candles[3], candles[2], candles[1], candles[0])
            guard candles.hasLongBody(4), candles.hasShortBody(3), candles.hasShortBody(2), candles.hasShortBody(1),
                candles.hasLongBody(0), first.isWhite != second.isWhite, second.isWhite == third.isWhite,
                third.isWhite == fourth.isWhite, fourth.isWhite != last.isWhite
            else { return 0 }
            guard second.bottom < first.high, second.top > first.low, third.bottom < first.high, third.top > first.low,
                fourth.bottom < first.high, fourth.top > first.low
            else { return 0 }
            let color = Double(first.color)
            return third.close * color < second.close * color && fourth.close * color < third.close * color
                && last.open * color > fourth.close * color && last.close * color > first.close * color
                ? first.color * 100 : 0
        }
    }
}
