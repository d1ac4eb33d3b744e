/// Patterns of one candle.
enum SingleCandles {
    enum Doji: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyDoji, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.hasDojiBody(0) ? 100 : 0
        }
    }

    enum DragonflyDoji: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyDoji, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.hasDojiBody(0) && candles.hasNoUpperShadow(0) && candles.hasLowerShadow(0) ? 100 : 0
        }
    }

    enum GravestoneDoji: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyDoji, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.hasDojiBody(0) && candles.hasNoLowerShadow(0) && candles.hasUpperShadow(0) ? 100 : 0
        }
    }

    enum LongLeggedDoji: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyDoji, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.hasDojiBody(0) && (candles.hasLongLowerShadow(0) || candles.hasLongUpperShadow(0)) ? 100 : 0
        }
    }

    enum RickshawMan: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyDoji, 0)
            body(.near, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let candle = candles[0]
            let middle = candle.low + (candle.high - candle.low) / 2
            let near = candles.measure(.near, 0)
            return candles.hasDojiBody(0) && candles.hasLongLowerShadow(0) && candles.hasLongUpperShadow(0)
                && candle.bottom <= middle + near && candle.top >= middle - near ? 100 : 0
        }
    }

    enum Takuri: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyDoji, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.hasDojiBody(0) && candles.hasNoUpperShadow(0)
                && candles[0].lowerShadow > candles.measure(.shadowVeryLong, 0) ? 100 : 0
        }
    }

    enum HighWave: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let long = candles.measure(.shadowVeryLong, 0)
            return candles.hasShortBody(0) && candles[0].upperShadow > long && candles[0].lowerShadow > long
                ? candles[0].color * 100 : 0
        }
    }

    enum SpinningTop: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let candle = candles[0]
            return candles.hasShortBody(0) && candle.upperShadow > candle.body && candle.lowerShadow > candle.body
                ? candle.color * 100 : 0
        }
    }

    enum ShortLine: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyShort, 0)
            body(.shadowShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let short = candles.measure(.shadowShort, 0)
            return candles.hasShortBody(0) && candles[0].upperShadow < short && candles[0].lowerShadow < short
                ? candles[0].color * 100 : 0
        }
    }

    enum LongLine: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.shadowShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            let short = candles.measure(.shadowShort, 0)
            return candles.hasLongBody(0) && candles[0].upperShadow < short && candles[0].lowerShadow < short
                ? candles[0].color * 100 : 0
        }
    }

    enum Marubozu: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            candles.isMarubozu(0) ? candles[0].color * 100 : 0
        }
    }

    enum ClosingMarubozu: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            guard candles.hasLongBody(0) else { return 0 }
            let isClosed = candles.isWhite(0) ? candles.hasNoUpperShadow(0) : candles.hasNoLowerShadow(0)
            return isClosed ? candles[0].color * 100 : 0
        }
    }

    enum BeltHold: CandleRule {
        static var candleCount: Int { 1 }

        @inline(__always)
        static func forEachMeasure(_ body: (CandleSetting, Int) -> Void) {
            body(.bodyLong, 0)
            body(.shadowVeryShort, 0)
        }

        @inline(__always)
        static func find(_ candles: CandleWindow, _ depth: Double) -> Int {
            guard candles.hasLongBody(0) else { return 0 }
            let isHeld = candles.isWhite(0) ? candles.hasNoLowerShadow(0) : candles.hasNoUpperShadow(0)
            return isHeld ? candles[0].color * 100 : 0
        }
    }
}
