import Synchronization

/// When a write counts as done.
public enum Durability: Sendable, Hashable {
    /// Acknowledged once on disk, visible then.
    case sync
    /// Acknowledged and visible when appended; a crash of the machine may lose the last 50 ms.
    case interval
}

/// Rows of one series of one table.
public struct AppendGroup: Sendable {
    /// The table's name.
    public let table: String
    /// The series; empty for a table without a series key.
    public let series: String
    /// One vector a column of the schema, all of the same length; nil stands for nulls, and so does the lack of columns at
    /// the end, which were added since. The series key's is ignored.
    public let columns: [Vector?]
    /// The number of rows.
    public let rowCount: Int

    /// Creates a group.
    public init(table: String, series: String, columns: [Vector?], rowCount: Int) {
        self.table = table
        self.series = series
        self.columns = columns
        self.rowCount = rowCount
    }
}

/// Rows that are written together: after a crash all of them are there, or none.
public struct AppendBatch: Sendable {
    /// The rows, by table and series. Rows of one series keep this order.
    public var groups: [AppendGroup]
    /// The sequence of batches that this one belongs to, if it only makes sense after those before it.
    public var stream: AppendStream?

    /// Creates a batch.
    public init(groups: [AppendGroup] = [], stream: AppendStream? = nil) {
        self.groups = groups
        self.stream = stream
    }

    /// The number of rows in all groups.
    public var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }
}

/// Batches of one writer that only make sense in order: once one of them was not kept, no later one is.
///
/// Without it, a batch that waited behind one that the disk had no room for may still fit, and leave a hole.
public final class AppendStream: Sendable {
    private let first = Mutex<TableError?>(nil)

    /// Creates a stream of which every batch was kept so far.
    public init() {}

    /// Why the first batch that was not kept was not; nil while all were.
    public var failure: TableError? { first.withLock { $0 } }

    /// Called by the sink when a batch was not kept.
    public func breakOff(_ error: TableError) { first.withLock { if $0 == nil { $0 = error } } }
}

/// Something that rows can be written to, from any thread.
public protocol TableSink: Sendable {
    /// Queues a batch; never blocks on the disk.
    ///
    /// - Parameters:
    ///   - batch: the rows.
    ///   - durability: when the write counts as done.
    ///   - completion: called once, on a thread of the sink, with the batch's LSN or why nothing of it was kept.
    ///     It must return quickly.
    func append(
        _ batch: AppendBatch,
        durability: Durability,
        completion: @escaping @Sendable (Result<LSN, TableError>) -> Void
    )

    /// Whether so much is queued that a writer that can wait should.
    var isCongested: Bool { get }
}

/// What statements that change something need of a store.
public typealias TableWriter = CatalogEditor & TableSink
