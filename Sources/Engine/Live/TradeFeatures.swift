import Market

/// What the trades of one instrument add up to since its epoch began, and its open minutes.
struct TradeFeatures: Sendable {
    private var vwap = VWAPFold()
    private var buys = DecimalSum()
    private var sells = DecimalSum()
    private var signed = DecimalSum()
    private var lastPrice: Double?

    /// Takes a trade.
    mutating func update(price: Decimal, size: Decimal, side: Side) {
        vwap.update(price: price, size: size)
        lastPrice = NearestDouble.decimal(Int128(price.mantissa), scale: price.scale)
        if side == .bid {
            buys.add(size)
            signed.add(Int128(size.mantissa), scale: size.scale)
        } else {
            sells.add(size)
            signed.add(-Int128(size.mantissa), scale: size.scale)
        }
    }

    /// Writes the features of the trades so far and of the latest bar.
    func compute(bar: Bar?, into row: inout FeatureRow) {
        if let lastPrice {
            row.set(FeatureIndex.lastPrice, lastPrice)
            row.set(FeatureIndex.vwap, vwap.value)
            row.set(FeatureIndex.buyVolume, buys.double)
            row.set(FeatureIndex.sellVolume, sells.double)
            row.set(FeatureIndex.signedVolume, signed.double)
        }
        guard let bar else { return }
        row.set(FeatureIndex.barOpen, bar.open)
        row.set(FeatureIndex.barHigh, bar.high)
        row.set(FeatureIndex.barLow, bar.low)
        row.set(FeatureIndex.barClose, bar.close)
        row.set(FeatureIndex.barVolume, bar.volume)
    }
}
