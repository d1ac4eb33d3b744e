internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import QueryLang
internal import Wire

/// Runs queries on threads of their own and sends the answers back, a piece at a time.
///
/// A query holds a thread only while it computes a piece: when its reader is slow, it waits without one, for as long as the
/// connection bears it. All active queries together are bounded; one more is refused.
final class QueryService: Sendable {
    let runner: any QueryRunner
    let authorizer: any Authorizer
    let limits: QueryServiceLimits
    let counters: GatewayCounters
    /// Half way to the lowest priority: queries still get an eighth of a core that everybody wants.
    private static let workerNiceness: Int32 = 10

    private let pool: NIOThreadPool
    private let ids = Counter()

    init(
        runner: any QueryRunner,
        authorizer: any Authorizer,
        limits: QueryServiceLimits,
        counters: GatewayCounters
    ) {
        self.runner = runner
        self.authorizer = authorizer
        self.limits = limits
        self.counters = counters
        self.pool = NIOThreadPool(numberOfThreads: max(1, limits.workers))
        pool.start()
    }

    /// A name for a query, unique in this process.
    func nextID() -> String { "q-\(ids.add())" }

    /// Starts a query, or answers why not. On the connection's loop.
    func run(_ query: QueryRequest, _ request: HTTPRequest, id: String, _ answer: Answer) {
        guard counters.queriesActive.add(1, upTo: limits.workers + limits.queued) else {
            counters.queriesRefused.add()
            var problem = Problem(.serviceUnavailable, "busy", "too many queries are active; try again shortly")
            problem.fields["Retry-After"] = "1"
            problem.instance = id
            answer.send(problem, asText: query.prefersTextErrors)
            return
        }
        QueryJob(service: self, query: query, request: request, id: id, answer: answer).start()
    }

    /// Runs a step of a job on a worker.
    func submit(_ step: @escaping @Sendable () -> Void, cancelled: @escaping @Sendable () -> Void) {
        pool.submit { state in
            Self.yieldToLoops()
            switch state {
            case .active: step()
            case .cancelled: cancelled()
            }
        }
    }

    /// Lets event loops and the WAL go first where cores are short: a full scan must not delay a delta.
    private static func yieldToLoops() {
        // On Linux this concerns the calling thread alone. It may be refused; then all are equal.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, workerNiceness)
    }

    /// Ends the threads when their present step is done; jobs that wait for one fail.
    func stop() async { try? await pool.shutdownGracefully() }
}
