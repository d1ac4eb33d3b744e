public import Engine
public import Market
public import NIOCore
internal import Wire

/// What the hubs of all loops share.
struct StreamContext: Sendable {
    let features: [Feature]
    let instruments: InstrumentRegistry
    let limits: StreamLimits
    let serverVersion: String
    let clock: @Sendable () -> Int64
    let counters: StreamCounters
    let registry: ShapeRegistry
}

/// Where shards publish their features: the streams and the latest values of every event loop.
///
/// The loop that publishes is served at once; every other gets one hop for all that is ready by the time it comes round.
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
    ///   - clock: the wall clock, nanoseconds since the Unix epoch.
    public init(
        eventLoops: [any EventLoop],
        features: [Feature],
        instruments: InstrumentRegistry,
        limits: StreamLimits = StreamLimits(),
        serverVersion: String,
        clock: @escaping @Sendable () -> Int64
    ) {
        let counters = StreamCounters()
        let context = StreamContext(
            features: features,
            instruments: instruments,
            limits: limits,
            serverVersion: serverVersion,
            clock: clock,
            counters: counters,
            registry: ShapeRegistry()
        )
        self.context = context
        self.members = eventLoops.map { eventLoop in
            let handoff = Handoff(updatesMax: limits.handoffUpdatesMax, counters: counters)
            return Member(hub: StreamHub(eventLoop: eventLoop, context: context), handoff: handoff)
        }
    }

    /// Hands a batch to every loop. On the shard's loop, its own subscribers are served before this returns.
    public func publish(_ batch: FeatureBatch, shard: Int) {
        guard !batch.updates.isEmpty else { return }
        for (index, member) in members.enumerated() {
            // An instrument belongs to one shard, and a shard publishes on its own loop: order is kept either way.
            if index == shard, member.hub.eventLoop.inEventLoop {
                member.hub.apply([batch])
            } else if member.handoff.put(batch) {
                member.hub.eventLoop.execute { [self] in takeOver(index) }
            }
        }
    }

    private func takeOver(_ index: Int) {
        let (batches, merged) = members[index].handoff.take()
        members[index].hub.apply(batches, merged: merged)
    }

    /// The hub of a loop; nil if the loop is none of those given.
    func hub(of eventLoop: any EventLoop) -> StreamHub? {
        members.first { $0.hub.eventLoop === eventLoop }?.hub
    }

    /// A name for a new connection.
    func nextConnectionName() -> String { "c-\(sessionCount.add())" }
}
