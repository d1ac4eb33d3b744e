import Columnar

/// What there is to read at one moment: immutable, replaced as a whole under the store's mutex.
///
/// Invariant: a batch that is committed is in exactly one of `memtables` and `segmentsByTable`.
final class StoreState: Sendable {
    /// From the oldest, which is being flushed, to the one that is written.
    let memtables: [Memtable]
    /// Ascending by number, so in the order of arrival.
    private let segmentsByTable: [TableID: [Segment]]

    init(memtables: [Memtable], segmentsByTable: [TableID: [Segment]]) {
        self.memtables = memtables
        self.segmentsByTable = segmentsByTable
    }

    func segments(of table: TableID) -> [Segment] { segmentsByTable[table] ?? [] }

    var segments: [Segment] { segmentsByTable.values.flatMap { $0 } }

    /// With a fresh memtable to write to.
    func adding(_ memtable: Memtable) -> StoreState {
        StoreState(memtables: memtables + [memtable], segmentsByTable: segmentsByTable)
    }

    /// With the segments that took a memtable's place.
    func replacing(_ memtable: Memtable, by flushed: [Segment]) -> StoreState {
        var segments = segmentsByTable
        for segment in flushed { segments[segment.entry.table, default: []].append(segment) }
        return StoreState(memtables: memtables.filter { $0 !== memtable }, segmentsByTable: segments)
    }
}
