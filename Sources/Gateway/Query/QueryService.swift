internal import Columnar
internal import Engine
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import QueryLang
internal import Synchronization
internal import Wire

/// Runs queries on threads of their own and sends the answers back, a piece at a time.
///
/// ``QueryScheduler`` has the rules; this has the threads, the names, and what is to be told to whom.
final class QueryService: Sendable {
    let runner: any QueryRunner
    let authorizer: any Authorizer
    let limits: QueryServiceLimits
    let counters: QueryCounters
    /// Half way to the lowest priority: queries still get an eighth of a core that everybody wants.
    private static let workerNiceness: Int32 = 10

    private struct State {
        var scheduler: QueryScheduler
        var jobs: [QueryID: QueryJob] = [:]
        var isStopping = false
    }

    private let state: Mutex<State>
    private let pool: NIOThreadPool
    private let clock: @Sendable () -> Int64
    private let madeNames = Counter()

    /// - Parameters:
    ///   - runner: what understands and runs statements.
    ///   - authorizer: who may run which.
    ///   - limits: bounds of all queries and of each.
    ///   - counters: what is counted.
    ///   - clock: the wall clock, nanoseconds since the Unix epoch; to be shown only.
    init(
        runner: any QueryRunner,
        authorizer: any Authorizer,
        limits: QueryServiceLimits,
        counters: QueryCounters,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.runner = runner
        self.authorizer = authorizer
        self.limits = limits
        self.counters = counters
        self.clock = clock
        self.state = Mutex(State(scheduler: QueryScheduler(limits)))
        self.pool = NIOThreadPool(numberOfThreads: max(1, limits.workers))
        pool.start()
    }

    /// A name for a query without one.
    func makeID() -> QueryID {
        while true {
            let id = QueryID(number: madeNames.add())
            // A client may have called its query so.
            if state.withLock({ $0.jobs[id] == nil }) { return id }
        }
    }

    // MARK: - Queries

    /// Starts a query, or answers why not. On the connection's loop.
    func run(_ query: QueryRequest, _ request: HTTPRequest, id: QueryID, _ answer: Answer) {
        let active = ActiveQuery(
            id: id,
            text: query.text,
            format: query.format,
            client: answer.writer.peerAddress,
            arrival: ActiveQuery.Moment(wall: clock(), monotonic: MonotonicClock.now())
        )
        let job = QueryJob(service: self, query: query, request: request, active: active, answer: answer)
        guard var refusal = admit(job, id) else { return job.open() }
        refusal.identify(id)
        answer.send(refusal, to: query)
    }

    private func admit(_ job: QueryJob, _ id: QueryID) -> Problem? {
        update { state in
            if state.jobs[id] != nil {
                let detail = "a query named \(id) is active"
                return Problem(.conflict, "duplicate_query_id", detail, hint: "give each query a name of its own")
            }
            if state.isStopping { return StopReason.stopping.problem(in: "", id) }
            guard state.scheduler.arrive(id) else {
                counters.refusedAtOnce.add()
                return .busy("too many queries are active")
            }
            state.jobs[id] = job
            return nil
        }
    }

    /// The active queries and where they are, by arrival.
    var active: [(query: ActiveQuery, stage: QueryScheduler.Stage)] {
        state.withLock { state in
            state.jobs.compactMap { id, job in state.scheduler.stage(of: id).map { (job.active, $0) } }
        }.sorted { $0.query.arrival.monotonic < $1.query.arrival.monotonic }
    }

    /// How many queries there are by what they do.
    var counts: (queued: Int, running: Int, sending: Int) { state.withLock { $0.scheduler.counts } }

    /// Stops an active query; false if there is none of that name. From any thread.
    func cancel(_ id: QueryID) -> Bool {
        guard let job = state.withLock({ $0.jobs[id] }) else { return false }
        _ = job.stop(.cancelled)
        return true
    }

    // MARK: - For jobs

    /// A job has computed a piece. On a worker.
    func pause(_ id: QueryID) { update { $0.scheduler.pause(id) } }

    /// A job's turn is long; true if another goes on in its place, and the job comes back to a worker later. On a worker.
    func giveWay(_ id: QueryID) -> Bool { update { $0.scheduler.giveWay(id) } }

    /// A job's reader wants more; false if the job will be told to go.
    func resume(_ id: QueryID) -> Bool { update { $0.scheduler.resume(id) } }

    /// A job's reader takes nothing.
    func becameSlow(_ id: QueryID) { update { $0.scheduler.becameSlow(id) } }

    /// Takes a job out of the line, if it stands there; it must not have been begun if `onlyNewcomers`.
    func withdraw(_ id: QueryID, onlyNewcomers: Bool = false) -> Bool {
        update { $0.scheduler.withdraw(id, onlyNewcomers: onlyNewcomers) }
    }

    /// A job is over.
    func end(_ id: QueryID) {
        update { state in
            state.jobs[id] = nil
            state.scheduler.end(id)
        }
    }

    /// Frees what a query holds, which may take long, on a worker.
    func dispose(of step: any RunnableQuery) { pool.submit { _ in withExtendedLifetime(step) {} } }

    /// Changes the state, and does what follows from it.
    private func update<Result>(_ change: (inout State) -> Result) -> Result {
        let (result, turns) = state.withLock { state in
            let result = change(&state)
            var turns: [(QueryScheduler.Turn, QueryJob)] = []
            while !state.isStopping, let turn = state.scheduler.turn() {
                switch turn {
                case .run(let id), .cut(let id):
                    guard let job = state.jobs[id] else { preconditionFailure("BUG: \(id) has a turn and no job") }
                    turns.append((turn, job))
                }
            }
            return (result, turns)
        }
        for (turn, job) in turns {
            switch turn {
            case .run: compute(job)
            case .cut: _ = job.stop(.readerWasSlow)
            }
        }
        return result
    }

    private func compute(_ job: QueryJob) {
        pool.submit { state in
            switch state {
            case .active:
                Self.yieldToLoops()
                job.compute()
            case .cancelled:
                _ = job.stop(.stopping)
                job.compute()
            }
        }
    }

    /// Lets event loops and the WAL go first where cores are short: a full scan must not delay a delta.
    private static func yieldToLoops() {
        // On Linux this concerns the calling thread alone. It may be refused; then all are equal.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, workerNiceness)
    }

    /// Stops all queries, and ends the threads when their present steps have noticed.
    func stop() async {
        let jobs = state.withLock { state in
            state.isStopping = true
            return Array(state.jobs.values)
        }
        for job in jobs { _ = job.stop(.stopping) }
        try? await pool.shutdownGracefully()
    }
}
