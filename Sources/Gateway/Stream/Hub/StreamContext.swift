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
    /// What they told last; nil with them.
    let histories: QueryHistories?
    /// Has their texts understood away from the loops; nil does it on them.
    let preparer: QueryPreparer?
}

extension StreamContext {
    /// The features that a request is about: the fields of a view, or the built-in ones.
    func group(_ view: String?) throws(StreamRequest.Refusal) -> FeatureGroup {
        guard let view else { return builtIn }
        if let group = groups.group(ofView: view) { return group }
        throw .init(
            code: "unknown_view",
            message: "there is no feature view '\(view.prefix(64))'",
            hint: NearestSymbol.hint(for: view, among: groups.viewNames)
        )
    }
}
