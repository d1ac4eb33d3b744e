import Columnar
import Gateway
import Store
import Synchronization

/// Puts the counts of the store on `/metrics`.
enum StoreMetrics {
    /// Tables with samples of their own: each is three series for ever. The oldest ones keep theirs.
    static let tablesMax = 100

    /// Registers everything; the store is looked at once for each text.
    static func register(in registry: MetricsRegistry, store: Store) {
        let look = Look(store)
        registry.beforeText { look.refresh() }
        registerWriting(registry, look)
        registerSegments(registry, look)
        registerTables(registry, look)
    }

    private static func registerWriting(_ registry: MetricsRegistry, _ look: Look) {
        counter(registry, look, "tickgate_wal_bytes_total", "Bytes written to the WAL.") { $0.walBytes }
        counter(registry, look, "tickgate_store_batches_total", "Batches appended.") { $0.batchesAppended }
        counter(registry, look, "tickgate_store_rows_total", "Rows appended.") { $0.rowsAppended }
        counter(registry, look, "tickgate_store_flushes_total", "Memtables written to segments.") { $0.flushes }
        counter(registry, look, "tickgate_store_flush_failures_total", "Flushes that failed and were tried again.") {
            $0.flushFailures
        }
        gauge(registry, look, "tickgate_store_queue_bytes", "Bytes that wait for the WAL.") { $0.queueBytes }
        gauge(registry, look, "tickgate_memtable_bytes", "Bytes of all memtables.") { $0.memtableBytes }
        gauge(registry, look, "tickgate_store_read_only", "1 if the store takes no more writes.") {
            $0.readOnlyReason == nil ? 0 : 1
        }
        registry.register("tickgate_store_rejected_total", "Batches refused, by reason.") {
            look.statistics.rejected.sorted { "\($0.key)" < "\($1.key)" }.map {
                MetricsRegistry.Sample(Double($0.value), labels: [("reason", "\($0.key)")])
            }
        }
        registry.register("tickgate_wal_sync_seconds", "Duration of fdatasync on the WAL.", .histogram) {
            samples(look.statistics.walSyncs, scale: 1e-9)
        }
        registry.register("tickgate_wal_group_batches", "Batches in a group commit.", .histogram) {
            samples(look.statistics.walGroups, scale: 1)
        }
    }

    private static func registerSegments(_ registry: MetricsRegistry, _ look: Look) {
        gauge(registry, look, "tickgate_segments", "Live segment files.") { $0.segments }
        gauge(registry, look, "tickgate_segment_bytes", "Bytes of the segment files.") {
            Int(clamping: $0.segmentBytes)
        }
        gauge(registry, look, "tickgate_segment_rows", "Rows in the segment files.") { Int(clamping: $0.segmentRows) }
        gauge(registry, look, "tickgate_segment_dead_bytes", "Bytes of replaced segments that snapshots still read.") {
            Int(clamping: $0.deadBytes)
        }
        gauge(registry, look, "tickgate_segments_open", "Segment files that are open.") { $0.openSegments }
        counter(registry, look, "tickgate_segment_cache_hits_total", "Reads that found their segment open.") {
            $0.segmentCacheHits
        }
        counter(registry, look, "tickgate_segment_cache_misses_total", "Reads that had to open their segment.") {
            $0.segmentCacheMisses
        }
        gauge(registry, look, "tickgate_compaction_debt_bytes", "Bytes of segments that wait to be merged.") {
            Int(clamping: $0.compactionDebtBytes)
        }
        counter(registry, look, "tickgate_compactions_total", "Merges of segments completed.") { $0.compactions }
        counter(registry, look, "tickgate_compaction_bytes_total", "Bytes that merges wrote.") { $0.compactedBytes }
        counter(registry, look, "tickgate_retention_drops_total", "Partitions dropped because they were too old.") {
            $0.retentionDrops
        }
    }

    private static func registerTables(_ registry: MetricsRegistry, _ look: Look) {
        gauge(registry, look, "tickgate_tables", "Tables; the first \(tablesMax) have samples of their own.") {
            $0.tables.count
        }
        func table(_ name: String, _ help: String, _ read: @escaping @Sendable (TableStatistics) -> Double) {
            registry.register(name, help, .gauge) {
                look.statistics.tables.prefix(tablesMax).map {
                    MetricsRegistry.Sample(read($0), labels: [("table", $0.name)])
                }
            }
        }
        table("tickgate_table_bytes", "Bytes of a table's segments.") { Double($0.bytes) }
        table("tickgate_table_rows", "Rows of a table, in segments and memtables.") {
            Double($0.rows + $0.memtableRows)
        }
        table("tickgate_table_segments", "Segment files of a table.") { Double($0.segments) }
    }

    private static func counter(
        _ registry: MetricsRegistry,
        _ look: Look,
        _ name: String,
        _ help: String,
        _ read: @escaping @Sendable (StoreStatistics) -> UInt64
    ) {
        registry.register(name, help, .counter) { Int(clamping: read(look.statistics)) }
    }

    private static func gauge(
        _ registry: MetricsRegistry,
        _ look: Look,
        _ name: String,
        _ help: String,
        _ read: @escaping @Sendable (StoreStatistics) -> Int
    ) {
        registry.register(name, help, .gauge) { read(look.statistics) }
    }

    private static func samples(_ histogram: StoreStatistics.Histogram, scale: Double) -> [MetricsRegistry.Sample] {
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
}

/// The statistics of one moment, so that all samples of a text belong together.
private final class Look: Sendable {
    private let store: Store
    private let latest: Mutex<StoreStatistics>

    init(_ store: Store) {
        self.store = store
        latest = Mutex(store.statistics)
    }

    var statistics: StoreStatistics { latest.withLock { $0 } }

    func refresh() {
        let statistics = store.statistics
        latest.withLock { $0 = statistics }
    }
}
