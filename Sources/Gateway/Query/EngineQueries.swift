internal import Columnar
public import Engine
public import QueryLang
internal import Synchronization

/// Runs statements on an engine, over its tables as they are.
public struct EngineQueries: QueryRunner {
    private let engine: QueryEngine
    private let limits: ExecutionLimits

    /// Creates a runner.
    ///
    /// - Parameters:
    ///   - engine: what runs the statements.
    ///   - limits: bounds of each, aside from those of time and memory, which come with the options of a query.
    public init(engine: QueryEngine, limits: ExecutionLimits = ExecutionLimits()) {
        self.engine = engine
        self.limits = limits
    }

    /// Parses, binds and plans a statement.
    public func prepare(_ text: String, _ options: QueryOptions) throws(QueryError) -> any RunnableQuery {
        var limits = limits
        limits.timeoutNanoseconds = options.timeoutNanoseconds
        limits.memoryBytesMax = options.memoryBytesMax
        var prepared = try engine.prepare(text, parameters: options.parameters, dialect: options.dialect)
        if options.explains { prepared = prepared.explained }
        if options.questDB?.kind == .csv, prepared.statementClass != .read {
            throw QueryError(.semantic, "/exp gives rows, and the statement has none", hint: "send it to /exec")
        }
        return EngineQuery(.statement(prepared), engine, limits, options)
    }

    /// Finds the features of a training set.
    public func prepare(
        _ request: TrainingSetRequest,
        _ options: QueryOptions
    ) throws(QueryError) -> any RunnableQuery {
        var limits = limits
        limits.timeoutNanoseconds = options.timeoutNanoseconds
        limits.memoryBytesMax = options.memoryBytesMax
        return EngineQuery(.trainingSet(try engine.prepare(request)), engine, limits, options)
    }
}

/// One statement on its way through an engine.
private final class EngineQuery: RunnableQuery, @unchecked Sendable {
    // @unchecked: `state`, `writer` and `rowCount` belong to the one who computes; what others look at is in `shared`.

    /// What is to be run.
    enum Prepared {
        case statement(PreparedQuery)
        case trainingSet(PreparedTrainingSet)

        var statementClass: StatementClass {
            switch self {
            case .statement(let prepared): prepared.statementClass
            case .trainingSet: .read
            }
        }
    }

    private enum State {
        case prepared(Prepared)
        case running(ResultStream)
        case ended
    }

    /// What the one who computes shows to the others.
    private struct Shared {
        var stream: ResultStream?
        var isCancelled = false
        /// Rows that were written: a limit of the request may leave some of the stream's out.
        var rowCount = 0
        /// Once nothing more comes.
        var total: QueryStatistics?
    }

    let statementClass: StatementClass
    private let engine: QueryEngine
    private let limits: ExecutionLimits
    private let options: QueryOptions
    private var state: State
    private var writer: ResultWriter?
    private var rowCount = 0
    private let shared = Mutex(Shared())

    init(_ prepared: Prepared, _ engine: QueryEngine, _ limits: ExecutionLimits, _ options: QueryOptions) {
        self.statementClass = prepared.statementClass
        self.engine = engine
        self.options = options
        self.limits = limits
        self.state = .prepared(prepared)
    }

    // MARK: - For the one who computes

    func next(into bytes: inout [UInt8]) throws(QueryError) -> Bool {
        do throws(QueryError) {
            return try advance(into: &bytes)
        } catch {
            state = .ended
            throw error
        }
    }

    private func advance(into bytes: inout [UInt8]) throws(QueryError) -> Bool {
        switch state {
        case .ended: return false
        case .prepared(let prepared):
            let stream = try start(prepared)
            if let form = options.questDB, case .statement(let statement) = prepared,
                let word = form.acknowledgement(of: statement)
            {
                while try stream.next() != nil {}
                form.acknowledge(word, into: &bytes)
                end(stream.statistics)
                return false
            }
            var writer = writer(of: stream, prepared)
            writer.begin(into: &bytes)
            self.writer = writer
            return try write(stream, into: &bytes)
        case .running(let stream): return try write(stream, into: &bytes)
        }
    }

    private func writer(of stream: ResultStream, _ prepared: Prepared) -> ResultWriter {
        guard let form = options.questDB, case .statement(let prepared) = prepared else {
            return ResultWriter(format: options.format, columns: stream.columns)
        }
        return ResultWriter(form, columns: stream.columns, timestampColumn: prepared.timestampColumn)
    }

    private func start(_ prepared: Prepared) throws(QueryError) -> ResultStream {
        let stream: ResultStream
        switch prepared {
        case .statement(let statement): stream = try engine.execute(statement, limits: limits)
        case .trainingSet(let set): stream = engine.execute(set, limits: limits)
        }
        state = .running(stream)
        shared.withLock { shared in
            shared.stream = stream
            if shared.isCancelled { stream.cancel() }
        }
        return stream
    }

    private func write(_ stream: ResultStream, into bytes: inout [UInt8]) throws(QueryError) -> Bool {
        let rowsLeft = (options.rowsMax ?? .max) - rowCount
        if rowsLeft > 0, let batch = try stream.next() {
            let part = Self.first(rowsLeft, of: batch)
            writer?.write(part, into: &bytes)
            rowCount += part.rowCount
            shared.withLock { $0.rowCount = rowCount }
            return true
        }
        var total = stream.statistics
        total.rowsReturned = rowCount
        writer?.end(total, into: &bytes)
        end(total)
        return false
    }

    private func end(_ total: QueryStatistics) {
        writer = nil
        state = .ended
        shared.withLock { shared in
            shared.stream = nil
            shared.total = total
        }
    }

    private static func first(_ rowsMax: Int, of batch: RecordBatch) -> RecordBatch {
        guard batch.rowCount > rowsMax else { return batch }
        return RecordBatch(columns: batch.columns.map { $0.slice(0..<rowsMax) }, rowCount: rowsMax)
    }

    func fail(_ error: QueryError, into bytes: inout [UInt8]) {
        writer?.fail(error, into: &bytes)
        writer = nil
        state = .ended
    }

    // MARK: - For any thread

    var statistics: QueryStatistics {
        shared.withLock { shared in
            if let total = shared.total { return total }
            var statistics = shared.stream?.progress ?? QueryStatistics()
            statistics.rowsReturned = shared.rowCount
            return statistics
        }
    }

    func cancel() {
        shared.withLock { shared in
            shared.isCancelled = true
            shared.stream?.cancel()
        }
    }
}
