public import Columnar

/// The tables that the live runtime writes.
public enum MarketTables {
    /// Trades, one row each.
    public static let trades = "trades"
    /// Best bids and offers as the venue sends them.
    public static let quotes = "quotes"
    /// Book events: one row a changed level, grouped by `seq`; keyframes, states and clock events among them.
    public static let book = "book"
    /// One-minute bars, written when they close.
    public static let bars = "1Min/OHLCV"

    /// The schemas, all of which must exist before a shard runs.
    public static let schemas: [TableSchema] = [
        schema(
            trades,
            [
                Column("id", .int64), Column("side", .symbol), Column("price", .float64), Column("size", .float64),
            ]
        ),
        schema(
            quotes,
            [
                Column("update_id", .int64), Column("bid", .float64), Column("bid_size", .float64),
                Column("ask", .float64), Column("ask_size", .float64),
            ]
        ),
        schema(
            book,
            [
                Column("kind", .symbol), Column("side", .symbol), Column("price", .float64), Column("size", .float64),
                Column("update_id", .int64), Column("state", .symbol), Column("reason", .symbol),
            ]
        ),
        barSchema,
        viewSchema(FeatureCatalog.bookView, FeatureCatalog.bookRange),
        viewSchema(FeatureCatalog.tradeView, FeatureCatalog.tradeRange),
    ]

    /// The columns that every row made from an event begins with.
    private static let eventColumns = [
        Column("time", .timestamp), Column("symbol", .symbol), Column("seq", .int64),
        Column("receive_time", .timestamp),
    ]

    private static func schema(_ name: String, _ columns: [Column]) -> TableSchema {
        valid(TableSchema(name: name, kind: .event, columns: eventColumns + columns))
    }

    private static var barSchema: TableSchema {
        let prices = ["open", "high", "low", "close", "volume"].map { Column($0, .float64) }
        let columns = [Column("time", .timestamp), Column("symbol", .symbol)] + prices
        return valid(TableSchema(name: bars, kind: .regular(timeframe: CivilTime.minute), columns: columns))
    }

    private static func viewSchema(_ name: String, _ features: Range<Int>) -> TableSchema {
        schema(
            name,
            [Column("book_state", .symbol)] + FeatureCatalog.features[features].map { Column($0.name, .float64) }
        )
    }

    private static func valid(_ schema: TableSchema?) -> TableSchema {
        guard let schema else { preconditionFailure("BUG: a built-in schema is malformed") }
        return schema
    }
}
