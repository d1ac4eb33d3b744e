public import Columnar
public import QueryLang

/// A statement that was understood: its class, for authorisation, and the columns of its answer.
public struct PreparedQuery: Sendable {
    /// The bound statement.
    public let statement: BoundStatement
    /// The answer's columns.
    public let columns: [ResultColumn]

    /// What a caller must be allowed to do.
    public var statementClass: StatementClass { statement.statementClass }

    /// Wraps a statement that is already bound.
    public init(_ statement: BoundStatement) {
        self.statement = statement
        columns =
            switch statement {
            case .select(let select): select.columns
            case .explain: Show.planColumns
            case .showTables: Show.tablesColumns
            case .showColumns: Show.columnsColumns
            }
    }

    /// The steps of the execution, one a line.
    public func planDescription(_ options: ExecutionOptions = ExecutionOptions()) -> String {
        PlanDescription.text(plan(options))
    }

    func plan(_ options: ExecutionOptions) -> PhysicalPlan {
        switch statement {
        case .select(let select), .explain(let select, _):
            PhysicalPlanner.plan(select, usesOptimizer: options.usesOptimizer)
        case .showTables: .tables
        case .showColumns(let table): .columns(table)
        }
    }
}

/// Answers queries over the tables of a source. Any thread may use it; each execution belongs to the thread that pulls it.
public struct QueryEngine: Sendable {
    private let source: any TableSource
    private let limits: ExecutionLimits
    private let options: ExecutionOptions
    private let workers: WorkerPool?
    private let now: @Sendable () -> Int64

    /// Creates an engine.
    ///
    /// - Parameters:
    ///   - source: where the tables are.
    ///   - limits: bounds of each execution.
    ///   - options: how to go about it.
    ///   - workers: threads that help; with none, an execution runs on the thread that pulls it.
    ///   - now: a clock that never goes back, in nanoseconds; decides deadlines and elapsed times, never a value.
    public init(
        source: any TableSource,
        limits: ExecutionLimits = ExecutionLimits(),
        options: ExecutionOptions = ExecutionOptions(),
        workers: WorkerPool? = nil,
        now: @escaping @Sendable () -> Int64 = MonotonicClock.now
    ) {
        self.source = source
        self.limits = limits
        self.options = options
        self.workers = workers
        self.now = now
    }

    /// Creates an engine whose executions may use so many threads: helpers for all of them together, and the one that pulls.
    public init(source: any TableSource, limits: ExecutionLimits = ExecutionLimits(), threads: Int) {
        self.init(
            source: source,
            limits: limits,
            options: ExecutionOptions(threads: threads),
            workers: threads > 1 ? WorkerPool(helperCount: threads - 1) : nil
        )
    }

    /// Parses, binds and plans a statement against the tables as they are now.
    public func prepare(_ text: String) throws(QueryError) -> PreparedQuery {
        PreparedQuery(try QueryCompiler.compile(text, catalog: source.snapshot().catalog))
    }

    /// Starts an execution over a snapshot taken now. Reads little yet; ``ResultStream/next()`` does the work.
    public func execute(_ prepared: PreparedQuery) throws(QueryError) -> ResultStream {
        try execute(prepared, limits: limits)
    }

    /// Starts an execution with limits of its own.
    public func execute(_ prepared: PreparedQuery, limits: ExecutionLimits) throws(QueryError) -> ResultStream {
        let snapshot = source.snapshot()
        try Self.check(prepared, snapshot.catalog)
        let cancellation = CancellationFlag()
        let context = ExecutionContext(
            limits: limits,
            options: options,
            cancellation: cancellation,
            workers: workers,
            now: now
        )
        let options = options
        return ResultStream(columns: prepared.columns, context, cancellation) { () throws(QueryError) in
            let worker = Worker(context)
            if case .explain(let select, let isAnalyze) = prepared.statement {
                return Explain(select, isAnalyze: isAnalyze, snapshot: snapshot, worker: worker)
            }
            return try OperatorBuilder(snapshot: snapshot, worker: worker).stream(prepared.plan(options))
        }
    }

    /// A table may have been dropped or made anew since the statement was prepared.
    private static func check(_ prepared: PreparedQuery, _ catalog: any CatalogReader) throws(QueryError) {
        let tables: [TableSchema]
        switch prepared.statement {
        case .select(let select), .explain(let select, _): tables = select.source.tables
        case .showColumns(let schema): tables = [schema]
        case .showTables: return
        }
        for table in tables {
            guard let current = catalog.schema(named: table.name) else {
                throw QueryError(.unknownTable, "the table '\(table.name)' does not exist any more")
            }
            guard current == table else {
                throw QueryError(
                    .semantic,
                    "the table '\(table.name)' was changed after the query was prepared",
                    hint: "prepare the query again"
                )
            }
        }
    }
}

/// The clock of the operating system that counts from start and never goes back.
public enum MonotonicClock {
    private static let start = ContinuousClock.now

    /// Nanoseconds since an arbitrary moment.
    public static let now: @Sendable () -> Int64 = {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
