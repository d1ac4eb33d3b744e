import Columnar
import QueryLang
import Synchronization

/// One query that is answered continuously, for all who subscribe to it.
final class LivePlan: @unchecked Sendable {
    // Sendable: `subscribers`, `counters` and `cancellation` are guarded by themselves; all else belongs to the live thread.

    /// What others may look at.
    struct Counters: Sendable {
        var rows: Int64 = 0
        var batches: Int64 = 0
        var nanoseconds: Int64 = 0
        var restarts: Int64 = 0
        var late: Int64 = 0
        var groups = 0
        var bytes = 0
    }

    let query: LiveQuery
    let select: BoundSelect
    let text: String
    let shape: LiveShape
    let subscribers = Mutex(LiveSubscribers())
    let counters = Mutex(Counters())
    let cancellation = CancellationFlag()

    /// What it has to hear of.
    let routes: [LiveRoute]
    /// Names of the tables that it reads.
    let tables: Set<String>
    /// Where it stands among the plans that a batch concerns, while they are looked for; see ``LiveRoutes``.
    var deliveryPlace = 0

    private let environment: LiveEnvironment
    private var feed: LiveFeed
    private var sink: any LiveSink
    private var context: ExecutionContext
    /// Bytes of its state that ``LiveEnvironment/heldBytes`` has.
    private var accounted = 0
    private var lastChange: Int64 = 0
    private var epochNumber = 0
    /// When the plan was restarted within the last minute.
    private var restarts: [Int64] = []
    /// Everything up to it is in the state.
    private(set) var applied: LSN = 0
    private(set) var hasStarted = false

    init(
        _ query: LiveQuery,
        _ select: BoundSelect,
        text: String,
        _ shape: LiveShape,
        _ routes: [LiveRoute],
        _ environment: LiveEnvironment
    ) {
        self.query = query
        self.select = select
        self.text = text
        self.shape = shape
        self.environment = environment
        self.routes = routes
        self.tables = Set(shape.rows.scans.map(\.table.name))
        let context = environment.stateContext(cancellation)
        self.context = context
        self.feed = LiveFeed(shape.rows, context)
        self.sink = shape.makeSink(environment.limits, context)
    }

    deinit { _ = environment.heldBytes.add(-accounted) }

    // MARK: On the live thread

    /// Reads history as of a snapshot, and tells all subscribers.
    func start(_ snapshot: any TableSnapshot) throws(QueryError) {
        let context = environment.stateContext(cancellation)
        let feed = LiveFeed(shape.rows, context)
        let sink = shape.makeSink(environment.limits, context)
        try check(snapshot.catalog)
        try sink.load(history(snapshot), feed)
        self.context = context
        self.feed = feed
        self.sink = sink
        applied = snapshot.committed
        lastChange = Int64(clamping: applied)
        hasStarted = true
        epochNumber += 1
        query.begin(epoch: environment.epoch(query.id, epochNumber))
        try tellSnapshot(subscribers.withLock { $0.ids })
        count()
        try account()
    }

    /// Gives subscribers the answer as it is.
    private func tellSnapshot(_ ids: [ObjectIdentifier]) throws(QueryError) {
        let answer = try sink.answer()
        let snapshot = LiveSnapshot(
            epoch: query.epoch,
            seq: lastChange,
            rows: answer.rows,
            isWhole: answer.isWhole
        )
        for id in ids {
            let subscriber = subscribers.withLock { $0.activate(id) }
            subscriber?.receive(.snapshot(snapshot), of: query)
        }
    }

    /// Gives a subscriber that joined the answer as it is, unless it has it already.
    func join(_ id: ObjectIdentifier) throws(QueryError) {
        guard hasStarted, subscribers.withLock({ $0.isWaiting(id) }) else { return }
        try tellSnapshot([id])
    }

    /// Takes a batch that was committed after what is applied.
    ///
    /// - Parameters:
    ///   - groups: places of those that may be for it, nil for all.
    ///   - snapshot: the state right after the batch.
    func apply(_ commit: LiveCommit, _ groups: [Int]?, _ snapshot: any TableSnapshot) throws(QueryError) {
        let batch = commit.batch
        guard hasStarted, batch.lsn > applied else { return }
        let start = environment.now()
        let input = try feed.apply(commit, groups, clockTables: environment.clockTables)
        applied = batch.lsn
        if input.needsRestart { return try restart(snapshot) }
        if input.series.isEmpty, input.clocks.isEmpty { return }
        let rows = try sink.apply(input, history(snapshot))
        if !rows.isEmpty { tell(rows, batch.lsn, input) }
        let elapsed = environment.now() &- start
        count { counters in
            counters.batches &+= 1
            counters.nanoseconds &+= elapsed
            counters.rows &+= Int64(rows.count)
        }
        try account()
    }

    /// Begins again from a snapshot, with a new epoch.
    func restart(_ snapshot: any TableSnapshot) throws(QueryError) {
        let now = environment.now()
        restarts.removeAll { now &- $0 > CivilTime.minute }
        guard restarts.count < environment.limits.restartsMax else {
            throw QueryError(
                .limit,
                "the live query began again more than \(environment.limits.restartsMax) times within a minute",
                hint: "rows that come late, or replace others, change all windows after them: select without windows"
            )
        }
        restarts.append(now)
        counters.withLock { $0.restarts &+= 1 }
        try start(snapshot)
    }

    private func tell(_ rows: [LiveRow], _ lsn: LSN, _ input: LiveInput) {
        let change = LiveChange(
            prev: lastChange,
            seq: Int64(clamping: lsn),
            exchangeTime: input.exchangeTime == .min ? input.clocks.map(\.time).max() ?? 0 : input.exchangeTime,
            receiveTime: input.receiveTime,
            computeTime: environment.wallClock(),
            rows: rows
        )
        lastChange = change.seq
        let active = subscribers.withLock { $0.active }
        for subscriber in active { subscriber.receive(.change(change), of: query) }
    }

    /// Tells all subscribers why nothing follows, and forgets them.
    func end(_ error: QueryError) {
        cancellation.set()
        let all = subscribers.withLock { $0.removeAll() }
        for subscriber in all { subscriber.receive(.ended(error), of: query) }
    }

    private func history(_ snapshot: any TableSnapshot) -> LiveHistory {
        LiveHistory(snapshot: snapshot, worker: Worker(environment.historyContext(cancellation)))
    }

    /// The tables are those that the plan was made for, or grew out of them.
    private func check(_ catalog: any CatalogReader) throws(QueryError) {
        for table in shape.rows.scans.map(\.storedTable) {
            guard let current = catalog.schema(named: table.name) else {
                throw QueryError(.unknownTable, "the table '\(table.name)' does not exist any more")
            }
            guard current.isGrown(from: table) else {
                throw QueryError(
                    .semantic,
                    "the table '\(table.name)' was made anew",
                    hint: "subscribe again"
                )
            }
        }
    }

    private func count(_ body: (inout Counters) -> Void = { _ in }) {
        let (groups, late, bytes) = (sink.heldCount, sink.lateCount, context.held)
        counters.withLock { counters in
            body(&counters)
            counters.groups = groups
            counters.late = Int64(late)
            counters.bytes = bytes
        }
    }

    /// Tells what it holds to all plans' account.
    private func account() throws(QueryError) {
        let more = context.held - accounted
        if more == 0 { return }
        accounted += more
        let total = environment.heldBytes.add(more)
        guard more < 0 || total <= environment.limits.totalBytesMax else {
            throw QueryError(
                .limit,
                "all live queries together need more than \(environment.limits.totalBytesMax >> 20) MiB of memory",
                hint: "narrow the time range or the list of symbols, take larger buckets, or end others"
            )
        }
    }
}

extension ScanPlan {
    /// The table as it is stored: without the functions of its book.
    fileprivate var storedTable: TableSchema {
        if book.isEmpty { return table }
        let columns = Array(table.columns.dropLast(book.count))
        return TableSchema(
            name: table.name,
            kind: table.kind,
            columns: columns,
            time: table.columns[table.timeColumn].name,
            series: table.seriesColumn.map { table.columns[$0].name },
            partition: table.partition
        ) ?? table
    }
}
