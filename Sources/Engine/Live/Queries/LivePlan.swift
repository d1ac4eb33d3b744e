import Columnar
import QueryLang
import Synchronization

/// One query that is answered continuously, for all who subscribe to it.
final class LivePlan: @unchecked Sendable {
    // Sendable: `subscribers`, `counters` and `cancellation` are guarded by themselves; all else belongs to the live thread.

    /// A subscriber, and whether it was given a snapshot.
    struct Subscription {
        let subscriber: any LiveQuerySubscriber
        var isActive = false
    }

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
    let subscribers = Mutex<[ObjectIdentifier: Subscription]>([:])
    let counters = Mutex(Counters())
    let cancellation = CancellationFlag()

    private let environment: LiveEnvironment
    private var feed: LiveFeed
    private var sink: any LiveSink
    private var context: ExecutionContext
    private var lastChange: Int64 = 0
    private var epochNumber = 0
    /// When the plan was restarted within the last minute.
    private var restarts: [Int64] = []
    /// Everything up to it is in the state.
    private(set) var applied: LSN = 0
    private(set) var hasStarted = false

    init(_ query: LiveQuery, _ select: BoundSelect, text: String, _ shape: LiveShape, _ environment: LiveEnvironment) {
        self.query = query
        self.select = select
        self.text = text
        self.shape = shape
        self.environment = environment
        let context = environment.stateContext(cancellation)
        self.context = context
        self.feed = LiveFeed(shape.rows, context)
        self.sink = shape.makeSink(environment.limits, context)
    }

    /// Names of the tables that it reads.
    var tables: Set<String> { Set(shape.rows.scans.map(\.table.name)) }

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
        try tellSnapshot(subscribers.withLock { Array($0.keys) })
        count()
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
            let subscriber = subscribers.withLock { subscribers -> (any LiveQuerySubscriber)? in
                subscribers[id]?.isActive = true
                return subscribers[id]?.subscriber
            }
            subscriber?.receive(.snapshot(snapshot), of: query)
        }
    }

    /// Gives a subscriber that joined the answer as it is, unless it has it already.
    func join(_ id: ObjectIdentifier) throws(QueryError) {
        guard hasStarted, subscribers.withLock({ $0[id].map { !$0.isActive } ?? false }) else { return }
        try tellSnapshot([id])
    }

    /// Takes a batch that was committed after what is applied; `snapshot` is the state right after it.
    func apply(_ commit: LiveCommit, _ snapshot: any TableSnapshot) throws(QueryError) {
        let batch = commit.batch
        guard hasStarted, batch.lsn > applied else { return }
        let start = environment.now()
        let input = try feed.apply(commit, clockTables: environment.clockTables)
        applied = batch.lsn
        if input.needsRestart { return try restart(snapshot) }
        if input.series.isEmpty, input.clocks.isEmpty { return }
        let rows = try sink.apply(input, history(snapshot))
        if !rows.isEmpty { tell(rows, batch.lsn, input) }
        let elapsed = environment.now() &- start
        counters.withLock { counters in
            counters.batches &+= 1
            counters.nanoseconds &+= elapsed
            counters.rows &+= Int64(rows.count)
        }
        count()
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
        let active = subscribers.withLock { $0.values.filter(\.isActive).map(\.subscriber) }
        for subscriber in active { subscriber.receive(.change(change), of: query) }
    }

    /// Tells all subscribers why nothing follows, and forgets them.
    func end(_ error: QueryError) {
        cancellation.set()
        let all = subscribers.withLock { subscribers in
            defer { subscribers = [:] }
            return subscribers.values.map(\.subscriber)
        }
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

    private func count() {
        let (groups, late, bytes) = (sink.heldCount, sink.lateCount, context.held)
        counters.withLock { counters in
            counters.groups = groups
            counters.late = Int64(late)
            counters.bytes = bytes
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

/// What all live plans of a process share.
struct LiveEnvironment: Sendable {
    let limits: LiveQueryLimits
    let now: @Sendable () -> Int64
    let wallClock: @Sendable () -> Int64
    /// Tells epochs of this process from those of another.
    let startTime: Int64
    /// Tables whose rows tell how far the time of an instrument has come.
    let clockTables: Set<String> = [MarketTables.trades, MarketTables.quotes, MarketTables.book]

    func epoch(_ query: Int64, _ number: Int) -> String {
        "\(String(startTime, radix: 36))-\(query)-\(number)"
    }

    /// A context of a plan's state.
    func stateContext(_ cancellation: CancellationFlag) -> ExecutionContext {
        context(
            cancellation,
            ExecutionLimits(memoryBytesMax: limits.stateBytesMax, timeoutNanoseconds: nil)
        )
    }

    /// A context of reading history, which has a deadline.
    func historyContext(_ cancellation: CancellationFlag) -> ExecutionContext {
        context(cancellation, ExecutionLimits(timeoutNanoseconds: limits.historyNanosecondsMax))
    }

    private func context(_ cancellation: CancellationFlag, _ limits: ExecutionLimits) -> ExecutionContext {
        ExecutionContext(
            limits: limits,
            options: ExecutionOptions(isOrdered: true),
            cancellation: cancellation,
            workers: nil,
            now: now
        )
    }
}
