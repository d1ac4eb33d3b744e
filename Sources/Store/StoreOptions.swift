/// The bounds of a store. Each has a default that suits a feed handler on a small machine.
public struct StoreOptions: Sendable, Hashable {
    /// A memtable of this size is sealed and flushed to segments. 64 MiB is about a million trades.
    public var memtableFlushBytes = 64 << 20
    /// Writes are refused as congested while all memtables together hold more, because flushing lags.
    public var memtableBytesMax = 256 << 20
    /// Writes are refused as congested while more than this waits for the WAL.
    public var queueBytesMax = 64 << 20
    /// How long an `interval` write may wait for its fdatasync to start. With 10 ms for the call itself, 50 ms of
    /// writes are at risk.
    public var syncIntervalNanoseconds: UInt64 = 40_000_000
    /// How long a flush that met a full disk waits before it tries again.
    public var flushRetryNanoseconds: UInt64 = 1_000_000_000

    /// How segments are read.
    public var readMode = ReadMode.mapped
    /// How the values of segments are written.
    public var compression = Compression.smallest
    /// Whether segments are merged in the background.
    public var compacts = true
    /// How fast the background may read and write together; leaves the disk to the WAL. 0 is no limit.
    public var compactionBytesPerSecond = 200 << 20
    /// Segment files that stay open; the one used longest ago makes room. Far below the 65,530 maps that Linux gives a
    /// process.
    public var openSegmentsMax = 4096

    /// The ways to read segments.
    public enum ReadMode: Sendable, Hashable {
        /// Mapped: no copy, and the kernel's page cache is the only cache. A disk that cannot read a page ends the process.
        case mapped
        /// Read into buffers, which costs a copy: for disks that may fail to read.
        case buffered
    }

    /// The ways to write values.
    public enum Compression: Sendable, Hashable {
        /// The smallest encoding that decodes at the speed of memory.
        case smallest
        /// As in memory, 8 bytes a number: for measuring.
        case none
    }

    /// The defaults.
    public init() {}
}
