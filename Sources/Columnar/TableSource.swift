/// A batch's place in the order of all writes of a store.
public typealias LSN = UInt64

/// Names of tables and their schemas at one moment.
public protocol CatalogReader: Sendable {
    /// All tables, sorted by name.
    var tables: [TableSchema] { get }
    /// The schema of the table of this name, without regard to case; nil if there is none.
    func schema(named name: String) -> TableSchema?
    /// All tables of the family of MarketStore's buckets of this name as one, which can be scanned under the name of that
    /// schema; nil unless there are several.
    func family(named name: String) -> TableSchema?
    /// All views, sorted by name.
    func views() throws(TableError) -> [ViewDefinition]
    /// The view of this name, without regard to case; nil if there is none. It may know names that ``views()`` does not list,
    /// as those of buckets.
    func view(named name: String) throws(TableError) -> ViewDefinition?
    /// The time zone whose calendar the days of MarketStore's buckets follow.
    var bucketZone: ZoneRules { get }
    /// All materialized views, sorted by name.
    func materializedViews() throws(TableError) -> [MaterializedViewDefinition]
    /// All versions of all feature views.
    func featureViews() throws(TableError) -> [FeatureViewDefinition]
    /// How long rows of a table are kept, in nanoseconds; nil for ever, also if there is no such table.
    func timeToLive(of table: String) -> Int64?
}

extension CatalogReader {
    /// Tables are what they are.
    public func family(named name: String) -> TableSchema? { nil }
    /// There are no views.
    public func views() throws(TableError) -> [ViewDefinition] { [] }
    /// One of those that are listed.
    public func view(named name: String) throws(TableError) -> ViewDefinition? {
        let wanted = name.lowercased()
        return try views().first { $0.name.lowercased() == wanted }
    }
    /// UTC.
    public var bucketZone: ZoneRules { .utc }
    /// There are no materialized views.
    public func materializedViews() throws(TableError) -> [MaterializedViewDefinition] { [] }
    /// There are no feature views.
    public func featureViews() throws(TableError) -> [FeatureViewDefinition] { [] }
    /// Rows are kept for ever.
    public func timeToLive(of table: String) -> Int64? { nil }
}

/// Changes to the set of tables. Durable when a call returns; may block.
public protocol CatalogEditor: Sendable {
    /// Creates a table; does nothing if it exists with the same schema, or with columns that were added to it.
    func createTable(_ schema: TableSchema) throws(TableError)
    /// Removes a table with all its rows; its space comes back when the last snapshot with it is gone.
    func dropTable(_ name: String) throws(TableError)
    /// Adds a column at the end of a table; rows that are there have no value in it.
    func addColumn(_ column: Column, to table: String) throws(TableError)
    /// Removes the rows of some time ranges, of all series or the named ones: all of them at once, or none. What is written
    /// later stays.
    func dropRows(of table: String, series: ScanRequest.Series, times: [TimeRange]) throws(TableError)
    /// How long rows are kept: partitions older than the table's latest time less this are dropped. Nil keeps all.
    func setTimeToLive(_ nanoseconds: Int64?, of table: String) throws(TableError)
}

extension CatalogEditor {
    /// Removes the rows of one time range.
    public func dropRows(of table: String, series: ScanRequest.Series, time: TimeRange) throws(TableError) {
        try dropRows(of: table, series: series, times: [time])
    }
}

/// Something that tables can be read from.
public protocol TableSource: Sendable {
    /// A consistent state to read, which later writes do not change. Cheap; holds no lock.
    func snapshot() -> any TableSnapshot
}

/// A consistent state of all tables.
public protocol TableSnapshot: Sendable {
    /// The tables of this state.
    var catalog: any CatalogReader { get }
    /// Every batch up to this one is in the state, whole; none after it.
    var committed: LSN { get }
    /// Finds the rows of one table by series and time. Reads no column yet.
    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan
    /// Where rows of a table may have come or gone by batches after an earlier one; it may name more than that.
    func changes(of table: String, since lsn: LSN) -> TableChanges
    /// What tells a table from all others that ever had its name, also after a restart; nil if there is none, or if
    /// that is not known.
    func number(of table: String) -> UInt32?
}

extension TableSnapshot {
    /// It is not known.
    public func number(of table: String) -> UInt32? { nil }
    /// Anywhere.
    public func changes(of table: String, since lsn: LSN) -> TableChanges {
        committed > lsn ? TableChanges(written: .all, removed: .all) : TableChanges()
    }
}

/// Times of a table at which rows may have changed; nil for none.
public struct TableChanges: Sendable, Hashable {
    /// Times of rows that were written.
    public var written: TimeRange?
    /// Times at which rows were removed.
    public var removed: TimeRange?

    /// Creates changes; none at all unless told.
    public init(written: TimeRange? = nil, removed: TimeRange? = nil) {
        self.written = written
        self.removed = removed
    }
}

/// Which rows and columns of a table to read.
public struct ScanRequest: Sendable {
    /// Which series to read.
    public enum Series: Sendable, Hashable {
        /// Every series.
        case all
        /// The series of these names; a name without rows is passed over.
        case named([String])
    }

    /// The table's name.
    public var table: String
    /// Which series.
    public var series: Series
    /// Rows of these times only.
    public var time: TimeRange
    /// Indices into the schema's columns that will be asked for.
    public var columns: [Int]
    /// False gives slices from the last to the first; rows within a slice always ascend.
    public var isForward: Bool
    /// How many rows of each series will be asked for, counted from the end that the scan begins at; nil for all of them. A
    /// scan of few rows finds little more than those, and may name series that have no rows in the range.
    public var rowsMax: Int?

    /// Creates a request.
    public init(
        table: String,
        series: Series = .all,
        time: TimeRange = .all,
        columns: [Int],
        isForward: Bool = true,
        rowsMax: Int? = nil
    ) {
        self.table = table
        self.series = series
        self.time = time
        self.columns = columns
        self.isForward = isForward
        self.rowsMax = rowsMax
    }
}

/// The series that a request found.
public protocol TableScan: Sendable {
    /// Names of the series with at least one row in the range, in the order of their UTF-8 bytes; `[""]` for a table
    /// without a series key. Those of a request with ``ScanRequest/rowsMax`` may have none.
    var series: [String] { get }
    /// Opens one of ``series`` by its index. Cursors of different series may be used by different threads.
    func open(series index: Int) throws(TableError) -> any SliceCursor
}

/// Slices of one series, one after the other. Rows ascend by time, then order of arrival, also across slices.
public protocol SliceCursor {
    /// The next slice, never empty; nil after the last.
    mutating func next() throws(TableError) -> (any SeriesSlice)?
    /// The next rows, of many slices, as one whose statistics are known; nil if they are not. Does not move on: either
    /// ``skipSummary()`` or ``next()`` follows.
    mutating func peekSummary() throws(TableError) -> (any SeriesSlice)?
    /// Moves past the rows of the summary that was looked at.
    mutating func skipSummary()
}

extension SliceCursor {
    /// Nothing is known of many slices at once.
    public mutating func peekSummary() throws(TableError) -> (any SeriesSlice)? { nil }
    /// There is nothing to move past.
    public mutating func skipSummary() {}
}

/// A run of rows of one series that lie together. Clipped to the request's time range.
public protocol SeriesSlice: Sendable {
    /// The number of rows, at least 1.
    var count: Int { get }
    /// Time of the first row.
    var firstTime: Int64 { get }
    /// Time of the last row.
    var lastTime: Int64 { get }
    /// The values of a column, by its index in the schema, decoded on the first call; `count` rows.
    func vector(column: Int) throws(TableError) -> Vector
    /// The values of a column in some of the rows, which are not empty: for a few rows cheaper than all of them.
    func vector(column: Int, rows: Range<Int>) throws(TableError) -> Vector
    /// What is known of a column's values in exactly these rows without reading them; nil if nothing is.
    func statistics(column: Int) -> ColumnStatistics?
}

extension SeriesSlice {
    /// A part of all values.
    public func vector(column: Int, rows: Range<Int>) throws(TableError) -> Vector {
        try vector(column: column).slice(rows)
    }
}

/// Exact facts about the values of one column in a slice.
public struct ColumnStatistics: Sendable, Hashable {
    /// Rows that hold no value.
    public var nullCount: Int
    /// The smallest value that is not null and not NaN; nil if there is none.
    public var min: Scalar?
    /// The largest value that is not null and not NaN; nil if there is none.
    public var max: Scalar?
    /// The sum of the values that are not null; nil if it is not known, and where one is NaN or infinite.
    public var sum: ColumnSum?
    /// The value of the first row; nil if it is not known.
    public var first: Scalar?
    /// The value of the last row; nil if it is not known.
    public var last: Scalar?

    /// Creates statistics.
    public init(
        nullCount: Int,
        min: Scalar?,
        max: Scalar?,
        sum: ColumnSum? = nil,
        first: Scalar? = nil,
        last: Scalar? = nil
    ) {
        self.nullCount = nullCount
        self.min = min
        self.max = max
        self.sum = sum
        self.first = first
        self.last = last
    }
}
