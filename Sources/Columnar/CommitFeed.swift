/// Rows that became visible together: a batch as the store keeps it, columns in the order of the schema.
public struct CommittedBatch: Sendable {
    /// The batch's place among all writes.
    public let lsn: LSN
    /// The rows by table and series, in the order in which they were appended. Times of regular tables are floored to the slot.
    public let groups: [AppendGroup]

    /// Creates a batch.
    public init(lsn: LSN, groups: [AppendGroup]) {
        self.lsn = lsn
        self.groups = groups
    }
}

/// Something else than new rows happened to a table.
public struct CommittedChange: Sendable, Hashable {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// There is such a table now.
        case created
        /// It is gone, with all its rows.
        case dropped
        /// It has another column, or keeps its rows for another time.
        case altered
        /// Rows of a time range were removed, of all series or some.
        case rowsRemoved(TimeRange)
    }

    /// The change's place among all writes.
    public let lsn: LSN
    /// The table.
    public let table: String
    /// What happened.
    public let kind: Kind

    /// Creates a change.
    public init(lsn: LSN, table: String, kind: Kind) {
        self.lsn = lsn
        self.table = table
        self.kind = kind
    }
}

/// Whoever wants to know of every write as it becomes visible.
public protocol CommitListener: AnyObject, Sendable {
    /// Rows are visible. Called in the order of LSNs on the thread that writes: must return quickly, and not call the store's
    /// waiting methods.
    func committed(_ batch: CommittedBatch)
    /// A table was changed otherwise. Called in the same order on the same thread.
    func changed(_ change: CommittedChange)
}

/// A store that tells of its writes.
///
/// Nothing is missed or told twice by a listener that is added first, takes a snapshot then, and passes over what is told
/// with an LSN up to ``TableSnapshot/committed``.
public protocol CommitFeed: TableSource {
    /// Tells a listener of every write from now on. It is held until it is removed.
    func addListener(_ listener: any CommitListener)
    /// Ends it; a call that is under way on the writer's thread may still come to its end.
    func removeListener(_ listener: any CommitListener)
}
