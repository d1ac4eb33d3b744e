/// The kinds of calls that a disk gets.
public enum DiskCall: Int, CaseIterable, Sendable {
    /// The calls of a ``FileSystem``, of its files and locks; releasing a lock cannot fail and is not counted.
    case createDirectory, list, open, map, openForReading, read, write, truncate, sync, link, rename, remove
    /// See ``createDirectory``.
    case removeDirectory, syncDirectory, lock

    /// Whether a full disk can be the answer.
    var canFindDiskFull: Bool {
        switch self {
        case .createDirectory, .open, .write, .truncate, .sync, .link, .rename, .syncDirectory: true
        case .list, .map, .openForReading, .read, .remove, .removeDirectory, .lock: false
        }
    }
}

/// How a call fails that was chosen by its number.
public enum DiskFailure: Sendable, Hashable, CaseIterable {
    /// An input or output error. A write may have put some of its bytes, a sync may have lost what was unsynced.
    case io
    /// No room. Calls that need none succeed.
    case diskFull
    /// The machine stops: the call may or may not have had its effect, and every later one fails.
    case crash
}

/// What goes wrong at random. Rates are "one call in so many", 0 for never.
public struct DiskFaults: Sendable {
    /// Input and output errors by kind of call.
    public var errorOneIn: [DiskCall: UInt64] = [:]
    /// Writes that take fewer bytes than given, which is no error.
    public var shortWriteOneIn: UInt64 = 0
    /// Reads and maps that show one bit wrong, once.
    public var flipOneIn: UInt64 = 0
    /// Names that ``flipOneIn`` is for end like this.
    public var flipSuffix = ".seg"
    /// Bytes that all files together may hold; nil is no bound.
    public var capacity: Int?

    /// A disk without faults.
    public init() {}

    /// Whether nothing can go wrong.
    public var isEmpty: Bool {
        errorOneIn.values.allSatisfy { $0 == 0 } && flipOneIn == 0 && capacity == nil
    }
}

/// What a disk did and met so far.
public struct DiskCounters: Sendable {
    /// Calls by kind, those that failed included.
    public internal(set) var calls: [DiskCall: Int] = [:]
    /// All calls.
    public internal(set) var total = 0
    /// Calls that were made to fail, and bits that were flipped.
    public internal(set) var faults = 0
    /// Syncs of files that were made to fail.
    public internal(set) var failedSyncs = 0
}
