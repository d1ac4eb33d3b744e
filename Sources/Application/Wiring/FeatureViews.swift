import Engine
import Gateway
import Logging
import Store

/// The thread that computes feature views over the store of this process.
enum FeatureViews {
    /// Starts it. Updates go to the subscriptions.
    static func start(
        _ configuration: Configuration,
        _ pipeline: Pipeline,
        _ hubs: StreamHubs,
        _ logger: Logger
    ) -> FeatureViewRuntime {
        var dependencies = FeatureViewRuntime.Dependencies(
            source: pipeline.store,
            sink: pipeline.store,
            publisher: StreamViewPublisher(hubs),
            generation: pipeline.store.generation,
            clock: WallClock.now
        )
        if configuration.checkpointSeconds > 0 {
            dependencies.checkpoints = FeatureCheckpointOptions(
                files: AtomicFiles(directory: "\(configuration.data)/checkpoints"),
                intervalNanoseconds: Int64(configuration.checkpointSeconds) * 1_000_000_000,
                bytesMax: configuration.checkpointBytes
            )
        }
        dependencies.log = { logger.notice("\($0)") }
        let runtime = FeatureViewRuntime(dependencies)
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
            (
                "tickgate_view_checkpoints_total", "Checkpoints written, one a view and instrument.",
                statistics.checkpoints
            ),
            (
                "tickgate_view_checkpoint_resumes_total", "Plans that went on from a checkpoint.",
                statistics.checkpointsResumed
            ),
            (
                "tickgate_view_checkpoints_ignored_total", "Checkpoints that were found and of no use.",
                statistics.checkpointsIgnored
            ),
            (
                "tickgate_view_checkpoints_left_out_total", "States that were not written for want of room.",
                statistics.checkpointsLeftOut
            ),
            (
                "tickgate_view_checkpoint_failures_total", "Files of checkpoints that could not be written.",
                statistics.checkpointFailures
            ),
        ]
        for counter in counters {
            registry.register(counter.name, counter.help, .counter) { counter.count.value }
        }
        registry.register("tickgate_views", "Feature views that are computed live.", .gauge) { statistics.views.value }
        registry.register(
            "tickgate_view_checkpoint_bytes",
            "Bytes of the last checkpoints of all feature views.",
            .gauge
        ) { statistics.checkpointBytes.value }
        registry.register("tickgate_view_plans_total", "Plans made: one a view and instrument.", .counter) {
            statistics.plans.value
        }
    }
}
