public import Engine
public import QueryLang

/// Runs statements: what the gateway needs of the engine.
public protocol QueryRunner: Sendable {
    /// Parses and binds a statement. May block.
    ///
    /// - Parameters:
    ///   - text: the statement.
    ///   - options: form and bounds of the answer.
    func prepare(_ text: String, _ options: QueryOptions) throws(QueryError) -> any RunnableQuery
    /// Finds the features of a training set. May block.
    func prepare(_ request: TrainingSetRequest, _ options: QueryOptions) throws(QueryError) -> any RunnableQuery
}

extension QueryRunner {
    /// There are no feature views.
    public func prepare(
        _ request: TrainingSetRequest,
        _ options: QueryOptions
    ) throws(QueryError) -> any RunnableQuery {
        throw QueryError(.unavailable, "training sets cannot be computed here")
    }
}

/// How an answer should look, and what it may cost.
public struct QueryOptions: Sendable, Hashable {
    /// The form.
    public var format: ResultFormat
    /// By whose rules the statement is bound.
    public var dialect = QueryDialect.tickgate
    /// The form if it is one of QuestDB's; then ``format`` is only a name for it.
    public var questDB: QuestDBForm?
    /// Whether the statement is to be explained instead of run, if it is a SELECT.
    public var explains = false
    /// Values of the `$1` and `:name` in the text.
    public var parameters = QueryParameters()
    /// Rows at most; nil for all.
    public var rowsMax: Int?
    /// Nanoseconds at most.
    public var timeoutNanoseconds: Int64
    /// Bytes that the query may hold at most.
    public var memoryBytesMax: Int

    /// Creates options.
    public init(
        format: ResultFormat,
        rowsMax: Int? = nil,
        timeoutNanoseconds: Int64,
        memoryBytesMax: Int = ExecutionLimits.memoryBytesDefault
    ) {
        self.format = format
        self.rowsMax = rowsMax
        self.timeoutNanoseconds = timeoutNanoseconds
        self.memoryBytesMax = memoryBytesMax
    }
}

/// A statement that is ready to run.
///
/// One thread at a time computes it: ``next(into:)`` and ``fail(_:into:)``. Any other may look and stop it meanwhile:
/// ``statistics`` and ``cancel()``.
public protocol RunnableQuery: AnyObject, Sendable {
    /// What the statement may change.
    var statementClass: StatementClass { get }
    /// Appends the next piece of the answer's text, starting to run on the first call; false when that was the last.
    func next(into bytes: inout [UInt8]) throws(QueryError) -> Bool
    /// Appends what the form of the answer can say about an error after the first piece; the answer ends with it.
    func fail(_ error: QueryError, into bytes: inout [UInt8])
    /// What was done so far; exact once the last piece was computed.
    var statistics: QueryStatistics { get }
    /// Makes the piece that is being computed, or else the next one, fail soon with code `cancelled`. Does not wait.
    func cancel()
}
