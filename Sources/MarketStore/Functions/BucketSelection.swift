public import Columnar

/// What a query that is no SQL asks of buckets besides their rows as they are.
public struct BucketSelection: Sendable {
    /// The buckets, of one family and with equal columns and kinds, by symbol; at least one.
    public var buckets: [Bucket]
    /// The times of rows.
    public var time: TimeRange
    /// Rows a symbol at most, of bars if ``timeframe`` is set, before ``functions``; nil for all.
    public var limit: Int64?
    /// Whether ``limit`` counts from the start of the range, not from its end.
    public var isLimitFromStart: Bool
    /// The columns that are asked for; nil for all. `Epoch` and `Nanoseconds` are always there.
    public var columns: [String]?
    /// A timeframe that is coarser than the buckets' own: bars of it are made of their rows. Nil for the rows themselves.
    public var timeframe: Timeframe?
    /// Function calls, each fed with what the one before it gave.
    public var functions: [String]

    /// Creates a selection of all rows of some buckets.
    public init(
        buckets: [Bucket],
        time: TimeRange = .all,
        limit: Int64? = nil,
        isLimitFromStart: Bool = false,
        columns: [String]? = nil,
        timeframe: Timeframe? = nil,
        functions: [String] = []
    ) {
        self.buckets = buckets
        self.time = time
        self.limit = limit
        self.isLimitFromStart = isLimitFromStart
        self.columns = columns
        self.timeframe = timeframe
        self.functions = functions
    }

    /// The buckets that bars of a timeframe can be made of, if none has it itself: for each symbol the coarsest one whose
    /// timeframe divides it. Buckets of several families or columns may come; a selection is of one of each.
    public static func sources(
        of timeframe: Timeframe,
        attribute: String,
        symbols: [String],
        in directory: any BucketDirectory,
        zone: ZoneRules
    ) -> [Bucket] {
        symbols.compactMap { symbol in
            let key = BucketKey(symbol: symbol, timeframe: timeframe.description, attribute: attribute)
            return CoarserTimeframe.source(of: key, timeframe, directory, zone)
        }
    }
}
