/// A bucket that exists: MarketStore's table, `SYMBOL/TIMEFRAME/ATTRIBUTE`.
///
/// Its rows are one series, named by the symbol, of a table that holds all buckets of the family `TIMEFRAME/ATTRIBUTE` that
/// have the same columns, kind and time zone.
public struct Bucket: Sendable, Hashable {
    /// A column besides `Epoch` and `Nanoseconds`.
    public struct Column: Sendable, Hashable {
        /// The name, as it was created.
        public var name: String
        /// The type that clients see.
        public var type: WireType

        /// Creates a column.
        public init(name: String, type: WireType) {
            self.name = name
            self.type = type
        }
    }

    /// The key.
    public var key: BucketKey
    /// The columns in the order in which they were created, without `Epoch` and `Nanoseconds`.
    public var columns: [Column]
    /// Whether any number of rows may have one time (MarketStore's variable records, which have `Nanoseconds`), or each
    /// slot of the timeframe holds one row at most.
    public var isVariable: Bool
    /// The table with its rows.
    public var table: String
    /// The IANA name of the zone whose calendar its slots follow; `UTC` where none is needed.
    public var zone: String
    /// What the key's symbol is short for; nil if it is the name itself.
    public var wholeName: String?
    /// Whether the gateway's own feed writes it, so that clients only read it.
    public var isOfFeed: Bool

    /// Creates a bucket.
    public init(
        key: BucketKey,
        columns: [Column],
        isVariable: Bool,
        table: String,
        zone: String = "UTC",
        isOfFeed: Bool = false
    ) {
        self.key = key
        self.isOfFeed = isOfFeed
        self.columns = columns
        self.isVariable = isVariable
        self.table = table
        self.zone = zone
    }

    /// The series of the table that its rows are.
    public var series: String { wholeName ?? key.symbol }

    /// What ``columns`` are called in the table: the same, but for names that are those of the table's time and series
    /// columns or of an earlier column without regard to case, which get underscores at their end. The feed's table has small
    /// letters.
    public var storedNames: [String] {
        if isOfFeed { return columns.map { $0.name.lowercased() } }
        var taken: Set<String> = [BucketTable.timeColumn, BucketTable.seriesColumn]
        return columns.map { column in
            var name = column.name
            while !taken.insert(name.lowercased()).inserted { name += "_" }
            return name
        }
    }

    /// What ``columns`` are called where the bucket's name stands for its rows in a statement.
    public var shownNames: [String] { isOfFeed ? columns.map(\.name) : storedNames }
}

/// Which buckets there are. Any thread may ask; answers are those of the moment.
public protocol BucketDirectory: Sendable {
    /// The bucket of a key, which is compared byte by byte; nil if there is none.
    func bucket(_ key: BucketKey) -> Bucket?
    /// All buckets of a timeframe and attribute, by symbol in the order of its UTF-8 bytes.
    func buckets(timeframe: String, attribute: String) -> [Bucket]
    /// All buckets, sorted by key.
    var all: [Bucket] { get }
    /// The timeframes that a symbol has buckets of an attribute in, as they are written, in any order.
    func timeframes(symbol: String, attribute: String) -> [String]
    /// The bucket that a key is read as: its own, or else the one that its symbol is short for. Nil if there is none, or if
    /// there are several.
    func readable(_ key: BucketKey) -> Bucket?
}

extension BucketDirectory {
    /// Looks at all buckets.
    public func timeframes(symbol: String, attribute: String) -> [String] {
        all.filter { $0.key.symbol == symbol && $0.key.attribute == attribute }.map(\.key.timeframe)
    }

    /// Symbols are not short for others.
    public func readable(_ key: BucketKey) -> Bucket? { bucket(key) }
}
