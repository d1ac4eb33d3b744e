import Columnar

/// The table of a store that holds the rows of buckets.
///
/// Its columns are the time, the symbol as its series key, and those of the bucket. Fixed buckets whose slots have one length
/// have a regular table; those that follow a calendar an event table in which a row of a time replaces the one before, and
/// the writer floors the times. Variable buckets have an event table that keeps every row.
enum BucketTable {
    /// The designated timestamp.
    static let timeColumn = "time"
    /// The series key.
    static let seriesColumn = "symbol"
    /// Columns of a bucket before which nothing but time and series stand.
    static let firstColumn = 2

    /// The schema of a bucket's table under a name; nil if there can be none.
    static func schema(_ bucket: Bucket, timeframe: Timeframe, zone: ZoneRules, name: String) -> TableSchema? {
        let own = zip(bucket.storedNames, bucket.columns).map { Column($0, storedType($1.type)) }
        let fixed = bucket.isVariable ? nil : timeframe.fixedNanoseconds(in: zone)
        return TableSchema(
            name: name,
            kind: fixed.map { .regular(timeframe: $0) } ?? .event,
            columns: [Column(timeColumn, .timestamp), Column(seriesColumn, .symbol)] + own,
            partition: fixed == nil ? partition(of: timeframe) : nil,
            dedup: bucket.isVariable || fixed != nil ? nil : []
        )
    }

    /// Ticks come by the thousands a day; what has a timeframe of hours or days is sparse.
    private static func partition(of timeframe: Timeframe) -> PartitionUnit {
        switch timeframe.unit {
        case .second, .minute: .day
        case .hour: .month
        case .day, .week: .year
        case .month, .year: .all
        }
    }

    /// The type that values of a wire type are stored as: 64-bit integers, `u8` by its bits; doubles; text.
    static func storedType(_ type: WireType) -> ColumnType {
        switch type {
        case .float32, .float64: .float64
        case .string16: .string
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: .int64
        }
    }

    /// Names under which tables of a family are looked for: `1Min/OHLCV`, `1Min/OHLCV~2`, …
    static func name(of family: BucketFamily, number: Int) -> String {
        number == 1 ? family.description : "\(family)~\(number)"
    }
}

/// `1Min/OHLCV`: all buckets of a timeframe and a group of columns.
struct BucketFamily: Sendable, Hashable, CustomStringConvertible {
    var timeframe: String
    var attribute: String

    init(timeframe: String, attribute: String) {
        self.timeframe = timeframe
        self.attribute = attribute
    }

    init(_ key: BucketKey) { self.init(timeframe: key.timeframe, attribute: key.attribute) }

    var description: String { "\(timeframe)/\(attribute)" }
}
