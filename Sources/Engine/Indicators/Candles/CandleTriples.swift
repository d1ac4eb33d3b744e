/// Patterns of three candles that turn the market; those that go on with it are in ``CandleContinuations``.
enum CandleTriples {
    enum TwoCrows: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return candles.areColored(true, false, false) && candles.hasLongBody(2) && candles.isBodyAbove(1, 2)
                && third.open < second.open && third.open > second.close
                && third.close > first.open && third.close < first.close ? -100 : 0
        }
    }

    enum ThreeInside: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyShort, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            guard candles.hasLongBody(2), candles.hasSmallBody(1), second.top < first.top, second.bottom > first.bottom,
                first.isWhite != third.isWhite
            else { return 0 }
            let isThrough = first.isWhite ? third.close < first.open : third.close > first.open
            return isThrough ? -first.color * 100 : 0
        }
    }

    enum ThreeOutside: CandleRule {
        static var candleCount: Int { 3 }
        static var lookback: Int { 3 }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            if second.isWhite, !first.isWhite, second.close > first.open, second.open < first.close,
                third.close > second.close
            {
                return 100
            }
            return !second.isWhite && first.isWhite && second.open > first.close && second.close < first.open
                && third.close < second.close ? -100 : 0
        }
    }

    enum ThreeStarsInSouth: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.shadowVeryShort, 0)
            body(.shadowVeryShort, 1)
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return candles.areColored(false, false, false) && candles.hasLongBody(2) && candles.hasLongLowerShadow(2)
                && second.body < first.body && second.open > first.close && second.open <= first.high
                && second.low < first.close && second.low >= first.low && candles.hasLowerShadow(1)
                && candles.hasShortBody(0) && candles.hasNoShadows(0)
                && third.low > second.low && third.high < second.high ? 100 : 0
        }
    }

    enum IdenticalThreeCrows: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.shadowVeryShort, 0)
            body(.shadowVeryShort, 1)
            body(.shadowVeryShort, 2)
            body(.equal, 1)
            body(.equal, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return candles.areColored(false, false, false)
                && candles.hasNoLowerShadow(2) && candles.hasNoLowerShadow(1) && candles.hasNoLowerShadow(0)
                && first.close > second.close && second.close > third.close
                && candles.isEqual(second.open, first.close, 2) && candles.isEqual(third.open, second.close, 1)
                ? -100 : 0
        }
    }

    enum ThreeWhiteSoldiers: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.shadowVeryShort, 0)
            body(.shadowVeryShort, 1)
            body(.shadowVeryShort, 2)
            body(.bodyShort, 0)
            body(.far, 1)
            body(.far, 2)
            body(.near, 1)
            body(.near, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return isClimb(candles)
                && candles.hasNoUpperShadow(2) && candles.hasNoUpperShadow(1) && candles.hasNoUpperShadow(0)
                && second.body > first.body - candles.measure(.far, 2)
                && third.body > second.body - candles.measure(.far, 1) && candles.hasMoreThanShortBody(0) ? 100 : 0
        }
    }

    /// Three white candles that close higher and higher, the second and the third opening in or near the body before.
    @inline(__always)
    fileprivate static func isClimb(_ candles: CandleWindow) -> Bool {
        let (first, second, third) = (candles[2], candles[1], candles[0])
        return candles.areColored(true, true, true) && third.close > second.close && second.close > first.close
            && second.open > first.open && second.open <= first.close + candles.measure(.near, 2)
            && third.open > second.open && third.open <= second.close + candles.measure(.near, 1)
    }

    enum AdvanceBlock: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.shadowShort, 0)
            body(.shadowShort, 1)
            body(.shadowShort, 2)
            body(.near, 1)
            body(.near, 2)
            body(.far, 1)
            body(.far, 2)
            body(.bodyLong, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
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
    }

    enum StalledPattern: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.bodyLong, 2)
            body(.bodyShort, 0)
            body(.shadowVeryShort, 1)
            body(.near, 1)
            body(.near, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return candles.areColored(true, true, true) && third.close > second.close && second.close > first.close
                && candles.hasLongBody(2) && candles.hasLongBody(1) && candles.hasNoUpperShadow(1)
                && second.open > first.open && second.open <= first.close + candles.measure(.near, 2)
                && candles.hasShortBody(0)
                && third.open >= second.close - third.body - candles.measure(.near, 1) ? -100 : 0
        }
    }

    enum Tristar: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyDoji, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            // All three are measured by what was before the first.
            let doji = candles.measure(.bodyDoji, 2)
            guard candles[2].body <= doji, candles[1].body <= doji, candles[0].body <= doji else { return 0 }
            var found = 0
            if candles.isBodyAbove(1, 2), candles[0].top < candles[1].top { found = -100 }
            if candles.isBodyBelow(1, 2), candles[0].bottom > candles[1].bottom { found = 100 }
            return found
        }
    }

    enum UniqueThreeRiver: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return candles.hasLongBody(2) && candles.areColored(false, false, true) && second.close > first.close
                && second.open <= first.open && second.low < first.low && candles.hasShortBody(0)
                && third.open > second.low ? 100 : 0
        }
    }

    enum StickSandwich: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.equal, 2)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.areColored(false, true, false) && candles[1].low > candles[2].close
                && candles.isEqual(candles[0].close, candles[2].close, 2) ? 100 : 0
        }
    }
}
