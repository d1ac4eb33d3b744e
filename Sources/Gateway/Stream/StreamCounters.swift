internal import Wire

/// What the streams of all loops count.
final class StreamCounters: Sendable {
    let connections = Counter()
    let subscriptions = Counter()
    let deltas = Counter()
    let snapshots = Counter()
    let conflated = Counter()
    let lags = Counter()
    let lagCloses = Counter()
    let rateCloses = Counter()
    let queueBytes = Counter()
    let handoffUpdates = Counter()
    let handoffMerged = Counter()
    let resumeEvents = Counter()
    let resumeBytes = Counter()
    let resumed = Counter()
    let resumesRefused = Counter()
    let resumedFromStore = Counter()
    let resumesWaiting = Counter()
    let queries = Counter()

    func register(in registry: MetricsRegistry) {
        let gauges: [(String, String, Counter)] = [
            ("tickgate_stream_connections", "Open streams.", connections),
            ("tickgate_stream_subscriptions", "Subscriptions of all streams.", subscriptions),
            ("tickgate_stream_queue_bytes", "Bytes that wait for slow subscribers.", queueBytes),
            ("tickgate_stream_handoff_updates", "Updates on their way to other loops.", handoffUpdates),
            ("tickgate_stream_resume_events", "Updates held for subscribers that come back.", resumeEvents),
            ("tickgate_stream_resume_bytes", "Bytes of those updates.", resumeBytes),
            ("tickgate_stream_resumes_waiting", "Requests that wait for updates to be made again.", resumesWaiting),
            ("tickgate_stream_queries", "Live queries of all streams.", queries),
        ]
        for (name, help, counter) in gauges { registry.register(name, help, .gauge) { counter.value } }
        let totals: [(String, String, Counter)] = [
            ("tickgate_stream_deltas_total", "Deltas written or queued for subscribers.", deltas),
            ("tickgate_stream_snapshots_total", "Snapshots written or queued for subscribers.", snapshots),
            ("tickgate_stream_conflated_total", "Deltas merged into others for slow subscribers.", conflated),
            ("tickgate_stream_lags_total", "Times that a subscriber was told that deltas were dropped.", lags),
            ("tickgate_stream_lag_closes_total", "Streams closed with 4008: too slow.", lagCloses),
            ("tickgate_stream_rate_closes_total", "Streams closed with 4009: too many requests.", rateCloses),
            ("tickgate_stream_handoff_merged_total", "Updates merged on their way to a busy loop.", handoffMerged),
            ("tickgate_stream_resumed_total", "Subscriptions that went on where they were cut off.", resumed),
            (
                "tickgate_stream_resumed_from_store_total",
                "Of them, those for which updates were made again from stored events.", resumedFromStore
            ),
            ("tickgate_stream_resumes_refused_total", "Subscriptions that got a snapshot instead.", resumesRefused),
        ]
        for (name, help, counter) in totals { registry.register(name, help) { counter.value } }
    }
}
