import Columnar

/// The feature views that ship with the process.
enum BuiltInFeatureViews {
    /// Those whose table the catalog has.
    static func all(_ catalog: any CatalogReader) -> [FeatureViewDefinition] {
        [
            (MarketTables.book, book), (MarketTables.trades, trade), (MarketTables.bars, bars),
        ].compactMap { table, view in catalog.schema(named: table) == nil ? nil : view }
    }

    /// The features of the live runtime that a query of the book gives too, bit for bit.
    private static let book = ofRuntime(
        "book_features",
        query: """
            SELECT bid() AS bid, bid_size() AS bid_size, ask() AS ask, ask_size() AS ask_size, spread() AS spread, \
            mid() AS mid, spread_bps() AS spread_bps, microprice() AS weighted_mid, imbalance() AS imbalance_1, \
            imbalance(5) AS imbalance_5, imbalance(10) AS imbalance_10, liquidity(10, 'bid') AS bid_liquidity_10bps, \
            liquidity(10, 'ask') AS ask_liquidity_10bps, ofi_cum() AS ofi_cum, ofi_cum(1) AS ofi_1_cum, \
            ofi_cum(2) AS ofi_2_cum, ofi_cum(3) AS ofi_3_cum, ofi_cum(4) AS ofi_4_cum, ofi_cum(5) AS ofi_5_cum \
            FROM book
            """,
        features: FeatureCatalog.bookRange,
        summary: "What the live runtime computes of the book after each event."
    )

    /// Sums since the epoch began are no query of trades, so this one has no text.
    private static let trade = ofRuntime(
        "trade_features",
        query: "",
        features: FeatureCatalog.tradeRange,
        summary: "What the live runtime computes after each trade: sums since the epoch began, and the open minute."
    )

    private static let bars: FeatureViewDefinition = {
        var view = FeatureViewDefinition(
            name: "bar_features",
            version: 1,
            query: """
                SELECT open, high, low, close, volume, close - lag(close, 1) AS change, \
                (close / lag(close, 1) - 1) * 10000 AS return_bps, (high - low) / close * 10000 AS range_bps, \
                max(high) OVER (ROWS 19 PRECEDING) AS high_20, min(low) OVER (ROWS 19 PRECEDING) AS low_20, \
                avg(volume) OVER (ROWS 19 PRECEDING) AS volume_20 FROM "1Min/OHLCV"
                """
        )
        view.isBuiltIn = true
        view.storage = .none
        view.timeToLive = 3 * CivilTime.minute
        view.summary = "Closed one-minute bars, and what the last twenty say."
        let units = ["change": "price", "return_bps": "basis points", "range_bps": "basis points"]
        let prices = ["open", "high", "low", "close", "high_20", "low_20"]
        view.units = prices.map { FeatureViewDefinition.Unit(field: $0, unit: "price") }
        view.units += ["volume", "volume_20"].map { FeatureViewDefinition.Unit(field: $0, unit: "size") }
        view.units += units.sorted { $0.key < $1.key }.map { FeatureViewDefinition.Unit(field: $0.key, unit: $0.value) }
        return view
    }()

    private static func ofRuntime(
        _ name: String,
        query: String,
        features: Range<Int>,
        summary: String
    ) -> FeatureViewDefinition {
        var view = FeatureViewDefinition(name: name, version: 1, query: query)
        view.isBuiltIn = true
        view.isOfRuntime = true
        view.summary = summary
        view.units = FeatureCatalog.features[features].map {
            FeatureViewDefinition.Unit(field: $0.name, unit: $0.unit)
        }
        return view
    }
}
