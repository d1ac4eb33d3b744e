import Columnar

/// What there is to read at one moment: immutable, replaced as a whole under the store's mutex.
///
/// Invariant: a batch that is committed is in exactly one of `memtables` and the segments.
final class StoreState: Sendable {
    /// From the oldest, which is being flushed, to the one that is written.
    let memtables: [Memtable]
    private let tables: [TableID: TableSegments]
    /// Deletions that memtables or segments may still need, ascending by LSN.
    let tombstones: [TableID: [Tombstone]]

    init(
        memtables: [Memtable],
        tables: [TableID: TableSegments] = [:],
        tombstones: [TableID: [Tombstone]] = [:]
    ) {
        self.memtables = memtables
        self.tables = tables
        self.tombstones = tombstones
    }

    /// The segments of a table; none if it has none.
    func segments(of table: TableID) -> TableSegments { tables[table] ?? TableSegments() }

    /// All segments, in no order.
    var segments: [Segment] { tables.values.flatMap(\.all) }

    /// The segments of all tables that have some.
    var segmentsByTable: [TableID: TableSegments] { tables }

    /// All deletions, in no order.
    var allTombstones: [Tombstone] { tombstones.values.flatMap { $0 } }

    /// The last deletion of a table's rows; 0 if there is none.
    func lastDeletion(of table: TableID) -> LSN { tombstones[table]?.last?.lsn ?? 0 }

    /// With a fresh memtable to write to.
    func adding(_ memtable: Memtable) -> StoreState {
        StoreState(memtables: memtables + [memtable], tables: tables, tombstones: tombstones)
    }

    /// With a deletion of rows in sealed memtables and segments.
    func adding(_ tombstone: Tombstone) -> StoreState {
        var tombstones = tombstones
        tombstones[tombstone.table, default: []].append(tombstone)
        return StoreState(memtables: memtables, tables: tables, tombstones: tombstones)
    }

    /// With the segments that took a memtable's place.
    func replacing(_ memtable: Memtable, by flushed: [Segment], keeping known: CatalogState) -> StoreState {
        var tables = tables
        for segment in flushed where known.entry(segment.entry.table) != nil {
            tables[segment.entry.table, default: TableSegments()].insert(segment)
        }
        return StoreState(
            memtables: memtables.filter { $0 !== memtable },
            tables: tables,
            tombstones: tombstones
        )
    }

    /// With `merged` in the place of `sources`, all of one table; as it is if the table is gone.
    func replacing(_ sources: [Segment], of table: TableID, by merged: Segment?) -> StoreState {
        guard var segments = tables[table] else { return self }
        var tables = tables
        for source in sources { segments.remove(source) }
        if let merged { segments.insert(merged) }
        tables[table] = segments
        return StoreState(memtables: memtables, tables: tables, tombstones: tombstones)
    }

    /// Without the deletions that a manifest needs no more: what they deleted was flushed, and then rewritten.
    func keepingTombstones(of manifest: Manifest) -> StoreState {
        guard !tombstones.isEmpty else { return self }
        let needed = Set(manifest.tombstones)
        let kept = tombstones.mapValues { $0.filter { $0.lsn > manifest.flushedLSN || needed.contains($0) } }
        return StoreState(memtables: memtables, tables: tables, tombstones: kept.filter { !$0.value.isEmpty })
    }

    /// Without a table. Rows in memtables stay, and nobody asks for them.
    func dropping(_ table: TableID) -> StoreState {
        var tables = tables
        var tombstones = tombstones
        tables[table] = nil
        tombstones[table] = nil
        return StoreState(memtables: memtables, tables: tables, tombstones: tombstones)
    }
}

/// The segments of one table, by partition.
struct TableSegments: Sendable {
    /// The segments of one partition.
    struct Partition: Sendable {
        let index: Int32
        /// In the order of arrival.
        var segments: [Segment]
    }

    /// Ascending by index, so by time; none is empty.
    private(set) var partitions: [Partition] = []

    var all: [Segment] { partitions.flatMap(\.segments) }

    /// Partitions that may hold times of the range. O(log n) beside what is found.
    func partitions(in time: TimeRange, unit: PartitionUnit) -> ArraySlice<Partition> {
        guard !time.isEmpty, !partitions.isEmpty else { return [] }
        // Without a bound there is no calendar to ask.
        let first = time.start == .min ? 0 : position(of: unit.index(of: time.start))
        let last = time.end == .max ? .max : unit.index(of: time.end - 1)
        let end = last == .max ? partitions.count : position(of: last + 1)
        return partitions[min(first, end)..<end]
    }

    mutating func insert(_ segment: Segment) {
        let index = segment.entry.partition
        let position = position(of: index)
        guard position < partitions.count, partitions[position].index == index else {
            partitions.insert(Partition(index: index, segments: [segment]), at: position)
            return
        }
        let place = partitions[position].segments.firstIndex { $0.entry.lastLSN > segment.entry.lastLSN }
        partitions[position].segments.insert(segment, at: place ?? partitions[position].segments.count)
    }

    mutating func remove(_ segment: Segment) {
        let position = position(of: segment.entry.partition)
        guard position < partitions.count, partitions[position].index == segment.entry.partition else { return }
        partitions[position].segments.removeAll { $0 === segment }
        if partitions[position].segments.isEmpty { partitions.remove(at: position) }
    }

    /// The first partition at or after an index.
    private func position(of index: Int32) -> Int {
        var lower = 0
        var upper = partitions.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if partitions[middle].index < index { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
