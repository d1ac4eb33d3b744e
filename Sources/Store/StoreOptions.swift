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

    /// The defaults.
    public init() {}
}
