internal import Engine
internal import Synchronization

/// What the hubs of all loops share.
struct StreamContext: Sendable {
    let groups: FeatureGroups
    let builtIn: FeatureGroup
    let limits: StreamLimits
    let serverVersion: String
    /// Nanoseconds since the Unix epoch.
    let clock: @Sendable () -> Int64
    /// Nanoseconds of a clock that only goes forward.
    let uptime: @Sendable () -> Int64
    let counters: StreamCounters
    let registry: ShapeRegistry
    let ring: ResumeRing
    /// Follows queries; nil if there is nothing that does.
    let queries: (any StreamQuerySource)?
    /// Makes updates again that the ring does not hold any more; nil if nothing does.
    let past: (any PastFeatures)?
    /// The same for fields of feature views.
    let pastViews: (any PastViews)?
    /// What they told last; nil with them.
    let histories: QueryHistories?
    /// Has their texts understood away from the loops; nil does it on them.
    let preparer: QueryPreparer?
}
