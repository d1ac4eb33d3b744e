import Columnar

/// Batches on their way into the WAL together: their records as one run of bytes, and how to take their series back.
struct CommitGroup: ~Copyable {
    /// One batch of the group.
    struct Entry {
        let batch: PreparedBatch
        let series: [SeriesID]
        /// Registries that this batch added to, and their size before.
        let additions: [(registry: SeriesRegistry, countBefore: Int)]
        let durability: Durability
        let completion: CommitRequest.Completion
        /// 0 for a batch without rows, which has no record.
        let lsn: LSN
    }

    private(set) var entries: [Entry] = []
    private(set) var recordEnds: [Int] = []

    /// Adds a batch and its record, which gets the number `lsn` if it has rows.
    mutating func add(
        _ batch: PreparedBatch,
        _ durability: Durability,
        _ completion: @escaping CommitRequest.Completion,
        lsn: LSN,
        durableLSN: LSN,
        to writer: inout ByteWriter
    ) {
        var ids: [SeriesID] = []
        ids.reserveCapacity(batch.groups.count)
        var definitions: [SeriesDefinition] = []
        var additions: [(registry: SeriesRegistry, countBefore: Int)] = []
        for group in batch.groups {
            let (id, isNew) = group.table.series.intern(group.series)
            ids.append(id)
            guard isNew else { continue }
            definitions.append(SeriesDefinition(table: group.table.id, id: id, name: group.series))
            additions.append((group.table.series, Int(id)))
        }
        let hasRows = batch.rowCount > 0
        if hasRows {
            let start = WALRecordHeader.begin(.rows, lsn: lsn, durableLSN: durableLSN, in: &writer)
            RowsRecord.put(batch, series: ids, definitions: definitions, to: &writer)
            WALRecordHeader.finish(recordAt: start, in: &writer)
            recordEnds.append(writer.count)
        }
        entries.append(
            Entry(
                batch: batch,
                series: ids,
                additions: additions,
                durability: durability,
                completion: completion,
                lsn: hasRows ? lsn : 0
            )
        )
    }

    /// Takes back the series that batches from `index` on added, last first, so that their numbers are free again.
    func removeSeries(addedFrom index: Int) {
        for entry in entries[index...].reversed() {
            for addition in entry.additions.reversed() { addition.registry.removeSeries(from: addition.countBefore) }
        }
    }
}
