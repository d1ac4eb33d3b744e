import Columnar
import Engine
import Gateway
import Ingest
import Store

/// Puts the counts of store, engine and feeds on `/metrics`.
enum ProcessMetrics {
    static func register(in registry: MetricsRegistry, pipeline: Pipeline, feeds: Feeds) {
        registerEngine(registry, pipeline.runtime)
        registerStore(registry, pipeline.store)
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

    private static func registerStore(_ registry: MetricsRegistry, _ store: Store) {
        func counter(_ name: String, _ help: String, _ read: @escaping @Sendable (StoreStatistics) -> UInt64) {
            registry.register(name, help, .counter) { Int(clamping: read(store.statistics)) }
        }
        func gauge(_ name: String, _ help: String, _ read: @escaping @Sendable (StoreStatistics) -> Int) {
            registry.register(name, help, .gauge) { read(store.statistics) }
        }
        counter("tickgate_wal_bytes_total", "Bytes written to the WAL.") { $0.walBytes }
        counter("tickgate_store_batches_total", "Batches appended.") { $0.batchesAppended }
        counter("tickgate_store_rows_total", "Rows appended.") { $0.rowsAppended }
        counter("tickgate_store_flushes_total", "Memtables written to segments.") { $0.flushes }
        counter("tickgate_store_flush_failures_total", "Flushes that failed and were tried again.") { $0.flushFailures }
        gauge("tickgate_store_queue_bytes", "Bytes that wait for the WAL.") { $0.queueBytes }
        gauge("tickgate_memtable_bytes", "Bytes of all memtables.") { $0.memtableBytes }
        gauge("tickgate_segments", "Live segment files.") { $0.segments }
        gauge("tickgate_segment_bytes", "Bytes of the segment files.") { Int(clamping: $0.segmentBytes) }
        gauge("tickgate_segment_rows", "Rows in the segment files.") { Int(clamping: $0.segmentRows) }
        gauge("tickgate_store_read_only", "1 if the store takes no more writes.") { $0.readOnlyReason == nil ? 0 : 1 }
        registry.register("tickgate_store_rejected_total", "Batches refused, by reason.") {
            store.statistics.rejected.sorted { "\($0.key)" < "\($1.key)" }.map {
                MetricsRegistry.Sample(Double($0.value), labels: [("reason", "\($0.key)")])
            }
        }
        registry.register("tickgate_wal_sync_seconds", "Duration of fdatasync on the WAL.", .histogram) {
            histogram(store.statistics.walSyncs, scale: 1e-9)
        }
        registry.register("tickgate_wal_group_batches", "Batches in a group commit.", .histogram) {
            histogram(store.statistics.walGroups, scale: 1)
        }
    }

    private static func histogram(_ histogram: StoreStatistics.Histogram, scale: Double) -> [MetricsRegistry.Sample] {
        var samples: [MetricsRegistry.Sample] = []
        var total: UInt64 = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            total += count
            let label = (name: "le", value: "\(Double(bound) * scale)")
            samples.append(MetricsRegistry.Sample(Double(total), labels: [label], suffix: "_bucket"))
        }
        let all = Double(histogram.count)
        samples.append(MetricsRegistry.Sample(all, labels: [("le", "+Inf")], suffix: "_bucket"))
        samples.append(MetricsRegistry.Sample(Double(histogram.sum) * scale, suffix: "_sum"))
        samples.append(MetricsRegistry.Sample(all, suffix: "_count"))
        return samples
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
