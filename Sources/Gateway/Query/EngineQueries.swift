internal import Columnar
public import Engine
public import QueryLang

/// Runs statements on an engine, over its tables as they are.
public struct EngineQueries: QueryRunner {
    private let engine: QueryEngine
    private let limits: ExecutionLimits

    /// Creates a runner.
    ///
    /// - Parameters:
    ///   - engine: what runs the statements.
    ///   - limits: bounds of each; a request may lower the time.
    public init(engine: QueryEngine, limits: ExecutionLimits = ExecutionLimits()) {
        self.engine = engine
        self.limits = limits
    }

    /// Parses, binds and plans a statement.
    public func prepare(_ text: String, _ options: QueryOptions) throws(QueryError) -> any RunnableQuery {
        EngineQuery(try engine.prepare(text), engine, limits, options)
    }
}

/// One statement on its way through an engine.
private final class EngineQuery: RunnableQuery {
    private enum State {
        case prepared(PreparedQuery)
        case running(ResultStream, ResultWriter)
        case ended
    }

    let statementClass: StatementClass
    private let engine: QueryEngine
    private let limits: ExecutionLimits
    private let options: QueryOptions
    private var state: State
    private var rowCount = 0

    init(_ prepared: PreparedQuery, _ engine: QueryEngine, _ limits: ExecutionLimits, _ options: QueryOptions) {
        self.statementClass = prepared.statementClass
        self.engine = engine
        self.options = options
        var limits = limits
        limits.timeoutNanoseconds = min(limits.timeoutNanoseconds ?? .max, options.timeoutNanoseconds)
        self.limits = limits
        self.state = .prepared(prepared)
    }

    func next(into bytes: inout [UInt8]) throws(QueryError) -> Bool {
        switch state {
        case .ended: return false
        case .prepared(let prepared):
            let stream = try engine.execute(prepared, limits: limits)
            var writer = ResultWriter(format: options.format, columns: stream.columns)
            writer.begin(into: &bytes)
            return try write(stream, writer, into: &bytes)
        case .running(let stream, let writer): return try write(stream, writer, into: &bytes)
        }
    }

    private func write(
        _ stream: ResultStream,
        _ writer: ResultWriter,
        into bytes: inout [UInt8]
    ) throws(QueryError) -> Bool {
        var writer = writer
        let rowsLeft = (options.rowsMax ?? .max) - rowCount
        if rowsLeft > 0, let batch = try stream.next() {
            let part = Self.first(rowsLeft, of: batch)
            rowCount += part.rowCount
            writer.write(part, into: &bytes)
            state = .running(stream, writer)
            return true
        }
        var statistics = stream.statistics
        statistics.rowsReturned = rowCount
        writer.end(statistics, into: &bytes)
        state = .ended
        return false
    }

    private static func first(_ rowsMax: Int, of batch: RecordBatch) -> RecordBatch {
        guard batch.rowCount > rowsMax else { return batch }
        return RecordBatch(columns: batch.columns.map { $0.slice(0..<rowsMax) }, rowCount: rowsMax)
    }

    func cancel() {
        if case .running(let stream, _) = state { stream.cancel() }
        state = .ended
    }
}
