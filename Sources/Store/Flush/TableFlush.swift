import Columnar

/// Writes the rows of one table of a sealed memtable: a segment a partition.
struct TableFlush {
    let core: StoreCore
    let sealed: SealedMemtable
    let table: MemtableTable
    /// The table as of the memtable's last record.
    let entry: TableEntry
    /// The first record that the memtable holds.
    let firstLSN: LSN

    /// Adds the segments written, also when it throws. They are durable, and so are the directories that name them.
    func run(into segments: inout [Segment]) throws(TableError) {
        let series = table.seriesIDs.sorted().compactMap { id in
            entry.series.name(of: id).map { SeriesContext(entry: entry, id: id, name: $0) }
        }
        // Deletions of now: rows that are gone need not be written.
        let tombstones = core.state.tombstones[entry.id] ?? []
        let state = StoreState(memtables: [sealed.memtable], tombstones: [entry.id: tombstones])
        for partition in try partitions(of: series, state).sorted() {
            let build = SegmentBuild(
                core: core,
                entry: entry,
                partition: partition,
                firstLSN: firstLSN,
                lastLSN: sealed.lastLSN,
                filteredLSN: max(sealed.lastLSN, tombstones.last?.lsn ?? 0)
            )
            let time = entry.schema.partition.range(of: partition)
            let finder = RunFinder(state: state, committed: .max, time: time)
            if let segment = try build.write(series, finder, pace: nil) { segments.append(segment) }
        }
    }

    /// The partitions that have rows.
    private func partitions(of series: [SeriesContext], _ state: StoreState) throws(TableError) -> Set<Int32> {
        let unit = entry.schema.partition
        let finder = RunFinder(state: state, committed: .max, time: .all)
        var partitions: Set<Int32> = []
        for context in series {
            for run in try finder.runs(of: context) {
                if unit.index(of: run.firstTime) == unit.index(of: run.lastTime) {
                    partitions.insert(unit.index(of: run.firstTime))
                    continue
                }
                let times = Plain.int64(try run.source.vector(column: entry.schema.timeColumn))
                if let rows = run.scattered {
                    for row in rows { partitions.insert(unit.index(of: times[row])) }
                } else {
                    times.slice(run.rows).withUnsafeBufferPointer { Self.addPartitions(of: $0, unit, to: &partitions) }
                }
            }
        }
        return partitions
    }

    /// One search a partition, not a division a row.
    private static func addPartitions(
        of ascending: UnsafeBufferPointer<Int64>,
        _ unit: PartitionUnit,
        to partitions: inout Set<Int32>
    ) {
        var row = 0
        while row < ascending.count {
            let partition = unit.index(of: ascending[row])
            partitions.insert(partition)
            let end = unit.range(of: partition).end
            if end == .max { return }
            row += Search.lowerBound(UnsafeBufferPointer(rebasing: ascending[row...]), end)
        }
    }
}
