/// The features that every instrument has, in the order of their indices.
public enum FeatureCatalog {
    /// The view of features of the order book.
    public static let bookView = "book_features@v1"
    /// The view of features of trades.
    public static let tradeView = "trade_features@v1"

    /// All features: first those of the book, then those of trades.
    public static let features: [Feature] = book + trade

    /// Indices of the book's features.
    static var bookRange: Range<Int> { 0..<FeatureIndex.lastPrice }
    /// Indices of the trades' features.
    static var tradeRange: Range<Int> { FeatureIndex.lastPrice..<FeatureRow.count }

    /// The index of a feature; nil if there is none of that name.
    public static func index(of name: String) -> Int? { features.firstIndex { $0.name == name } }

    private static let book: [Feature] = [
        of(bookView, "bid", "price", "Best bid."),
        of(bookView, "bid_size", "size", "Size at the best bid."),
        of(bookView, "ask", "price", "Best ask."),
        of(bookView, "ask_size", "size", "Size at the best ask."),
        of(bookView, "spread", "price", "Best ask less best bid."),
        of(bookView, "mid", "price", "Half way between best bid and best ask."),
        of(bookView, "spread_bps", "basis points", "Spread over mid, times 10,000."),
        of(bookView, "weighted_mid", "price", "Bid and ask, each weighted by the other's size."),
        of(bookView, "imbalance_1", "-1 to 1", "Bid size less ask size over their sum, at the best level."),
        of(bookView, "imbalance_5", "-1 to 1", "The same over the best 5 levels."),
        of(bookView, "imbalance_10", "-1 to 1", "The same over the best 10 levels."),
        of(bookView, "bid_liquidity_10bps", "size", "Bid sizes within 10 basis points of mid."),
        of(bookView, "ask_liquidity_10bps", "size", "Ask sizes within 10 basis points of mid."),
        of(bookView, "ofi_cum", "size", "Order-flow imbalance at the best level, summed since the epoch began."),
        of(bookView, "ofi_1_cum", "size", "Order-flow imbalance at level 1, summed since the epoch began."),
        of(bookView, "ofi_2_cum", "size", "Order-flow imbalance at level 2, summed since the epoch began."),
        of(bookView, "ofi_3_cum", "size", "Order-flow imbalance at level 3, summed since the epoch began."),
        of(bookView, "ofi_4_cum", "size", "Order-flow imbalance at level 4, summed since the epoch began."),
        of(bookView, "ofi_5_cum", "size", "Order-flow imbalance at level 5, summed since the epoch began."),
    ]

    private static let trade: [Feature] = [
        of(tradeView, "last_price", "price", "Price of the last trade."),
        of(tradeView, "vwap", "price", "Volume-weighted average price since the epoch began."),
        of(tradeView, "buy_volume", "size", "Size taken by buyers since the epoch began."),
        of(tradeView, "sell_volume", "size", "Size taken by sellers since the epoch began."),
        of(tradeView, "signed_volume", "size", "Buy volume less sell volume since the epoch began."),
        of(tradeView, "bar_open", "price", "First price of the current minute."),
        of(tradeView, "bar_high", "price", "Highest price of the current minute."),
        of(tradeView, "bar_low", "price", "Lowest price of the current minute."),
        of(tradeView, "bar_close", "price", "Last price of the current minute."),
        of(tradeView, "bar_volume", "size", "Size traded in the current minute."),
    ]

    private static func of(_ view: String, _ name: String, _ unit: String, _ summary: String) -> Feature {
        Feature(name: name, unit: unit, view: view, summary: summary)
    }
}

/// Places of the features in ``FeatureCatalog/features``; a test holds them to it.
enum FeatureIndex {
    static let bid = 0
    static let bidSize = 1
    static let ask = 2
    static let askSize = 3
    static let spread = 4
    static let mid = 5
    static let spreadBps = 6
    static let weightedMid = 7
    static let imbalance1 = 8
    static let imbalance5 = 9
    static let imbalance10 = 10
    static let bidLiquidity = 11
    static let askLiquidity = 12
    static let ofi = 13
    static let ofiLevel1 = 14
    static let lastPrice = 19
    static let vwap = 20
    static let buyVolume = 21
    static let sellVolume = 22
    static let signedVolume = 23
    static let barOpen = 24
    static let barHigh = 25
    static let barLow = 26
    static let barClose = 27
    static let barVolume = 28
}
