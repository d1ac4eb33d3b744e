public import Columnar
import Synchronization

extension Store {
    /// Counters and gauges. Costs time for tables and segments, not for rows or series.
    public var statistics: StoreStatistics {
        let counters = core.counters
        let state = core.state
        let segments = state.segments
        let cache = core.segmentCache.counts
        return StoreStatistics(
            walBytes: counters.walBytes.load(ordering: .relaxed),
            walSyncs: counters.syncs.histogram,
            walGroups: counters.groups.histogram,
            committedLSN: core.committed.load(ordering: .relaxed),
            batchesAppended: counters.batches.load(ordering: .relaxed),
            rowsAppended: counters.rows.load(ordering: .relaxed),
            rejected: counters.rejected,
            queueBytes: core.queue.byteCount.load(ordering: .relaxed),
            memtableBytes: core.memtableBytes.load(ordering: .relaxed),
            sealedMemtables: core.flushes.count,
            flushes: counters.flushes.load(ordering: .relaxed),
            flushFailures: counters.flushFailures.load(ordering: .relaxed),
            segments: segments.count,
            segmentBytes: segments.reduce(0) { $0 + $1.entry.byteCount },
            segmentRows: segments.reduce(0) { $0 + $1.entry.rowCount },
            readOnlyReason: core.readOnlyReason,
            compactionDebtBytes: state.segmentsByTable.values.reduce(0) { debt, table in
                table.partitions.reduce(debt) { $0 + MergePolicy.debt(sizes: $1.segments.map(\.entry.byteCount)) }
            },
            compactions: counters.merges.load(ordering: .relaxed),
            compactedBytes: counters.mergedBytes.load(ordering: .relaxed),
            retentionDrops: counters.partitionsDropped.load(ordering: .relaxed),
            segmentCacheHits: cache.hits,
            segmentCacheMisses: cache.misses,
            openSegments: cache.open,
            deadBytes: cache.deadBytes,
            compactionFailures: counters.mergeFailures.load(ordering: .relaxed),
            tables: state.tableStatistics(core.catalog.state)
        )
    }

    /// Why the store takes no more writes; nil if it does. Cheap.
    public var readOnlyReason: String? { core.readOnlyReason }

    /// How full each table is, with the bytes of each column: opens every segment.
    public func tableStatistics() throws(TableError) -> [TableStatistics] {
        let state = core.state
        let catalog = core.catalog.state
        var tables = state.tableStatistics(catalog)
        for (index, entry) in catalog.entries.enumerated() {
            tables[index].columns = try state.columnBytes(of: entry)
        }
        return tables
    }
}
