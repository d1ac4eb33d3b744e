import Engine
import Gateway
import Store

/// The thread that computes feature views over the store of this process.
enum FeatureViews {
    /// Starts it. Updates go to the subscriptions.
    static func start(_ pipeline: Pipeline, _ hubs: StreamHubs) -> FeatureViewRuntime {
        let runtime = FeatureViewRuntime(
            FeatureViewRuntime.Dependencies(
                source: pipeline.store,
                sink: pipeline.store,
                publisher: StreamViewPublisher(hubs),
                generation: pipeline.store.generation,
                clock: WallClock.now
            )
        )
        runtime.start()
        return runtime
    }

    /// Puts what it did on `/metrics`.
    static func register(_ statistics: FeatureViewStatistics, in registry: MetricsRegistry) {
        let counters: [(name: String, help: String, count: FeatureViewStatistics.Count)] = [
            (
                "tickgate_parity_checks_total", "Live rows of feature views compared with history.",
                statistics.parityChecks
            ),
            ("tickgate_parity_mismatches_total", "Those that differed.", statistics.parityMismatches),
            ("tickgate_view_updates_total", "Updates of feature views.", statistics.updates),
            ("tickgate_view_rows_total", "Rows of feature views handed to the store.", statistics.storedRows),
            ("tickgate_view_refused_total", "Batches of such rows that were not kept.", statistics.refusedBatches),
            ("tickgate_view_late_rows_total", "Rows that came too late for windows.", statistics.lateRows),
            (
                "tickgate_view_overruns_total", "Times that feature views started again from the store.",
                statistics.overruns
            ),
            ("tickgate_view_failures_total", "Plans of feature views that ended with an error.", statistics.failures),
        ]
        for counter in counters {
            registry.register(counter.name, counter.help, .counter) { counter.count.value }
        }
        registry.register("tickgate_views", "Feature views that are computed live.", .gauge) { statistics.views.value }
        registry.register("tickgate_view_plans_total", "Plans made: one a view and instrument.", .counter) {
            statistics.plans.value
        }
    }
}
