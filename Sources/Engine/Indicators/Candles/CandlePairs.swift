/// Patterns of two candles.
enum CandlePairs {
    enum Engulfing: CandleRule {
        static var candleCount: Int { 2 }
        static var lookback: Int { 2 }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second) = (candles[1], candles[0])
            guard first.isWhite != second.isWhite else { return 0 }
            // Ends may touch on one side.
            let isAround =
                second.top >= first.top && second.bottom < first.bottom
                || second.top > first.top && second.bottom <= first.bottom
            guard isAround else { return 0 }
            return second.color * (second.open != first.close && second.close != first.open ? 100 : 80)
        }
    }

    enum Harami: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.hasLongBody(1) && candles.hasSmallBody(0) ? inside(candles) : 0
        }
    }

    enum HaramiCross: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.bodyDoji, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.hasLongBody(1) && candles.hasDojiBody(0) ? inside(candles) : 0
        }
    }

    /// Against the colour of the first: 100 if the second body lies within it, 80 if an end is the same.
    @inline(__always)
    fileprivate static func inside(_ candles: CandleWindow) -> Int {
        let (first, second) = (candles[1], candles[0])
        if second.top < first.top, second.bottom > first.bottom { return -first.color * 100 }
        return second.top <= first.top && second.bottom >= first.bottom ? -first.color * 80 : 0
    }

    enum Hammer: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyShort, 0)
            body(.shadowVeryShort, 0)
            body(.near, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            isHammer(candles) && candles[0].bottom <= candles[1].low + candles.measure(.near, 1) ? 100 : 0
        }
    }

    enum HangingMan: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyShort, 0)
            body(.shadowVeryShort, 0)
            body(.near, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            isHammer(candles) && candles[0].bottom >= candles[1].high - candles.measure(.near, 1) ? -100 : 0
        }
    }

    @inline(__always)
    fileprivate static func isHammer(_ candles: CandleWindow) -> Bool {
        candles.hasShortBody(0) && candles.hasLongLowerShadow(0) && candles.hasNoUpperShadow(0)
    }

    enum InvertedHammer: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyShort, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.isBodyBelow(0, 1) && isInverted(candles) ? 100 : 0
        }
    }

    enum ShootingStar: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyShort, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.isBodyAbove(0, 1) && isInverted(candles) ? -100 : 0
        }
    }

    @inline(__always)
    fileprivate static func isInverted(_ candles: CandleWindow) -> Bool {
        candles.hasShortBody(0) && candles.hasLongUpperShadow(0) && candles.hasNoLowerShadow(0)
    }

    enum DojiStar: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.bodyDoji, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            guard candles.hasLongBody(1), candles.hasDojiBody(0) else { return 0 }
            let isAway = candles.isWhite(1) ? candles.isBodyAbove(0, 1) : candles.isBodyBelow(0, 1)
            return isAway ? -candles[1].color * 100 : 0
        }
    }

    enum Counterattack: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.bodyLong, 1)
            body(.equal, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles[1].isWhite != candles[0].isWhite && candles.hasLongBody(1) && candles.hasLongBody(0)
                && candles.isEqual(candles[0].close, candles[1].close, 1) ? candles[0].color * 100 : 0
        }
    }

    enum DarkCloudCover: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second) = (candles[1], candles[0])
            return first.isWhite && candles.hasLongBody(1) && !second.isWhite && second.open > first.high
                && second.close > first.open && second.close < first.close - first.body * depth ? -100 : 0
        }
    }

    enum Piercing: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.bodyLong, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second) = (candles[1], candles[0])
            return !first.isWhite && candles.hasLongBody(1) && second.isWhite && candles.hasLongBody(0)
                && second.open < first.low && second.close < first.open
                && second.close > first.close + first.body * 0.5 ? 100 : 0
        }
    }

    enum HomingPigeon: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, second) = (candles[1], candles[0])
            return !first.isWhite && !second.isWhite && candles.hasLongBody(1) && candles.hasSmallBody(0)
                && second.open < first.open && second.close > first.close ? 100 : 0
        }
    }

    /// A long black candle, and a white one that opens below its low.
    @inline(__always)
    fileprivate static func opensBelow(_ candles: CandleWindow) -> Bool {
        candles.isBlack(1) && candles.hasLongBody(1) && candles.isWhite(0) && candles[0].open < candles[1].low
    }

    enum InNeck: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.equal, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (close, before) = (candles[0].close, candles[1].close)
            return opensBelow(candles) && close <= before + candles.measure(.equal, 1) && close >= before ? -100 : 0
        }
    }

    enum OnNeck: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.equal, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            opensBelow(candles) && candles.isEqual(candles[0].close, candles[1].low, 1) ? -100 : 0
        }
    }

    enum Thrusting: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 1)
            body(.equal, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let (first, close) = (candles[1], candles[0].close)
            return opensBelow(candles) && close > first.close + candles.measure(.equal, 1)
                && close <= first.close + first.body * 0.5 ? -100 : 0
        }
    }

    enum Kicking: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.bodyLong, 1)
            body(.shadowVeryShort, 0)
            body(.shadowVeryShort, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            isKicking(candles) ? candles[0].color * 100 : 0
        }
    }

    enum KickingByLength: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.bodyLong, 1)
            body(.shadowVeryShort, 0)
            body(.shadowVeryShort, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            isKicking(candles) ? candles[candles[0].body > candles[1].body ? 0 : 1].color * 100 : 0
        }
    }

    @inline(__always)
    fileprivate static func isKicking(_ candles: CandleWindow) -> Bool {
        candles[1].isWhite != candles[0].isWhite && candles.isMarubozu(1) && candles.isMarubozu(0)
            && (candles.isBlack(1) ? candles.isAbove(0, 1) : candles.isBelow(0, 1))
    }

    enum MatchingLow: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.equal, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.isBlack(1) && candles.isBlack(0) && candles.isEqual(candles[0].close, candles[1].close, 1) ? 100 : 0
        }
    }

    enum SeparatingLines: CandleRule {
        static var candleCount: Int { 2 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.shadowVeryShort, 0)
            body(.bodyLong, 0)
            body(.equal, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            guard candles[1].isWhite != candles[0].isWhite, candles.isEqual(candles[0].open, candles[1].open, 1),
                candles.hasLongBody(0)
            else { return 0 }
            let isHeld = candles.isWhite(0) ? candles.hasNoLowerShadow(0) : candles.hasNoUpperShadow(0)
            return isHeld ? candles[0].color * 100 : 0
        }
    }
}
