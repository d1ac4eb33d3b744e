/// Patterns of three candles about a gap.
enum CandleContinuations {
    enum UpsideGapTwoCrows: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyShort, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            return candles.areColored(true, false, false) && candles.hasLongBody(2) && candles.hasSmallBody(1)
                && candles.isBodyAbove(1, 2) && third.open > second.open && third.close < second.close
                && third.close > first.close ? -100 : 0
        }
    }

    enum GapSideBySideWhite: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.near, 1)
            body(.equal, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (second, third) = (candles[1], candles[0])
            let isAbove = candles.isBodyAbove(1, 2)
            guard isAbove && candles.isBodyAbove(0, 2) || candles.isBodyBelow(1, 2) && candles.isBodyBelow(0, 2) else {
                return 0
            }
            let near = candles.measure(.near, 1)
            return second.isWhite && third.isWhite
                && third.body >= second.body - near && third.body <= second.body + near
                && candles.isEqual(third.open, second.open, 1) ? (isAbove ? 100 : -100) : 0
        }
    }

    enum TasukiGap: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.near, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            // Gaps are rare: asked for first, they spare the other questions.
            guard candles.isBodyAbove(1, 2) || candles.isBodyBelow(1, 2), second.isWhite != third.isWhite,
                abs(second.body - third.body) < candles.measure(.near, 1)
            else {
                return 0
            }
            if second.isWhite {
                return candles.isBodyAbove(1, 2) && third.open < second.close && third.open > second.open
                    && third.close < second.open && third.close > first.top ? 100 : 0
            }
            return candles.isBodyBelow(1, 2) && third.open < second.open && third.open > second.close
                && third.close > second.open && third.close < first.bottom ? -100 : 0
        }
    }

    enum SideGapThreeMethods: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second, third) = (candles[2], candles[1], candles[0])
            guard first.isWhite == second.isWhite, second.isWhite != third.isWhite,
                third.open < second.top, third.open > second.bottom, third.close < first.top, third.close > first.bottom
            else { return 0 }
            let isGap = first.isWhite ? candles.isBodyAbove(1, 2) : candles.isBodyBelow(1, 2)
            return isGap ? first.color * 100 : 0
        }
    }
}
