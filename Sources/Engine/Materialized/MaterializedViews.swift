public import Columnar
internal import QueryLang
import Synchronization

/// Keeps the tables of materialized views in step with the tables that they read.
///
/// Told of every write, it notes the buckets that it touched; a thread of its own computes these anew from the store, by
/// one path for first rows, late rows and rows that were removed. Rows of a view and the note of how far it is are one batch, so
/// after a crash the view goes on from there. Views over views follow one another, for what a view writes is told too.
public final class MaterializedViews: CommitListener, @unchecked Sendable {
    // Sendable: `thread` belongs to whoever starts and stops; all else is immutable or guards itself.

    /// A store that rows come from and go to.
    public typealias Store = CommitFeed & TableSink & CatalogEditor

    /// Immediate views are refreshed at most so often: what comes within is done together.
    private static let pauseNanoseconds: Int64 = 100_000_000
    /// After a failure a view waits twice as long each time, from the first of these to the second.
    private static let retryNanoseconds: (first: Int64, last: Int64) = (1_000_000_000, 60_000_000_000)

    let store: any Store
    let engine: QueryEngine
    let now: @Sendable () -> Int64
    let state = Mutex(ViewStates())
    private let signal = JobSignal()
    /// What ends the refresh that is under way.
    private let running = Mutex<Running>(Running())
    private var thread: BackgroundThread?

    /// What is done when the job is stopped may take no longer, all together: the rest is done after the next start.
    private let stopNanoseconds: Int64

    private struct Running {
        /// When everything has to end; nil while the job is to go on.
        var deadline: Int64?
        var cancellation: CancellationFlag?
        var query: ResultStream?
    }

    /// Creates the job, which does nothing until it is started.
    ///
    /// - Parameters:
    ///   - store: the store.
    ///   - system: gets `system.materialized_views`.
    ///   - stopNanoseconds: how long ``stop()`` may work on what is left to do.
    ///   - now: nanoseconds since some moment.
    public init(
        store: any Store,
        system: VirtualTables,
        stopNanoseconds: Int64 = 2_000_000_000,
        now: @escaping @Sendable () -> Int64 = MonotonicClock.now
    ) {
        self.store = store
        self.stopNanoseconds = stopNanoseconds
        // The path of everything that is followed: floating sums are those of a fold over the rows one by one.
        self.engine = QueryEngine(
            source: store,
            options: ExecutionOptions(isOrdered: true),
            system: system,
            now: now
        )
        self.now = now
        system.add(ViewStatesTable.table { [weak self] in self?.state.withLock { $0.statuses } ?? [] })
    }

    // MARK: Life

    /// Begins to follow the store; does what has to be done on a thread of its own.
    public func start() {
        follow()
        thread = BackgroundThread(niceness: BackgroundThread.nicenessOfJobs) { [self] in
            var wait: Int64? = 0
            while signal.wait(nanosecondsMax: wait) {
                wait = step()
                guard signal.pause(nanoseconds: Self.pauseNanoseconds) else { break }
            }
        }
    }

    /// Ends what is under way, and does what little is left to do of immediate views.
    public func stop() {
        guard let thread else { return }
        signal.stop()
        running.withLock { running in
            running.deadline = now() &+ stopNanoseconds
            running.cancellation?.set()
            running.query?.cancel()
        }
        thread.join()
        self.thread = nil
        state.withLock { $0.forgetFailures() }
        _ = step()
        store.removeListener(self)
    }

    /// Follows the store without a thread: each ``step()`` does what is to be done by then.
    func follow() {
        store.addListener(self)
        // Now, while the store still knows of every deletion that came after what is noted here.
        reload()
    }

    // MARK: CommitListener

    /// Notes the buckets that rows are in.
    public func committed(_ batch: CommittedBatch) {
        let hasWork = state.withLock { $0.note(batch) }
        if hasWork { signal.set() }
    }

    /// Notes what rows were removed, and what views may be another now.
    public func changed(_ change: CommittedChange) {
        let readers = state.withLock { $0.note(change) }
        guard !readers.isEmpty else { return }
        if let time = change.removedTimes { note(removed: time, readers) }
        signal.set()
    }

    /// Writes down that rows of some views may have to go: the store forgets deletions once it has done them.
    private func note(removed time: TimeRange, _ names: [String]) {
        let request = MaterializedViewTables.Request(number: WallClock.now(), time: time, isFromNothing: false)
        let rows = names.map { MaterializedViewTables.row(of: $0, request) }
        // If that fails the store is about to end; what is noted in memory holds until then.
        store.append(AppendBatch(groups: rows), durability: .sync) { _ in }
    }

    // MARK: Work

    /// Does everything that is due, views before those that read them. Returns after how many nanoseconds more is; nil if nothing
    /// is known to be.
    @discardableResult
    func step() -> Int64? {
        if state.withLock({ $0.takeMustReload() }) { reload() }
        var done: Set<String> = []
        while let name = state.withLock({ $0.nextDue(now: now(), after: done) }) {
            done.insert(name)
            refresh(name)
        }
        return state.withLock { $0.nanosecondsToNext(now: now()) }
    }

    private func refresh(_ name: String) {
        guard let work = state.withLock({ $0.take(name) }) else { return }
        let start = now()
        var rows = 0
        do throws(QueryError) {
            rows = try write(work)
        } catch {
            let (first, last) = Self.retryNanoseconds
            state.withLock { $0.giveBack(work, error.message, now: now(), retry: first, retryMax: last) }
            return
        }
        state.withLock { $0.finish(work, rows: rows, now: now(), elapsed: now() &- start) }
    }

    private func write(_ work: ViewStates.Work) throws(QueryError) -> Int {
        let plan = work.plan
        let cancellation = CancellationFlag()
        let deadline = running.withLock { running in
            if running.deadline == nil { running.cancellation = cancellation }
            return running.deadline
        }
        defer { running.withLock { ($0.cancellation, $0.query) = (nil, nil) } }
        let context = ExecutionContext(
            limits: ViewRefresh.limits(timeout: deadline.map { max(0, $0 &- now()) }),
            options: ExecutionOptions(),
            cancellation: cancellation,
            workers: nil,
            now: now
        )
        // The base may have been made anew under its name, with other columns.
        let snapshot = store.snapshot()
        guard snapshot.catalog.schema(named: plan.base.name) == plan.base else {
            state.withLock { $0.mustReload = true }
            throw QueryError(.unknownTable, "the table '\(plan.base.name)' was changed or dropped")
        }
        if let time = work.clears {
            do throws(TableError) {
                try store.dropRows(of: plan.target.name, series: .all, time: time)
            } catch {
                throw QueryError(writing: error)
            }
        }
        var refresh = ViewRefresh(plan, engine: engine, store: store, context: context) { [self] query in
            running.withLock { $0.query = query }
            // It was stopped between the look at the flag and here.
            if cancellation.isSet { query.cancel() }
        }
        try refresh.run(
            plan.parts(of: work.dirty),
            mayShrink: plan.isRewritable || work.dirty.mayShrink,
            progress: MaterializedViewTables.row(of: work.name, through: work.through, request: work.request)
        )
        return refresh.writtenRows
    }

    // MARK: Definitions

    /// Takes over the views that are defined now, and what was asked of them.
    private func reload() {
        do throws(TableError) {
            let first = store.snapshot()
            let definitions = try MaterializedViewTables.definitions(first)
            guard !definitions.isEmpty || state.withLock({ !$0.isEmpty }) else { return }
            let catalog = SystemSource(stored: store, tables: VirtualTables()).snapshot().catalog
            var plans: [String: Result<ViewPlan, QueryError>] = [:]
            for definition in definitions {
                do throws(QueryError) {
                    plans[definition.name] = .success(try ViewPlan(definition, catalog))
                } catch {
                    plans[definition.name] = .failure(error)
                }
            }
            // From here on rows are noted; what was written before is in this state.
            let added = state.withLock { $0.replace(definitions, plans) }
            let snapshot = store.snapshot()
            let progress = try MaterializedViewTables.progress(snapshot)
            let requests = try MaterializedViewTables.requests(snapshot)
            state.withLock { states in
                for name in added { states.begin(name, progress[name] ?? .init(), snapshot) }
                for (name, requests) in requests { for request in requests { states.ask(name, request) } }
            }
        } catch {
            state.withLock { $0.mustReload = true }
        }
    }
}

extension CommittedChange {
    /// Times at which rows may have gone; nil for none.
    var removedTimes: TimeRange? {
        switch kind {
        case .altered: nil
        case .created, .dropped: .all
        case .rowsRemoved(let times): times
        }
    }
}
