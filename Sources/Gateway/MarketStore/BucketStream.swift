public import Columnar
internal import Engine
public import MarketStore
public import NIOCore
internal import Synchronization
internal import Wire

/// MarketStore's stream: every row committed to a bucket becomes a message for all who follow the bucket.
///
/// Messages are made on a loop of its own, once for all receivers, and handed to the receivers' loops in batches. Nobody waits
/// for anybody: the thread that writes puts its rows into a bounded inbox, every loop has a bounded hand-off, and every client
/// a bounded queue; whoever does not keep up is closed with a code that says so.
public final class BucketStream: CommitListener, @unchecked Sendable {
    // @unchecked: all variables are used on `loop` only; everything else is immutable or guarded by its own lock.

    /// Bytes of frames that are handed over together.
    private static let burstBytes = 64 * 1024
    /// Audiences of buckets that are remembered, those of all buckets together.
    private static let routeTargetsMax = 4 << 20
    /// Audiences that nobody belongs to any more and that buckets still remember.
    private static let emptyAudiencesMax = 64

    private struct Member {
        let loop: any EventLoop
        let handoff: BucketHandoff
    }

    let limits: BucketStreamLimits
    let counters = BucketStreamCounters()
    private let store: any CommitFeed
    private let loop: any EventLoop
    private let members: [Member]
    private let inbox: BucketInbox
    private let clock: @Sendable () -> Int64

    private var rows: RowStream
    private var audiences: [StreamPatterns: BucketAudience] = [:]
    private var followed: [ObjectIdentifier: BucketAudience] = [:]
    private var routes: [BucketKey: [BucketAudience]] = [:]
    /// The number of buckets in `routes` and of their audiences.
    private var routeTargets = 0
    private var emptyAudiences = 0
    /// Whether anybody follows anything: else rows that are pushed at once need not be looked at.
    private let hasFollowers = Atomic<Bool>(false)
    private var touched: [BucketAudience] = []
    private var timer: Scheduled<Void>?

    /// Creates a stream; ``start()`` begins it.
    ///
    /// - Parameters:
    ///   - store: whose rows are pushed.
    ///   - directory: which buckets there are; asked on `loop`.
    ///   - loop: makes the messages; it should serve nothing else.
    ///   - eventLoops: every loop that accepts connections.
    ///   - limits: bounds.
    ///   - clock: the wall clock, nanoseconds since the Unix epoch: it says when a bar has ended.
    public init(
        store: any CommitFeed,
        directory: any BucketDirectory,
        loop: any EventLoop,
        eventLoops: [any EventLoop],
        limits: BucketStreamLimits = BucketStreamLimits(),
        clock: @escaping @Sendable () -> Int64
    ) {
        self.store = store
        self.loop = loop
        self.limits = limits
        self.clock = clock
        self.members = eventLoops.map { Member(loop: $0, handoff: BucketHandoff(bytesMax: limits.handoffBytesMax)) }
        self.inbox = BucketInbox(bytesMax: limits.inboxBytesMax)
        self.rows = RowStream(directory: directory, shelfBytesMax: limits.shelfBytesMax)
    }

    /// Listens to the store.
    public func start() { store.addListener(self) }

    /// Listens no more. Connections stay until the gateway closes them.
    public func stop() {
        store.removeListener(self)
        loop.execute { [self] in timer?.cancel() }
    }

    // MARK: - CommitListener

    /// See ``CommitListener/committed(_:)``.
    public func committed(_ batch: CommittedBatch) {
        let hasFollowers = hasFollowers.load(ordering: .sequentiallyConsistent)
        var latest: (table: String, isWanted: Bool)?
        let groups = batch.groups.filter { group in
            // Groups of a batch are mostly of one table.
            if let latest, latest.table == group.table { return latest.isWanted }
            let isWanted =
                RowStream.mayHoldBuckets(group.table) && (hasFollowers || RowStream.mayWait(group.table))
            latest = (group.table, isWanted)
            return isWanted
        }
        if !groups.isEmpty, inbox.put(groups) { loop.execute { [self] in takeOver() } }
    }

    /// See ``CommitListener/changed(_:)``. Bars of a bucket that is gone are found when they would be pushed.
    public func changed(_ change: CommittedChange) {}

    // MARK: - Rows

    private func takeOver() {
        let (groups, lostRows) = inbox.take()
        let now = clock()
        // A bar that has ended must not come after a newer row of the same slot.
        rows.close(now: now, push: send)
        for group in groups {
            rows.take(group, now: now, isFollowed: { audiences(of: $0).contains { $0.count > 0 } }, push: send)
        }
        endTurn()
        if lostRows > 0 { lost(lostRows) }
    }

    private func send(_ key: BucketKey, _ message: [UInt8]) {
        counters.messages.add()
        for audience in audiences(of: key) where audience.count > 0 {
            let (bytes, count) = audience.append(message)
            if count == 1 { touched.append(audience) }
            if bytes >= Self.burstBytes { handOver(audience) }
        }
    }

    private func endTurn() {
        for audience in touched { handOver(audience) }
        touched.removeAll(keepingCapacity: true)
        counters.early.add(rows.earlyCount - counters.early.value)
        counters.unknownRows.add(rows.unknownCount - counters.unknownRows.value)
        let (count, bytes) = rows.shelved
        counters.shelved.add(count - counters.shelved.value)
        counters.shelfBytes.add(bytes - counters.shelfBytes.value)
        arm()
    }

    private func handOver(_ audience: BucketAudience) {
        let (frames, count) = audience.take()
        guard count > 0 else { return }
        counters.pushes.add(count * audience.count)
        for index in members.indices where !audience.receivers[index].isEmpty {
            deliver(BucketDelivery(receivers: audience.receivers[index], frames: frames), to: index)
        }
    }

    private func deliver(_ delivery: BucketDelivery, to index: Int) {
        let handoff = members[index].handoff
        guard handoff.put(delivery) else { return }
        members[index].loop.execute {
            let (deliveries, lagging) = handoff.take()
            // First, so that nobody gets what comes after something that it misses.
            for session in lagging { session.closeForLag() }
            for delivery in deliveries {
                for session in delivery.receivers { session.deliver(delivery.frames) }
            }
            for delivery in deliveries {
                for session in delivery.receivers { session.flush() }
            }
        }
    }

    /// Rows were not taken over: whoever follows something may miss some.
    private func lost(_ count: Int) {
        counters.lostRows.add(count)
        let sessions = audiences.values.flatMap { $0.receivers.joined() }
        for session in sessions { session.eventLoop.execute { session.closeForLoss() } }
    }

    /// Looks again when the next bar ends, or soon, lest the clock was set meanwhile.
    private func arm() {
        timer?.cancel()
        timer = nil
        guard let next = rows.nextEnd else { return }
        let (wait, overflow) = next.subtractingReportingOverflow(clock())
        let nanoseconds = overflow ? Int64.max : max(wait, 1_000_000)
        let delay = min(limits.shelfCheckInterval, .nanoseconds(nanoseconds))
        timer = loop.scheduleTask(in: delay) { [weak self] in self?.takeOver() }
    }

    // MARK: - Clients

    /// The number of a loop among those that accept connections; nil if it is none.
    func index(of eventLoop: any EventLoop) -> Int? { members.firstIndex { $0.loop === eventLoop } }

    /// Makes a client follow streams instead of those before, and sends it an answer; what is pushed after the answer belongs to
    /// these streams.
    func follow(_ patterns: StreamPatterns, _ session: BucketStreamSession, answer: ByteBuffer) {
        loop.execute { [self] in
            forget(session)
            let audience = audiences[patterns] ?? begin(patterns)
            audience.add(session)
            followed[ObjectIdentifier(session)] = audience
            // Before the answer: what is committed once the client has it is pushed.
            hasFollowers.store(true, ordering: .sequentiallyConsistent)
            counters.streams.add(patterns.count)
            deliver(BucketDelivery(receivers: [session], frames: answer), to: session.loopIndex)
        }
    }

    /// Sends an answer, in its order among all that was asked.
    func answer(_ session: BucketStreamSession, _ answer: ByteBuffer) {
        loop.execute { [self] in
            deliver(BucketDelivery(receivers: [session], frames: answer), to: session.loopIndex)
        }
    }

    /// A client is gone.
    func leave(_ session: BucketStreamSession) {
        loop.execute { [self] in
            forget(session)
            // Not in `forget`, since who follows other streams instead must miss nothing that both have.
            if followed.isEmpty { hasFollowers.store(false, ordering: .sequentiallyConsistent) }
        }
    }

    private func begin(_ patterns: StreamPatterns) -> BucketAudience {
        let audience = BucketAudience(patterns: patterns, loopCount: members.count)
        audiences[patterns] = audience
        let keys = patterns.keys?.filter { routes[$0] != nil } ?? routes.keys.filter { patterns.matches($0) }
        for key in keys { routes[key, default: []].append(audience) }
        routeTargets += keys.count
        return audience
    }

    private func forget(_ session: BucketStreamSession) {
        guard let audience = followed.removeValue(forKey: ObjectIdentifier(session)) else { return }
        counters.streams.add(-audience.patterns.count)
        audience.remove(session)
        guard audience.count == 0 else { return }
        audiences[audience.patterns] = nil
        emptyAudiences += 1
        guard emptyAudiences > Self.emptyAudiencesMax else { return }
        // Many at a time, since it costs a look at every bucket.
        emptyAudiences = 0
        routeTargets = routes.count
        for key in Array(routes.keys) {
            routes[key]?.removeAll { $0.count == 0 }
            routeTargets += routes[key]?.count ?? 0
        }
    }

    private func audiences(of key: BucketKey) -> [BucketAudience] {
        if let known = routes[key] { return known }
        if routeTargets >= Self.routeTargetsMax {
            routes.removeAll()
            (routeTargets, emptyAudiences) = (0, 0)
        }
        let audiences = audiences.values.filter { $0.patterns.matches(key) }
        routes[key] = audiences
        routeTargets += 1 + audiences.count
        return audiences
    }
}
