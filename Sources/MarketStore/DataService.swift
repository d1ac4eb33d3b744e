/// One query of a `DataService.Query` call.
public struct DataQuery: Sendable, Hashable {
    /// `SYM[,SYM…]/TIMEFRAME/ATTRIBUTE`, or `*` for all symbols. Empty if ``sql`` is there.
    public var destination = ""
    /// Names of the key's parts; nil for `Symbol/Timeframe/AttributeGroup`.
    public var keyCategory: String?
    /// Inclusive lower bound, seconds since the epoch; nil for none.
    public var epochStart: Int64?
    /// Nanoseconds that are added to ``epochStart``.
    public var epochStartNanos: Int64?
    /// Inclusive upper bound, seconds since the epoch; nil for none.
    public var epochEnd: Int64?
    /// Nanoseconds that are added to ``epochEnd``.
    public var epochEndNanos: Int64?
    /// Rows a symbol at most; nil and 0 for all.
    public var limit: Int64?
    /// Whether ``limit`` counts from the start of the range, not from its end.
    public var isLimitFromStart = false
    /// The columns that are asked for; nil for all.
    public var columns: [String]?
    /// Function calls, each fed with what the one before it gave.
    public var functions: [String] = []
    /// A statement instead of a destination.
    public var sql: String?

    /// Creates a query of nothing.
    public init() {}
}

/// Rows to write, of one or several buckets.
public struct DataWrite: Sendable, Hashable {
    /// The rows.
    public var dataset: Dataset
    /// Whether buckets that do not exist yet become variable ones.
    public var isVariable: Bool

    /// Creates a write.
    public init(dataset: Dataset, isVariable: Bool) {
        self.dataset = dataset
        self.isVariable = isVariable
    }
}

/// A bucket to create.
public struct BucketCreation: Sendable, Hashable {
    /// The key, as sent.
    public var key: String
    /// Names and types of the columns, as sent.
    public var columns: [(name: String, type: String)] { zip(names, types).map { ($0, $1) } }
    /// Names of the columns.
    public var names: [String]
    /// Types of the columns.
    public var types: [String]
    /// `is_variable_length`, or `row_type`'s "variable".
    public var isVariable: Bool

    /// Creates a creation.
    public init(key: String, names: [String], types: [String], isVariable: Bool) {
        self.key = key
        self.names = names
        self.types = types
        self.isVariable = isVariable
    }
}

/// What `GetInfo` tells of a bucket.
public struct BucketInfo: Sendable, Hashable {
    /// The year of its latest row; that of now if it has none.
    public var latestYear: Int64
    /// The timeframe in nanoseconds; a month counts 31 days, a year 366.
    public var timeframe: Int64
    /// The bucket.
    public var bucket: Bucket

    /// Creates information.
    public init(latestYear: Int64, timeframe: Int64, bucket: Bucket) {
        self.latestYear = latestYear
        self.timeframe = timeframe
        self.bucket = bucket
    }
}

/// Why a call of a client failed: the text that it is told, in MarketStore's words where it has some.
public struct DataServiceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text.
    public var message: String
    /// Whether nobody knows what of a write was done: the answer to it was lost.
    public var isUncertain: Bool
    /// The same as ``message``.
    public var description: String { message }

    /// Creates an error.
    public init(_ message: String, isUncertain: Bool = false) {
        self.message = message
        self.isUncertain = isUncertain
    }

    /// The same of a request of a call, which it names where there are several: answers to writes list only those that
    /// failed.
    public func named(as index: Int, of count: Int) -> DataServiceError {
        count > 1 ? DataServiceError("requests[\(index)]: \(message)", isUncertain: isUncertain) : self
    }
}

/// How names are listed.
public enum ListFormat: Sendable, Hashable {
    /// `AAPL`
    case symbol
    /// `AAPL/1Min/OHLCV`
    case bucketKey
}

/// MarketStore's `DataService`, without the bytes of RPC or gRPC around it. Calls may block and belong on a worker.
public protocol DataService: Sendable {
    /// Which buckets there are.
    var directory: any BucketDirectory { get }
    /// What the header `Marketstore-Version` and the answers say.
    var version: String { get }
    /// The IANA name of the zone that slots from a day up are computed in.
    var timezone: String { get }
    /// The rows of each query, in its order. One that fails fails the call.
    func query(_ queries: [DataQuery]) throws(DataServiceError) -> [Dataset]
    /// Writes; each entry is nil where all rows were kept, durably, or why none of that write was.
    func write(_ writes: [DataWrite]) -> [DataServiceError?]
    /// Creates buckets; each entry is nil or why it was not created.
    func create(_ creations: [BucketCreation]) -> [DataServiceError?]
    /// Removes buckets with all their rows; each entry is nil or why not.
    func destroy(_ keys: [String]) -> [DataServiceError?]
    /// The names, sorted.
    func list(_ format: ListFormat) -> [String]
    /// What is known of buckets; each entry is that, or why it is not known.
    func info(_ keys: [String]) -> [Result<BucketInfo, DataServiceError>]
}
