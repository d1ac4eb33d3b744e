import QueryLang

/// A step of an execution that gives rows, a batch at a time, to whoever pulls it. Belongs to one thread.
protocol PhysicalOperator: AnyObject {
    /// The next rows, never none; nil after the last.
    func next() throws(QueryError) -> RecordBatch?
}

/// Gives rows that still lie in their source. Belongs to one thread at a time.
protocol RowSource: AnyObject {
    /// The next rows, never none; nil after the last.
    func next() throws(QueryError) -> RowBatch?
    /// A time that no row still to come is before, found without reading a column where that can be; nil after the last row.
    func peekTime() throws(QueryError) -> Int64?
    /// The next rows, many at once, of which statistics are known; nil if they are not. Does not move on: either
    /// ``skipSummary()`` or ``next()`` follows.
    func peekSummary() throws(QueryError) -> RowBatch?
    /// Moves past the rows of the summary that was looked at.
    func skipSummary()
}

extension RowSource {
    func peekSummary() throws(QueryError) -> RowBatch? { nil }
    func skipSummary() {}
}

/// Rows in series: those of one series by time and arrival, one after the other.
///
/// Any thread may open any series, each at most once for relations that come from a stream.
protocol Relation: AnyObject, Sendable {
    /// Names of the series, in the order of their bytes; `[""]` if the rows are in one.
    var series: [String] { get }
    /// Opens a series by its index, for batches of at most `rowsMax` rows; nil hands on rows as they lie.
    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource
    /// A series in parts that can be read at once, the first rows first: at most `count`, and one if it cannot be cut.
    func parts(of index: Int, count: Int) throws(QueryError) -> [RelationPart]
}

/// A part of a series.
struct RelationPart: Sendable {
    /// Opens it for the thread of a worker.
    let open: @Sendable (Worker, _ rowsMax: Int?) throws(QueryError) -> any RowSource
}

extension Relation {
    func parts(of index: Int, count: Int) throws(QueryError) -> [RelationPart] {
        [RelationPart { [self] worker, rowsMax throws(QueryError) in try open(index, worker, rowsMax: rowsMax) }]
    }
}
