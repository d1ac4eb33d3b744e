import Market

/// The trade folds of one instrument since its epoch began, and how their results become features.
struct TradeFeatures: Sendable {
    private let price: DecimalScale
    private let size: DecimalScale

    private var vwap = VWAPFold()
    private var buys = DecimalSum()
    private var sells = DecimalSum()
    private var signed = DecimalSum()

    init(priceScale: Int, sizeScale: Int) {
        price = DecimalScale(priceScale)
        size = DecimalScale(sizeScale)
    }

    /// A trade happened. `bar` is the current minute's.
    mutating func update(_ event: MarketEvent, bar: Bar?, into row: inout FeatureRow) {
        let tradePrice = Decimal(mantissa: event.price, scale: price.digits)
        let tradeSize = Decimal(mantissa: event.size, scale: size.digits)
        vwap.update(price: tradePrice, size: tradeSize)
        switch event.side {
        case .bid: buys.add(tradeSize)
        case .ask: sells.add(tradeSize)
        }
        let sign: Int128 = event.side == .bid ? 1 : -1
        signed.add(sign &* Int128(event.size), scale: size.digits)
        row.set(FeatureIndex.lastPrice, price.double(event.price))
        row.set(FeatureIndex.vwap, vwap.value)
        row.set(FeatureIndex.buyVolume, exact(buys))
        row.set(FeatureIndex.sellVolume, exact(sells))
        row.set(FeatureIndex.signedVolume, exact(signed))
        guard let bar else { return }
        row.set(FeatureIndex.barOpen, bar.open)
        row.set(FeatureIndex.barHigh, bar.high)
        row.set(FeatureIndex.barLow, bar.low)
        row.set(FeatureIndex.barClose, bar.close)
        row.set(FeatureIndex.barVolume, bar.volume)
    }

    /// The double nearest to a sum; nil if it outgrew 128 bits and is not exact any more.
    private func exact(_ sum: DecimalSum) -> Double? {
        sum.isExact ? sum.double : nil
    }
}
