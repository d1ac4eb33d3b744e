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
}

/// How an answer should look.
public struct QueryOptions: Sendable, Hashable {
    /// The form.
    public var format: ResultFormat
    /// Rows at most; nil for all.
    public var rowsMax: Int?
    /// Nanoseconds at most.
    public var timeoutNanoseconds: Int64

    /// Creates options.
    public init(format: ResultFormat, rowsMax: Int? = nil, timeoutNanoseconds: Int64) {
        self.format = format
        self.rowsMax = rowsMax
        self.timeoutNanoseconds = timeoutNanoseconds
    }
}

/// A statement that is ready to run. One thread at a time uses it.
public protocol RunnableQuery: AnyObject {
    /// What the statement may change.
    var statementClass: StatementClass { get }
    /// Appends the next piece of the answer's text, starting to run on the first call; false when that was the last.
    func next(into bytes: inout [UInt8]) throws(QueryError) -> Bool
    /// Stops early and frees what the query holds.
    func cancel()
}
