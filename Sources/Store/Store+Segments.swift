import Columnar

/// One segment file.
public struct SegmentStatistics: Sendable, Hashable {
    /// The table's name.
    public var table: String
    /// The partition, as its directory is called.
    public var partition: String
    /// The file's number, unique in the store.
    public var id: UInt64
    /// Rows in the file; one that a later row replaces counts.
    public var rows: UInt64
    /// Length of the file.
    public var bytes: UInt64
    /// The earliest time in the file.
    public var firstTime: Int64
    /// The latest time in the file.
    public var lastTime: Int64
}

extension Store {
    /// The segment files that hold the tables now, by table, time of the partition, and age. Costs time for segments.
    public var segments: [SegmentStatistics] {
        let state = core.state
        let entries = core.catalog.state.entries.sorted { $0.schema.name < $1.schema.name }
        return entries.flatMap { entry in
            let segments = state.segments(of: entry.id).all.map(\.entry)
            return segments.sorted { ($0.partition, $0.id) < ($1.partition, $1.id) }.map { segment in
                SegmentStatistics(
                    table: entry.schema.name,
                    partition: entry.schema.partition.name(of: segment.partition),
                    id: segment.id,
                    rows: segment.rowCount,
                    bytes: segment.byteCount,
                    firstTime: segment.firstTime,
                    lastTime: segment.lastTime
                )
            }
        }
    }
}
