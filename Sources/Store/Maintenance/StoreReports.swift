/// What ``Store/verify(directory:fileSystem:)`` found.
public struct StoreVerification: Sendable, Hashable {
    /// One damaged or missing file.
    public struct Damage: Sendable, Hashable {
        /// The file's path.
        public var file: String
        /// Where in it; 0 for a missing file.
        public var offset: Int
        /// What is wrong, and what ``Store/repair(directory:fileSystem:)`` would do about it.
        public var message: String
    }

    /// Files read whole.
    public var files = 0
    /// Bytes in them.
    public var bytes: UInt64 = 0
    /// Rows in segments.
    public var segmentRows: UInt64 = 0
    /// Records and rows in the WAL that are in no segment yet.
    public var walRecords = 0
    /// Rows in them.
    public var walRows = 0
    /// Bytes of a torn tail of the WAL, which the next start cuts off; no damage.
    public var tornBytes = 0
    /// What is damaged; empty if all is well.
    public var damages: [Damage] = []
}

/// What ``Store/repair(directory:fileSystem:)`` did.
public struct StoreRepair: Sendable, Hashable {
    /// Files that were moved to the directory `quarantine`, for a look later.
    public var quarantined: [String] = []
    /// Sentences that say what was done and what is lost, in order.
    public var actions: [String] = []
}
