import Market

/// The book folds of one instrument, and how their results become features.
///
/// Sums, differences and halves of decimals are exact integers until they are rounded once, to the nearest double; ratios
/// are within a few units in the last place.
struct BookFeatures: Sendable {
    private let units: BookUnits

    private var top = TopOfBookFold()
    private var best = ImbalanceFold(depth: 1)
    private var best5 = ImbalanceFold(depth: 5)
    private var best10 = ImbalanceFold(depth: 10)
    private var liquidity = LiquidityFold(basisPoints: 10)
    private var orderFlow = OrderFlowFold()

    init(priceScale: Int, sizeScale: Int) {
        units = BookUnits(priceScale: priceScale, sizeScale: sizeScale)
    }

    /// The book was replaced: shows it, and order flow begins again with the next change.
    mutating func restart(_ book: borrowing OrderBook, into row: inout FeatureRow) {
        orderFlow = OrderFlowFold()
        updateLevels(book, into: &row)
        row.set(FeatureIndex.ofi..<FeatureIndex.ofiLevel1 + OrderFlowFold.levels, status: .warming)
    }

    /// The book changed.
    mutating func update(_ book: borrowing OrderBook, into row: inout FeatureRow) {
        updateLevels(book, into: &row)
        orderFlow.update(book)
        row.set(FeatureIndex.ofi, units.size.double(orderFlow.sum(level: 0)))
        for level in 0..<OrderFlowFold.levels {
            row.set(FeatureIndex.ofiLevel1 + level, units.size.double(orderFlow.sum(level: level)))
        }
    }

    private mutating func updateLevels(_ book: borrowing OrderBook, into row: inout FeatureRow) {
        top.update(book)
        best.update(book)
        best5.update(book)
        best10.update(book)
        liquidity.update(book)
        row.set(FeatureIndex.bid, top.bid.map { units.price.double($0.price) })
        row.set(FeatureIndex.bidSize, top.bid.map { units.size.double($0.size) })
        row.set(FeatureIndex.ask, top.ask.map { units.price.double($0.price) })
        row.set(FeatureIndex.askSize, top.ask.map { units.size.double($0.size) })
        row.set(FeatureIndex.spread, units.spread(top))
        row.set(FeatureIndex.mid, units.mid(top))
        row.set(FeatureIndex.spreadBps, top.spreadBps)
        row.set(FeatureIndex.weightedMid, units.weightedMid(top))
        row.set(FeatureIndex.imbalance1, best.value)
        row.set(FeatureIndex.imbalance5, best5.value)
        row.set(FeatureIndex.imbalance10, best10.value)
        row.set(FeatureIndex.bidLiquidity, liquidity.bids.map { units.size.double($0) })
        row.set(FeatureIndex.askLiquidity, liquidity.asks.map { units.size.double($0) })
    }
}
