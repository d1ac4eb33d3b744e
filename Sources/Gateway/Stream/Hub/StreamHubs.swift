public import Engine
public import Market
public import NIOCore
internal import Wire

/// Where shards publish their features: the streams and the latest values of every event loop.
///
/// The loop that publishes takes a batch over at once; every other gets one hop for all that is ready by the time it comes
/// round.
public final class StreamHubs: FeaturePublisher, @unchecked Sendable {
    // @unchecked: the hubs are touched on their own loops only; everything else is immutable or guarded by its own lock.

    struct Member {
        let hub: StreamHub
        let handoff: Handoff
    }

    let context: StreamContext
    private let members: [Member]
    private let sessionCount = Counter()

    /// Creates the hubs.
    ///
    /// - Parameters:
    ///   - eventLoops: every loop that accepts connections or publishes.
    ///   - features: all features; an index into them is what updates bear.
    ///   - instruments: names of the instruments in updates.
    ///   - limits: bounds of the stream.
    ///   - serverVersion: told in `welcome`.
    ///   - queries: follows queries; nil refuses them.
    ///   - preparing: where the texts of queries are understood; nil does it on the loops.
    ///   - past: makes updates again that are not held in memory any more; nil makes none.
    ///   - pastViews: the same for fields of feature views.
    ///   - clock: the wall clock, nanoseconds since the Unix epoch.
    ///   - uptime: a clock that only goes forward, nanoseconds.
    public init(
        eventLoops: [any EventLoop],
        features: [Feature],
        instruments: InstrumentRegistry,
        limits: StreamLimits = StreamLimits(),
        serverVersion: String,
        queries: (any StreamQuerySource)? = nil,
        preparing executor: (any LiveExecutor)? = nil,
        past: (any PastFeatures)? = nil,
        pastViews: (any PastViews)? = nil,
        clock: @escaping @Sendable () -> Int64,
        uptime: @escaping @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds) }
    ) {
        let counters = StreamCounters()
        let builtIn = FeatureGroup(index: 0, view: nil, features: features, instruments: instruments)
        let context = StreamContext(
            groups: FeatureGroups(builtIn),
            builtIn: builtIn,
            limits: limits,
            serverVersion: serverVersion,
            clock: clock,
            uptime: uptime,
            counters: counters,
            registry: ShapeRegistry(),
            ring: ResumeRing(limits: limits, counters: counters),
            queries: queries,
            past: past,
            pastViews: pastViews,
            histories: queries.map { QueryHistories(source: $0, limits: limits, uptime: uptime) },
            preparer: queries.flatMap { queries in executor.map { QueryPreparer(queries, $0) } }
        )
        self.context = context
        self.members = eventLoops.map { eventLoop in
            let handoff = Handoff(updatesMax: limits.handoffUpdatesMax, counters: counters)
            return Member(hub: StreamHub(eventLoop: eventLoop, context: context), handoff: handoff)
        }
        for member in members {
            let handoff = member.handoff
            member.hub.catchUp = { [unowned hub = member.hub] in Self.takeOver(hub, handoff) }
        }
    }

    /// Hands a batch to every loop. On the shard's loop, the latest values are its before this returns.
    public func publish(_ batch: FeatureBatch, shard: Int) { publish(batch, group: context.builtIn, shard: shard) }

    /// Hands a batch of a group of features to every loop.
    func publish(_ batch: FeatureBatch, group: FeatureGroup, shard: Int) {
        guard !batch.updates.isEmpty else { return }
        // First of all: a subscriber that got an update may come back anywhere, and must find it.
        context.ring.append(batch, group: group, now: context.uptime())
        let part = GroupBatch(group: group.index, batch: batch)
        for (index, member) in members.enumerated() {
            // An instrument belongs to one shard, and a shard publishes on its own loop: order is kept either way.
            if index == shard, member.hub.eventLoop.inEventLoop {
                member.hub.apply([part])
            } else if member.handoff.put(part) {
                member.hub.eventLoop.execute { [self] in Self.takeOver(members[index].hub, members[index].handoff) }
            }
        }
    }

    private static func takeOver(_ hub: StreamHub, _ handoff: Handoff) {
        let (batches, merged) = handoff.take()
        hub.apply(batches, merged: merged)
    }

    /// The hub of a loop; nil if the loop is none of those given.
    func hub(of eventLoop: any EventLoop) -> StreamHub? {
        members.first { $0.hub.eventLoop === eventLoop }?.hub
    }

    /// A name for a new connection.
    func nextConnectionName() -> String { "c-\(sessionCount.add())" }

    /// Tells every subscriber that the server goes away, and closes each once it has read what waits for it.
    public func goAway() {
        for index in members.indices { members[index].hub.eventLoop.execute { [self] in members[index].hub.goAway() } }
    }
}
