/// Patterns of one candle.
enum SingleCandles {
    static let doji = CandlePattern(1, [(.bodyDoji, [0])]) { candles, _ in candles.hasDojiBody(0) ? 100 : 0 }

    static let dragonflyDoji = CandlePattern(1, [(.bodyDoji, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        candles.hasDojiBody(0) && candles.hasNoUpperShadow(0) && candles.hasLowerShadow(0) ? 100 : 0
    }

    static let gravestoneDoji = CandlePattern(1, [(.bodyDoji, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        candles.hasDojiBody(0) && candles.hasNoLowerShadow(0) && candles.hasUpperShadow(0) ? 100 : 0
    }

    static let longLeggedDoji = CandlePattern(1, [(.bodyDoji, [0])]) { candles, _ in
        candles.hasDojiBody(0) && (candles.hasLongLowerShadow(0) || candles.hasLongUpperShadow(0)) ? 100 : 0
    }

    static let rickshawMan = CandlePattern(1, [(.bodyDoji, [0]), (.near, [0])]) { candles, _ in
        let candle = candles[0]
        let middle = candle.low + (candle.high - candle.low) / 2
        let near = candles.measure(.near, 0)
        return candles.hasDojiBody(0) && candles.hasLongLowerShadow(0) && candles.hasLongUpperShadow(0)
            && candle.bottom <= middle + near && candle.top >= middle - near ? 100 : 0
    }

    static let takuri = CandlePattern(1, [(.bodyDoji, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        candles.hasDojiBody(0) && candles.hasNoUpperShadow(0)
            && candles[0].lowerShadow > candles.measure(.shadowVeryLong, 0) ? 100 : 0
    }

    static let highWave = CandlePattern(1, [(.bodyShort, [0])]) { candles, _ in
        let long = candles.measure(.shadowVeryLong, 0)
        return candles.hasShortBody(0) && candles[0].upperShadow > long && candles[0].lowerShadow > long
            ? candles[0].color * 100 : 0
    }

    static let spinningTop = CandlePattern(1, [(.bodyShort, [0])]) { candles, _ in
        let candle = candles[0]
        return candles.hasShortBody(0) && candle.upperShadow > candle.body && candle.lowerShadow > candle.body
            ? candle.color * 100 : 0
    }

    static let shortLine = CandlePattern(1, [(.bodyShort, [0]), (.shadowShort, [0])]) { candles, _ in
        let short = candles.measure(.shadowShort, 0)
        return candles.hasShortBody(0) && candles[0].upperShadow < short && candles[0].lowerShadow < short
            ? candles[0].color * 100 : 0
    }

    static let longLine = CandlePattern(1, [(.bodyLong, [0]), (.shadowShort, [0])]) { candles, _ in
        let short = candles.measure(.shadowShort, 0)
        return candles.hasLongBody(0) && candles[0].upperShadow < short && candles[0].lowerShadow < short
            ? candles[0].color * 100 : 0
    }

    static let marubozu = CandlePattern(1, [(.bodyLong, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        candles.isMarubozu(0) ? candles[0].color * 100 : 0
    }

    static let closingMarubozu = CandlePattern(1, [(.bodyLong, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        guard candles.hasLongBody(0) else { return 0 }
        let isClosed = candles.isWhite(0) ? candles.hasNoUpperShadow(0) : candles.hasNoLowerShadow(0)
        return isClosed ? candles[0].color * 100 : 0
    }

    static let beltHold = CandlePattern(1, [(.bodyLong, [0]), (.shadowVeryShort, [0])]) { candles, _ in
        guard candles.hasLongBody(0) else { return 0 }
        let isHeld = candles.isWhite(0) ? candles.hasNoLowerShadow(0) : candles.hasNoUpperShadow(0)
        return isHeld ? candles[0].color * 100 : 0
    }
}
