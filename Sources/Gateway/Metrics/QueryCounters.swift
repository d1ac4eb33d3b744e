internal import Wire

/// What is counted of queries. Each ends in one way: answered, failed, cancelled, timed out, refused, or cut off.
final class QueryCounters: Sendable {
    let refusedAtOnce = Counter()
    let failed = Counter()
    let time = Histogram()
    private let refusedLater = Counter()
    private let readersLeft = Counter()
    private let cancelled = Counter()
    private let timedOut = Counter()
    private let cutOff = Counter()

    /// A query ended for a reason from outside.
    func stopped(_ reason: StopReason) {
        switch reason {
        case .readerLeft: readersLeft.add()
        case .cancelled, .stopping: cancelled.add()
        case .timedOut: timedOut.add()
        case .notBegun: refusedLater.add()
        case .readerWasSlow: cutOff.add()
        }
    }

    func register(in registry: MetricsRegistry) {
        registry.register("tickgate_queries_refused_total", "Queries refused: the queue was full, or moved too slowly.")
        {
            [self] in
            [
                MetricsRegistry.Sample(Double(refusedAtOnce.value), labels: [("reason", "full")]),
                MetricsRegistry.Sample(Double(refusedLater.value), labels: [("reason", "waited")]),
            ]
        }
        registry.register("tickgate_queries_cancelled_total", "Queries whose reader left, or that somebody stopped.") {
            [self] in
            [
                MetricsRegistry.Sample(Double(readersLeft.value), labels: [("reason", "left")]),
                MetricsRegistry.Sample(Double(cancelled.value), labels: [("reason", "asked")]),
            ]
        }
        registry.register("tickgate_queries_timed_out_total", "Queries that took longer than they may.") { [self] in
            timedOut.value
        }
        registry.register("tickgate_queries_cut_total", "Answers cut off: the reader was slow while others waited.") {
            [self] in
            cutOff.value
        }
        registry.register("tickgate_queries_failed_total", "Queries that ended in an error of their own.") { [self] in
            failed.value
        }
        registry.register("tickgate_query_seconds", "Time from a query's arrival to its last byte.", .histogram) {
            [self] in
            time.samples
        }
    }

    /// Gauges of what queries do now.
    func register(
        in registry: MetricsRegistry,
        _ counts: @escaping @Sendable () -> (queued: Int, running: Int, sending: Int)
    ) {
        registry.register("tickgate_queries_active", "Queries in any state.", .gauge) {
            let now = counts()
            return now.queued + now.running + now.sending
        }
        registry.register("tickgate_queries_queued", "Queries that wait for a worker.", .gauge) { counts().queued }
        registry.register("tickgate_queries_running", "Queries that compute.", .gauge) { counts().running }
        registry.register("tickgate_queries_sending", "Queries that wait for their readers.", .gauge) {
            counts().sending
        }
    }
}
