import Columnar
import Engine

/// The bars that the gateway's own feed writes, as buckets: `BTC-USDT.BINANCE/1Min/OHLCV`.
///
/// They are the series of the feed's table, which names its columns in small letters; clients see MarketStore's names, and
/// `f8`, which holds the feed's decimals exactly as statements see them. Clients only read them.
enum FeedBuckets {
    /// The table of the feed's bars.
    static let table = MarketTables.bars
    /// The family that the table's name is.
    static let family = BucketFamily(timeframe: "1Min", attribute: "OHLCV")
    /// What clients see besides `Epoch`, in the order of the table.
    static let columns = ["Open", "High", "Low", "Close", "Volume"].map { Bucket.Column(name: $0, type: .float64) }

    /// The bucket of an instrument.
    static func bucket(_ instrument: String) -> Bucket {
        let key = BucketKey(symbol: instrument, timeframe: family.timeframe, attribute: family.attribute)
        return Bucket(key: key, columns: columns, isVariable: false, table: table, isOfFeed: true)
    }

    /// The instrument's name without its venue, `BTC-USDT` of `BTC-USDT.BINANCE`; nil if it has none.
    static func shortName(_ instrument: String) -> String? {
        guard let dot = instrument.lastIndex(of: "."), dot > instrument.startIndex else { return nil }
        return String(instrument[..<dot])
    }

    /// Whether the table of that name in a state is the feed's, and not one of clients in a store without a feed.
    static func isThere(_ snapshot: any TableSnapshot) -> Bool {
        guard let feed = MarketTables.schemas.first(where: { $0.name == table }) else { return false }
        return snapshot.catalog.schema(named: table)?.isGrown(from: feed) ?? false
    }

    /// The instruments that have bars in a state; none if it has no table of a feed.
    static func instruments(_ snapshot: any TableSnapshot) throws(TableError) -> [String] {
        guard isThere(snapshot) else { return [] }
        // A key has no room for these: such a series can be read by its table alone.
        return try snapshot.scan(ScanRequest(table: table, columns: [0])).series.filter(isSymbol)
    }

    /// Whether a series' name can be the symbol of a key.
    static func isSymbol(_ series: String) -> Bool {
        !series.isEmpty && series != "*" && !series.utf8.contains { "/:,".utf8.contains($0) }
    }

    /// Why clients cannot change a bucket.
    static func refusal(_ bucket: Bucket) -> DataServiceError {
        DataServiceError(
            "\(bucket.key) holds the bars of the gateway's own feed, which clients can only read; "
                + "use another symbol or attribute group for rows of your own"
        )
    }
}

/// The instruments of a feed, and what their short names stand for.
struct FeedInstruments {
    private(set) var names: Set<String> = []
    /// Names with their venue, by those without; each list is sorted.
    private var byShortName: [String: [String]] = [:]

    /// Adds an instrument; false if it is there.
    mutating func insert(_ name: String) -> Bool {
        guard names.insert(name).inserted else { return false }
        if let short = FeedBuckets.shortName(name) {
            byShortName[short] = ((byShortName[short] ?? []) + [name]).sorted()
        }
        return true
    }

    /// The instruments that a name without a venue can mean.
    func meanings(of shortName: String) -> [String] { byShortName[shortName] ?? [] }
}
