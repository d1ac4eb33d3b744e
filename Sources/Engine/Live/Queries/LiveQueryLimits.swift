import Columnar

/// Bounds of live queries.
public struct LiveQueryLimits: Sendable, Hashable {
    /// Plans that run at once; subscribing to another one is refused.
    public var plansMax: Int
    /// Those among them that hear of every row of a table, as they name no series.
    public var wholePlansMax: Int
    /// Groups that one plan holds: past it the oldest closed buckets go, and a plan that has none ends.
    public var groupsMax: Int
    /// Bytes of state of one plan, about; a plan that needs more ends.
    public var stateBytesMax: Int
    /// Bytes of state of all plans together, about; a plan that needs more than is left ends.
    public var totalBytesMax: Int
    /// Bytes of batches that wait to be applied; past it they are dropped, and all plans start again from a snapshot.
    public var queueBytesMax: Int
    /// Rows of a snapshot; the oldest ones are left out.
    public var snapshotRowsMax: Int
    /// Newest rows that a plan of appended rows keeps for snapshots.
    public var tailRowsMax: Int
    /// Buckets of SAMPLE BY that are kept, and can be revised, in one series or over all.
    public var bucketsMax: Int
    /// Nanoseconds by which a row may come late: a bucket closes when its end is so long past.
    public var lateness: Int64
    /// Nanoseconds that reading a snapshot may take.
    public var historyNanosecondsMax: Int64
    /// Restarts of a plan within a minute; a plan that needs more ends.
    public var restartsMax: Int

    /// A live plan costs each batch with rows of its series some microseconds: a thousand instruments that several follow.
    public static let plansDefault = 2_048
    /// Each of these costs every batch of its tables that, so that this many take a core at some thousand events a second.
    public static let wholePlansDefault = 256
    /// A working day of 1-minute bars of a hundred instruments.
    public static let groupsDefault = 50_000
    /// Bars of that many groups take a quarter of it.
    public static let stateBytesDefault = 64 << 20
    /// 64 plans at their bound; most take some kilobytes.
    public static let totalBytesDefault = 4 << 30
    /// Some seconds of all feeds of a large venue.
    public static let queueBytesDefault = 64 << 20
    /// A message of a few megabytes.
    public static let snapshotRowsDefault = 10_000
    /// What a person scrolls through.
    public static let tailRowsDefault = 1_000
    /// A working day of 1-minute bars.
    public static let bucketsDefault = 500
    /// What feeds are allowed everywhere in Tickgate.
    public static let latenessDefault = 2 * CivilTime.second
    /// Half of what a query may take: other live queries wait meanwhile.
    public static let historyNanosecondsDefault: Int64 = 30_000_000_000
    /// One every three seconds.
    public static let restartsDefault = 20

    /// Creates limits; each has a default.
    public init(
        plansMax: Int = plansDefault,
        wholePlansMax: Int = wholePlansDefault,
        groupsMax: Int = groupsDefault,
        stateBytesMax: Int = stateBytesDefault,
        totalBytesMax: Int = totalBytesDefault,
        queueBytesMax: Int = queueBytesDefault,
        snapshotRowsMax: Int = snapshotRowsDefault,
        tailRowsMax: Int = tailRowsDefault,
        bucketsMax: Int = bucketsDefault,
        lateness: Int64 = latenessDefault,
        historyNanosecondsMax: Int64 = historyNanosecondsDefault,
        restartsMax: Int = restartsDefault
    ) {
        self.plansMax = plansMax
        self.wholePlansMax = wholePlansMax
        self.groupsMax = groupsMax
        self.stateBytesMax = stateBytesMax
        self.totalBytesMax = totalBytesMax
        self.queueBytesMax = queueBytesMax
        self.snapshotRowsMax = snapshotRowsMax
        self.tailRowsMax = tailRowsMax
        self.bucketsMax = max(1, bucketsMax)
        self.lateness = max(0, lateness)
        self.historyNanosecondsMax = historyNanosecondsMax
        self.restartsMax = restartsMax
    }
}
