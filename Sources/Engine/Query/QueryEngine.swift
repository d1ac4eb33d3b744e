public import Columnar
public import QueryLang

/// A statement that was understood: its class, for authorisation, and the columns of its answer.
public struct PreparedQuery: Sendable {
    /// The bound statement.
    public let statement: BoundStatement
    /// The answer's columns.
    public let columns: [ResultColumn]
    /// The text that it was made of; empty if it was made of none.
    public let text: String

    /// What a caller must be allowed to do.
    public var statementClass: StatementClass { statement.statementClass }

    /// The answer's column that is its designated timestamp; nil if none is.
    public var timestampColumn: Int? {
        if case .select(let select) = statement { select.timeOutput } else { nil }
    }

    /// Wraps a statement that is already bound.
    public init(_ statement: BoundStatement, text: String = "") {
        self.statement = statement
        self.text = text
        columns =
            switch statement {
            case .select(let select): select.columns
            case .explain: Show.planColumns
            case .showTables: Show.tablesColumns
            case .showColumns: Show.columnsColumns
            case .show(let show): Show.columns(of: show)
            case .command(let command): command.columns
            }
    }

    /// The statement that tells how this one would run; itself if it is no SELECT.
    public var explained: PreparedQuery {
        if case .select(let select) = statement { PreparedQuery(.explain(select, isAnalyze: false)) } else { self }
    }

    /// The steps of the execution, one a line.
    public func planDescription(_ options: ExecutionOptions = ExecutionOptions()) -> String {
        PlanDescription.text(plan(options))
    }

    func plan(_ options: ExecutionOptions) -> PhysicalPlan {
        switch statement {
        case .select(let select), .explain(let select, _):
            PhysicalPlanner.plan(select, options)
        case .showTables: .tables
        case .showColumns(let table): .columns(table)
        case .show, .command: .empty
        }
    }
}

/// Answers queries over the tables of a source. Any thread may use it; each execution belongs to the thread that pulls it.
public struct QueryEngine: Sendable {
    /// The tables of the store, with views and virtual tables.
    private let source: SystemSource
    /// What statements that change something write to; nil if they are refused.
    private let writer: (any TableWriter)?
    private let catalogLock = CatalogLock()
    private let limits: ExecutionLimits
    private var options: ExecutionOptions
    private var workers: WorkerPool?
    private let now: @Sendable () -> Int64
    private let wallClock: @Sendable () -> Int64

    /// Creates an engine.
    ///
    /// - Parameters:
    ///   - source: where the tables are.
    ///   - limits: bounds of each execution.
    ///   - options: how to go about it.
    ///   - workers: threads that help; with none, an execution runs on the thread that pulls it.
    ///   - writer: what statements that change something write to; with none they are refused.
    ///   - system: virtual tables besides those of the catalog, which are added to it.
    ///   - now: a clock that never goes back, in nanoseconds; decides deadlines and elapsed times, never a value.
    ///   - wallClock: nanoseconds since the epoch: what `now()` is in a statement that is prepared.
    public init(
        source: any TableSource,
        limits: ExecutionLimits = ExecutionLimits(),
        options: ExecutionOptions = ExecutionOptions(),
        workers: WorkerPool? = nil,
        writer: (any TableWriter)? = nil,
        system: VirtualTables = VirtualTables(),
        now: @escaping @Sendable () -> Int64 = MonotonicClock.now,
        wallClock: @escaping @Sendable () -> Int64 = WallClock.now
    ) {
        for table in CatalogTables.all { system.add(table) }
        self.source = SystemSource(stored: source, tables: system)
        self.writer = writer
        self.limits = limits
        self.options = options
        self.workers = workers
        self.now = now
        self.wallClock = wallClock
    }

    /// Creates an engine whose executions may use so many threads: helpers for all of them together, and the one that pulls.
    public init(
        source: any TableSource,
        limits: ExecutionLimits = ExecutionLimits(),
        threads: Int,
        writer: (any TableWriter)? = nil,
        system: VirtualTables = VirtualTables()
    ) {
        self.init(
            source: source,
            limits: limits,
            options: ExecutionOptions(threads: threads),
            workers: threads > 1 ? WorkerPool(helperCount: threads - 1) : nil,
            writer: writer,
            system: system
        )
    }

    /// Parses, binds and plans a statement against the tables as they are now, by the rules of a dialect. `parameters` are the
    /// values of its `$1` and `:name`; each must stand in it. `now()` is the instant of this call.
    public func prepare(
        _ text: String,
        parameters: QueryParameters = QueryParameters(),
        dialect: QueryDialect = .tickgate
    ) throws(QueryError) -> PreparedQuery {
        let catalog = source.snapshot().catalog
        return PreparedQuery(
            try QueryCompiler.compile(
                text,
                catalog: catalog,
                parameters: parameters,
                dialect: dialect,
                now: wallClock()
            ),
            text: text
        )
    }

    /// Binds and plans a statement that was parsed or built, as ``prepare(_:parameters:dialect:)`` does with a text.
    public func prepare(
        _ statement: Statement,
        dialect: QueryDialect = .tickgate
    ) throws(QueryError) -> PreparedQuery {
        let catalog = source.snapshot().catalog
        return PreparedQuery(
            try QueryCompiler.compile(statement, catalog: catalog, dialect: dialect, now: wallClock())
        )
    }

    /// The same engine with executions on the thread alone that pulls them: what one series gives is then handed on while it
    /// is read, and costs about half of what joining the parts of several threads does.
    public var serial: QueryEngine {
        var engine = self
        engine.options.threads = 1
        engine.workers = nil
        return engine
    }

    /// The same engine for one who sorts by series: rows that no ORDER BY or LIMIT puts in order may come series by series,
    /// those of each by time, which saves the merge of the series.
    public var seriesBySeries: QueryEngine {
        var engine = self
        engine.options.isSeriesBySeries = true
        return engine
    }

    /// The tables and views as they are now.
    var catalog: any CatalogReader { source.snapshot().catalog }

    /// Starts to compute a training set over a snapshot taken now.
    public func execute(_ prepared: PreparedTrainingSet, limits: ExecutionLimits) -> ResultStream {
        let snapshot = source.snapshot()
        let cancellation = CancellationFlag()
        let context = ExecutionContext(
            limits: limits,
            options: options,
            cancellation: cancellation,
            workers: workers,
            now: now
        )
        return ResultStream(columns: prepared.columns, context, cancellation) { () throws(QueryError) in
            TrainingSet(prepared, snapshot, context)
        }
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
            if case .command(let command) = prepared.statement {
                return try self.command(command, snapshot, worker)
            }
            if case .show(let show) = prepared.statement {
                return Values(try Show.batch(show, snapshot), rowsMax: context.batchRows)
            }
            if case .explain(let select, let isAnalyze) = prepared.statement {
                return Explain(select, isAnalyze: isAnalyze, snapshot: snapshot, worker: worker)
            }
            guard case .select(let select) = prepared.statement, select.hasSubquery else {
                return try OperatorBuilder(snapshot: snapshot, worker: worker).stream(prepared.plan(options))
            }
            let answered = try SubqueryAnswers(snapshot: snapshot, worker: worker).answered(select)
            let plan = PhysicalPlanner.plan(answered, options)
            return try OperatorBuilder(snapshot: snapshot, worker: worker).stream(plan)
        }
    }

    private func command(
        _ command: BoundCommand,
        _ snapshot: any TableSnapshot,
        _ worker: Worker
    ) throws(QueryError) -> any PhysicalOperator {
        guard let writer else {
            throw QueryError(.unavailable, "these tables can only be read")
        }
        let options = options
        let executor = CommandExecutor(
            writer: writer,
            source: source,
            lock: catalogLock,
            context: worker.context
        ) { select throws(QueryError) in
            let plan = PhysicalPlanner.plan(select, options)
            return try OperatorBuilder(snapshot: snapshot, worker: worker).stream(plan)
        }
        return CommandOperator { () throws(QueryError) in try executor.run(command) }
    }

    /// A table may have been dropped or made anew since the statement was prepared.
    private static func check(_ prepared: PreparedQuery, _ catalog: any CatalogReader) throws(QueryError) {
        let tables: [TableSchema]
        switch prepared.statement {
        case .select(let select), .explain(let select, _): tables = select.tables
        case .showColumns(let schema): tables = [schema]
        case .showTables, .show: return
        case .command(.insert(let insert)):
            if case .query(let query) = insert.content {
                tables = [insert.table] + query.tables
            } else {
                tables = [insert.table]
            }
        case .command(.createTable(let create)): tables = create.query?.tables ?? []
        case .command: return
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
