import Market

/// Computes the features of one state of a book into a row of values.
///
/// Sums, differences and halves are exact integers, rounded once to the nearest double; ratios are within a few units in
/// the last place. Formulas: Cartea, Donnelly, Jaimungal 2018 (imbalance); Gatheral, Oomen 2010 (weighted mid).
enum BookFeatures {
    /// Writes all book features but order flow. O(10 + levels within 10 basis points).
    static func compute(_ book: borrowing OrderBook, priceScale: Int, sizeScale: Int, into row: inout FeatureRow) {
        let bid = book.bids.best
        let ask = book.asks.best
        row.set(FeatureIndex.bid, decimal: bid.map { Int128($0.price) }, scale: priceScale)
        row.set(FeatureIndex.bidSize, decimal: bid.map { Int128($0.size) }, scale: sizeScale)
        row.set(FeatureIndex.ask, decimal: ask.map { Int128($0.price) }, scale: priceScale)
        row.set(FeatureIndex.askSize, decimal: ask.map { Int128($0.size) }, scale: sizeScale)
        guard let bid, let ask else {
            for feature in FeatureIndex.spread...FeatureIndex.askLiquidity { row.set(feature, nil) }
            return
        }
        computeQuote(bid, ask, priceScale: priceScale, into: &row)
        for (feature, depth) in [(FeatureIndex.imbalance1, 1), (FeatureIndex.imbalance5, 5), (FeatureIndex.imbalance10, 10)] {
            row.set(feature, imbalance(book.bids.size(toDepth: depth), book.asks.size(toDepth: depth)))
        }
        computeLiquidity(book, twiceMid: Int128(bid.price) &+ Int128(ask.price), sizeScale: sizeScale, into: &row)
    }

    /// Writes the sums of order flow, warming until the fold has seen a state of this book.
    static func compute(_ fold: OrderFlowFold, sizeScale: Int, into row: inout FeatureRow) {
        guard fold.isSeeded else {
            for feature in FeatureIndex.ofi..<FeatureIndex.ofiLevel1 + OrderFlowFold.levels {
                row.set(feature, status: .warming)
            }
            return
        }
        row.set(FeatureIndex.ofi, decimal: fold.sum(level: 0), scale: sizeScale)
        for level in 0..<OrderFlowFold.levels {
            row.set(FeatureIndex.ofiLevel1 + level, decimal: fold.sum(level: level), scale: sizeScale)
        }
    }

    private static func computeQuote(
        _ bid: (price: Int64, size: Int64),
        _ ask: (price: Int64, size: Int64),
        priceScale: Int,
        into row: inout FeatureRow
    ) {
        let sum = Int128(bid.price) &+ Int128(ask.price)
        let spread = Int128(ask.price) &- Int128(bid.price)
        row.set(FeatureIndex.spread, decimal: spread, scale: priceScale)
        // Half a sum of decimals has one decimal more: sum / 2 = 5 × sum / 10.
        row.set(FeatureIndex.mid, decimal: sum &* 5, scale: priceScale + 1)
        row.set(FeatureIndex.spreadBps, sum == 0 ? nil : Double(spread &* 20_000) / Double(sum))
        let sizes = Int128(bid.size) &+ Int128(ask.size)
        let weighted = Int128(bid.price) &* Int128(ask.size) &+ Int128(ask.price) &* Int128(bid.size)
        let scaled = Double(weighted) / Double(sizes) / NearestDouble.decimal(power(priceScale), scale: 0)
        row.set(FeatureIndex.weightedMid, sizes == 0 ? nil : scaled)
    }

    private static func computeLiquidity(
        _ book: borrowing OrderBook,
        twiceMid: Int128,
        sizeScale: Int,
        into row: inout FeatureRow
    ) {
        // price ≥ mid × 0.999 is price ≥ twiceMid × 999 / 2000; the bounds are integers: up for bids, down for asks.
        let lowest = (twiceMid &* 999 &+ 1_999) / 2_000
        let highest = twiceMid &* 1_001 / 2_000
        let bids = book.bids.size(toPrice: Int64(clamping: lowest))
        let asks = book.asks.size(toPrice: Int64(clamping: highest))
        row.set(FeatureIndex.bidLiquidity, decimal: bids, scale: sizeScale)
        row.set(FeatureIndex.askLiquidity, decimal: asks, scale: sizeScale)
    }

    private static func imbalance(_ bids: Int128, _ asks: Int128) -> Double? {
        let total = bids &+ asks
        return total == 0 ? nil : Double(bids &- asks) / Double(total)
    }

    private static func power(_ scale: Int) -> Int128 { Int128(NearestDouble.powersOfTen[scale]) }
}
