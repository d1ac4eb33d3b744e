public import Columnar
public import QueryLang
import Synchronization

/// Live queries over the tables of a store.
///
/// The store's writer tells of each batch, which goes into a bounded queue with a snapshot of the state right after it. One
/// thread takes the batches in their order through every plan that reads their tables. A plan begins with a snapshot, and
/// passes over batches that are in it: nothing is missed, and nothing is told twice.
public final class LiveQueries: LiveQuerying, CommitListener {
    private struct Registry {
        var plans: [BoundSelect: LivePlan] = [:]
        /// The same by ``LiveQuery/id``.
        var ids: [Int64: LivePlan] = [:]
        /// Which rows they have to hear of; those that only look at a table's clock are among them.
        var routes = LiveRoutes()
        /// Plans that hear of every row of a table.
        var wholeCount = 0
        var queue: LiveQueue
        var isScheduled = false
        var isClosed = false
        var nextID: Int64 = 1
    }

    private let source: any CommitFeed
    private let environment: LiveEnvironment
    private let executor: any LiveExecutor
    private let registry: Mutex<Registry>

    /// Creates the live queries of a store.
    ///
    /// - Parameters:
    ///   - source: where the tables are, and who tells of writes.
    ///   - limits: bounds.
    ///   - now: a clock that never goes back, in nanoseconds: for deadlines and counters, never for a value.
    ///   - wallClock: nanoseconds since the epoch: the time of computation that changes tell.
    ///   - executor: where the work is done; a thread of its own if nil.
    public init(
        source: any CommitFeed,
        limits: LiveQueryLimits = LiveQueryLimits(),
        now: @escaping @Sendable () -> Int64 = MonotonicClock.now,
        wallClock: @escaping @Sendable () -> Int64 = WallClock.now,
        executor: (any LiveExecutor)? = nil
    ) {
        self.source = source
        self.environment = LiveEnvironment(limits: limits, now: now, wallClock: wallClock, startTime: wallClock())
        self.executor = executor ?? LiveThread()
        self.registry = Mutex(Registry(queue: LiveQueue(bytesMax: limits.queueBytesMax)))
    }

    // MARK: Subscribing

    /// See ``LiveQuerying/plan(_:)``.
    public func plan(_ prepared: PreparedQuery) throws(QueryError) -> PreparedLiveQuery {
        guard case .select(let select) = prepared.statement else {
            throw QueryError(.semantic, "only a SELECT can be live", hint: "ask for it by /v1/query")
        }
        if let shape = registry.withLock({ $0.plans[select]?.shape }) {
            return PreparedLiveQuery(select: select, shape: shape, text: prepared.text)
        }
        let shape = try LiveCompiler.compile(select, text: prepared.text)
        return PreparedLiveQuery(select: select, shape: shape, text: prepared.text)
    }

    /// See ``LiveQuerying/subscribe(_:_:)``.
    public func subscribe(
        _ planned: PreparedLiveQuery,
        _ subscriber: any LiveQuerySubscriber
    ) throws(QueryError) -> LiveQuery {
        if let query = join(planned.select, subscriber) { return query }
        return try begin(planned.select, planned.shape, text: planned.text, subscriber)
    }

    private func join(_ select: BoundSelect, _ subscriber: any LiveQuerySubscriber) -> LiveQuery? {
        let plan = registry.withLock { registry -> LivePlan? in
            guard let plan = registry.plans[select] else { return nil }
            Self.join(plan, subscriber, &registry)
            return plan
        }
        if plan != nil { schedule() }
        return plan?.query
    }

    private static func join(_ plan: LivePlan, _ subscriber: any LiveQuerySubscriber, _ registry: inout Registry) {
        let id = ObjectIdentifier(subscriber)
        plan.subscribers.withLock { $0.add(subscriber) }
        registry.queue.add(.join(plan, id))
    }

    private func begin(
        _ select: BoundSelect,
        _ shape: LiveShape,
        text: String,
        _ subscriber: any LiveQuerySubscriber
    ) throws(QueryError) -> LiveQuery {
        let result = registry.withLock { registry -> Result<LiveQuery, QueryError> in
            if registry.isClosed { return .failure(QueryError(.unavailable, "the server is stopping")) }
            // Another caller may have begun it meanwhile.
            if let plan = registry.plans[select] {
                Self.join(plan, subscriber, &registry)
                return .success(plan.query)
            }
            guard registry.plans.count < environment.limits.plansMax else {
                return .failure(
                    QueryError(
                        .limit,
                        "\(environment.limits.plansMax) live queries run already",
                        hint: "end one, or ask for one that runs: the same query is computed once"
                    )
                )
            }
            let routes = LivePlan.routes(shape, clockTables: environment.clockTables)
            let isWhole = routes.contains { $0.series == nil }
            guard !isWhole || registry.wholeCount < environment.limits.wholePlansMax else {
                return .failure(
                    QueryError(
                        .limit,
                        "\(environment.limits.wholePlansMax) live queries over all series of a table run already",
                        hint: "name the symbols in WHERE, or end one"
                    )
                )
            }
            let query = LiveQuery(
                id: registry.nextID,
                columns: shape.columns,
                keyColumns: shape.keyColumns,
                isAppending: shape.isAppending,
                epoch: environment.epoch(registry.nextID, 1)
            )
            registry.nextID += 1
            let plan = LivePlan(query, select, text: text, shape, routes, environment)
            plan.subscribers.withLock { $0.add(subscriber) }
            if registry.plans.isEmpty { source.addListener(self) }
            registry.plans[select] = plan
            registry.ids[query.id] = plan
            // From here on batches are queued; the snapshot is taken later.
            registry.routes.add(plan)
            if isWhole { registry.wholeCount += 1 }
            registry.queue.add(.start(plan))
            return .success(query)
        }
        let query = try result.get()
        schedule()
        return query
    }

    /// See ``LiveQuerying/unsubscribe(_:_:)``.
    public func unsubscribe(_ query: LiveQuery, _ subscriber: any LiveQuerySubscriber) {
        registry.withLock { registry in
            guard let plan = registry.ids[query.id], plan.query === query else { return }
            guard plan.subscribers.withLock({ $0.remove(subscriber) }) else { return }
            forget(plan, &registry)
        }
    }

    /// From here on nothing reaches a plan, but for what is under way.
    private func forget(_ plan: LivePlan, _ registry: inout Registry) {
        guard registry.ids[plan.query.id] === plan else { return }
        plan.cancellation.set()
        registry.plans[plan.select] = nil
        registry.ids[plan.query.id] = nil
        registry.routes.remove(plan)
        if plan.routes.contains(where: { $0.series == nil }) { registry.wholeCount -= 1 }
        if registry.plans.isEmpty { source.removeListener(self) }
    }

    /// Ends all queries, and refuses others.
    public func close() {
        let plans = registry.withLock { registry -> [LivePlan] in
            registry.isClosed = true
            let plans = Array(registry.plans.values)
            for plan in plans { forget(plan, &registry) }
            _ = registry.queue.take()
            return plans
        }
        // Behind what is being told now.
        executor.execute { for plan in plans { plan.end(QueryError(.unavailable, "the server is stopping")) } }
    }

    // MARK: On the writer's thread

    /// Queues a batch. See ``CommitListener/committed(_:)``.
    public func committed(_ batch: CommittedBatch) {
        let groups = registry.withLock { registry in
            batch.groups.filter { registry.routes.follow($0) }
        }
        if groups.isEmpty { return }
        let queued = CommittedBatch(lsn: batch.lsn, groups: groups)
        let snapshot = source.snapshot()
        registry.withLock { $0.queue.add(.batch(queued, snapshot), bytes: LiveBatch.bytes(groups)) }
        schedule()
    }

    /// Queues a change. See ``CommitListener/changed(_:)``.
    public func changed(_ change: CommittedChange) {
        guard registry.withLock({ $0.routes.follow(change.table) }) else { return }
        let snapshot = source.snapshot()
        registry.withLock { $0.queue.add(.change(change, snapshot), bytes: 256) }
        schedule()
    }

    private func schedule() {
        let isIdle = registry.withLock { registry in
            guard !registry.isScheduled, !registry.queue.isEmpty else { return false }
            registry.isScheduled = true
            return true
        }
        if isIdle { executor.execute { [weak self] in self?.drain() } }
    }

    // MARK: On the live thread

    private func drain() {
        while true {
            let items = registry.withLock { registry in
                let items = registry.queue.take()
                if items.isEmpty { registry.isScheduled = false }
                return items
            }
            if items.isEmpty { return }
            var rest = items[...]
            while let item = rest.first {
                var batches: [(batch: CommittedBatch, snapshot: any TableSnapshot)] = []
                for case .batch(let batch, let snapshot) in rest.prefix(LiveTurn.batchesMax).prefix(while: \.isBatch) {
                    batches.append((batch, snapshot))
                }
                if batches.isEmpty { run(item) } else { take(batches) }
                rest = rest.dropFirst(max(batches.count, 1))
            }
        }
    }

    private func run(_ item: LiveQueue.Item) {
        switch item {
        case .start(let plan):
            attempt(plan) { plan throws(QueryError) in try plan.start(source.snapshot()) }
        case .join(let plan, let id):
            attempt(plan) { plan throws(QueryError) in try plan.join(id) }
        case .batch(let batch, let snapshot): take([(batch, snapshot)])
        case .change(let change, let snapshot):
            for plan in running where plan.tables.contains(change.table) && change.lsn > plan.applied {
                attempt(plan) { plan throws(QueryError) in try plan.restart(snapshot) }
            }
        case .overflow:
            for plan in running { attempt(plan) { plan throws(QueryError) in try plan.restart(source.snapshot()) } }
        }
    }

    /// Takes batches in their order through the plans that they concern.
    private func take(_ batches: [(batch: CommittedBatch, snapshot: any TableSnapshot)]) {
        let turns = LiveTurn.turns(batches) { batch in registry.withLock { $0.routes.deliveries(of: batch) } }
        for turn in turns {
            for part in turn.parts {
                attempt(turn.plan) { plan throws(QueryError) in
                    try plan.apply(part.commit, part.groups, part.snapshot)
                }
            }
        }
    }

    private var running: [LivePlan] {
        registry.withLock { registry in
            registry.plans.values.filter(\.hasStarted).sorted { $0.query.id < $1.query.id }
        }
    }

    private func attempt(_ plan: LivePlan, _ body: (LivePlan) throws(QueryError) -> Void) {
        // Whoever is forgotten is cancelled.
        if plan.cancellation.isSet { return }
        do throws(QueryError) {
            try body(plan)
        } catch {
            registry.withLock { forget(plan, &$0) }
            plan.end(error)
        }
    }
}

extension LiveQueries {
    /// What runs now, as rows of `system.live_queries`.
    public var table: any VirtualTable {
        ComputedTable(
            "live_queries",
            [
                Column("id", .int64), Column("text", .string), Column("subscribers", .int64), Column("rows", .int64),
                Column("batches", .int64), Column("groups", .int64), Column("bytes", .int64),
                Column("ns_per_batch", .int64), Column("restarts", .int64), Column("late_rows", .int64),
            ]
        ) { [weak self] _ in self?.rows ?? [] }
    }

    private var rows: [[Scalar]] {
        let plans = registry.withLock { $0.plans.values.sorted { $0.query.id < $1.query.id } }
        return plans.map { plan in
            let counters = plan.counters.withLock { $0 }
            let subscribers = plan.subscribers.withLock { $0.followerCount }
            return [
                .int64(plan.query.id), .text(plan.text), .int64(Int64(subscribers)), .int64(counters.rows),
                .int64(counters.batches), .int64(Int64(counters.groups)), .int64(Int64(counters.bytes)),
                .int64(counters.batches == 0 ? 0 : counters.nanoseconds / counters.batches), .int64(counters.restarts),
                .int64(counters.late),
            ]
        }
    }
}
