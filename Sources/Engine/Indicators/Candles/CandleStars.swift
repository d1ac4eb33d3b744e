/// Stars: a long candle, a small one away from it, and one that comes back.
enum CandleStars {
    /// A star after a rise; `depth` is how far into the first body the third closes.
    @inline(__always)
    fileprivate static func isEvening(_ candles: CandleWindow, _ depth: Double) -> Bool {
        candles.isWhite(2) && candles.isBodyAbove(1, 2) && candles.isBlack(0)
            && candles[0].close < candles[2].close - candles[2].body * depth
    }

    /// A star after a fall.
    @inline(__always)
    fileprivate static func isMorning(_ candles: CandleWindow, _ depth: Double) -> Bool {
        candles.isBlack(2) && candles.isBodyBelow(1, 2) && candles.isWhite(0)
            && candles[0].close > candles[2].close + candles[2].body * depth
    }

    @inline(__always)
    fileprivate static func hasBodies(_ candles: CandleWindow) -> Bool {
        candles.hasLongBody(2) && candles.hasMoreThanShortBody(0)
    }

    enum EveningStar: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyShort, 0)
            body(.bodyShort, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            hasBodies(candles) && candles.hasSmallBody(1) && isEvening(candles, depth) ? -100 : 0
        }
    }

    enum EveningDojiStar: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyDoji, 1)
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            hasBodies(candles) && candles.hasDojiBody(1) && isEvening(candles, depth) ? -100 : 0
        }
    }

    enum MorningStar: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyShort, 0)
            body(.bodyShort, 1)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            hasBodies(candles) && candles.hasSmallBody(1) && isMorning(candles, depth) ? 100 : 0
        }
    }

    enum MorningDojiStar: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyDoji, 1)
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            hasBodies(candles) && candles.hasDojiBody(1) && isMorning(candles, depth) ? 100 : 0
        }
    }

    enum AbandonedBaby: CandleRule {
        static var candleCount: Int { 3 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 2)
            body(.bodyDoji, 1)
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
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
}
