import Engine
import Gateway
import Ingest

/// Puts the counts of store, engine and feeds on `/metrics`.
enum ProcessMetrics {
    static func register(in registry: MetricsRegistry, pipeline: Pipeline, feeds: Feeds) {
        registerEngine(registry, pipeline.runtime)
        StoreMetrics.register(in: registry, store: pipeline.store)
        registerFeeds(registry, feeds.feeds.map(\.statistics))
    }

    private static func registerEngine(_ registry: MetricsRegistry, _ runtime: LiveRuntime) {
        let shards = runtime.statistics
        func sum(_ name: String, _ help: String, _ count: @escaping @Sendable (ShardStatistics.Counts) -> Int) {
            registry.register(name, help) { shards.reduce(0) { $0 + count($1.counts) } }
        }
        sum("tickgate_events_total", "Market events taken by the shards.") { $0.events }
        sum("tickgate_book_changes_total", "Level changes in them.") { $0.changes }
        sum("tickgate_feature_updates_total", "Feature updates published.") { $0.updates }
        sum("tickgate_rows_total", "Rows handed to the store.") { $0.rows }
        sum("tickgate_append_failures_total", "Batches of rows that the store did not keep.") { $0.appendFailures }
        sum("tickgate_book_compared_total", "Quotes compared with the book at an equal update id.") { $0.booksCompared }
        sum("tickgate_book_mismatches_total", "Of these, quotes that differed from the book.") { $0.bookMismatches }
        sum("tickgate_book_levels_refused_total", "Level changes beyond the bound of a side.") { $0.levelsRefused }
        sum("tickgate_events_rejected_total", "Depth events that came without a book; not stored.") { $0.rejected }
        sum("tickgate_warm_up_failures_total", "Instruments whose open bar could not be read back.") {
            $0.warmUpFailures
        }
        sum("tickgate_late_trades_total", "Trades too late for their bar; stored all the same.") { $0.lateTrades }
        sum("tickgate_time_jumps_total", "Events whose time was not believed.") { $0.timeJumps }
    }

    private static func registerFeeds(_ registry: MetricsRegistry, _ feeds: [FeedStatistics]) {
        func sum(_ name: String, _ help: String, _ count: @escaping @Sendable (FeedStatistics) -> Int) {
            registry.register(name, help) { feeds.reduce(0) { $0 + count($1) } }
        }
        sum("tickgate_feed_frames_total", "Frames received from venues.") { $0.counters.frames }
        sum("tickgate_feed_bytes_total", "Bytes of these frames.") { $0.counters.bytes }
        sum("tickgate_feed_malformed_total", "Frames that could not be read.") { $0.counters.malformed }
        sum("tickgate_feed_rejected_total", "Messages read and refused.") { $0.counters.rejected }
        sum("tickgate_feed_gaps_total", "Gaps in a venue's sequence.") { $0.counters.gaps }
        sum("tickgate_feed_snapshots_total", "Book snapshots applied.") { $0.counters.snapshots }
        sum("tickgate_feed_disconnects_total", "Connections lost, given up or not made.") { $0.disconnects }
        sum("tickgate_feed_reconnects_total", "Connections made after the first.") { $0.reconnects }
        sum("tickgate_feed_silences_total", "Connections given up because nothing came.") { $0.silences }
        registry.register("tickgate_feed_connected", "Feeds that are connected.", .gauge) {
            feeds.filter { $0.state == .connected }.count
        }
    }
}
