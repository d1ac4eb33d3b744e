internal import Engine
internal import Market
internal import NIOCore
internal import Wire

/// The streams of one event loop: the latest state of every instrument, who wants to know, and what to tell them.
///
/// Bound to its loop: every method is called there. Each hub gets every update, in the order of each instrument.
///
/// A delta is encoded at once, and delivered with the others of its shape at the end of the loop's turn, or before
/// anything else is said to a subscriber: ``settle()`` stands at the start of whatever a session does by itself.
final class StreamHub {
    /// Deltas of a lane are delivered before the turn ends if they are more than this, and than a part of a subscriber's
    /// budget: a burst is queued whole.
    private static let burstBytesMax = 64 * 1024

    let eventLoop: any EventLoop
    let context: StreamContext
    var limits: StreamLimits { context.limits }
    var counters: StreamCounters { context.counters }

    private var states: [[InstrumentFeatures?]] = []
    private var shapes: [ShapeKey: Shape] = [:]
    private var sessions: [ObjectIdentifier: StreamSession] = [:]
    private var encoders = StreamEncoders()
    private var scratch = Delta()
    /// Of deltas that are merged while the one in ``scratch`` is on its way.
    private var mergedScratch = Delta()
    private let burstBytesMax: Int

    private var pending: [Shape] = []
    private var touched: [StreamSession] = []
    private var isTurnEndScheduled = false
    private var throttled = ThrottleQueue()
    private var throttleTimer: (due: NIODeadline, task: Scheduled<Void>)?
    /// Takes over at once what other loops have handed to this one.
    var catchUp: () -> Void = {}

    init(eventLoop: any EventLoop, context: StreamContext) {
        self.eventLoop = eventLoop
        self.context = context
        burstBytesMax = min(Self.burstBytesMax, context.limits.queueBytesMax / 4)
    }

    // MARK: - Updates

    /// Takes updates over; subscribers are told at the end of the turn.
    func apply(_ batches: [GroupBatch], merged: [MergedUpdate] = []) {
        eventLoop.assertInEventLoop()
        for part in batches {
            for update in part.batch.updates {
                guard update.valuesStart >= 0, update.valueRange.upperBound <= part.batch.values.count else { continue }
                apply(update, part.batch.values[update.valueRange], group: part.group, count: 1)
            }
        }
        for update in merged {
            let values = update.values.values.sorted { $0.feature < $1.feature }
            apply(
                update.update,
                values[...],
                group: update.group,
                count: update.count,
                hasBookChanged: update.hasBookChanged
            )
        }
    }

    private func apply(
        _ update: FeatureUpdate,
        _ values: ArraySlice<FeatureValue>,
        group: Int,
        count: Int,
        hasBookChanged: Bool = false
    ) {
        guard let state = state(group, update.instrument.rawValue) else { return }
        guard !state.isRestart(update) else { return restart(state, update, values) }
        // A subscriber of all deltas takes no merged one: it must not spoil those before it.
        if count > 1 { settle() }
        state.apply(update, values, hasBookChanged: hasBookChanged)
        for shape in state.shapes where shape.describe(update, values, count: count, in: &scratch) {
            shape.head = state.latest
            shape.deltaCount += count
            encodeDelta(shape)
        }
    }

    private func restart(_ state: InstrumentFeatures, _ update: FeatureUpdate, _ values: ArraySlice<FeatureValue>) {
        // What is on its way belongs to the state before.
        settle()
        let isNew = !state.hasData
        state.apply(update, values)
        for shape in state.shapes {
            shape.head = state.latest
            for lane in shape.lanes {
                lane.snapshot = nil
                lane.merged = nil
                for subscription in lane.subscribers { subscription.session.sendSnapshot(subscription) }
            }
        }
        guard isNew else { return }
        for session in sessions.values { session.instrumentAppeared(state) }
    }

    /// Encodes the delta in ``scratch`` for each lane of a shape in which somebody takes it as it is.
    private func encodeDelta(_ shape: Shape) {
        for lane in shape.lanes {
            lane.snapshot = nil
            if shape.key.mode == .conflate, lane.burst.count >= Burst.conflatedCountMax {
                lane.burst.merge(scratch)
                continue
            }
            encoders.delta(shape, scratch, lane.kind.encoding)
            let payload = encoders.payload(lane.kind.encoding)
            lane.burst.append(payload, eventID(shape, scratch.cause.seq), scratch)
            if scratch.count > 1 || lane.burst.bytes.readableBytes >= burstBytesMax { deliver(lane) }
        }
        guard !shape.isPending else { return }
        shape.isPending = true
        pending.append(shape)
        scheduleTurnEnd()
    }

    func eventID(_ shape: Shape, _ seq: Int64) -> EventID {
        EventID(symbol: shape.instrument.name, epoch: shape.instrument.epoch, seq: seq)
    }

    // MARK: - The end of a turn

    /// Delivers the deltas that gathered.
    func settle() {
        guard !pending.isEmpty else { return }
        let shapes = pending
        pending.removeAll(keepingCapacity: true)
        for shape in shapes {
            shape.isPending = false
            for lane in shape.lanes { deliver(lane) }
        }
    }

    private func deliver(_ lane: Lane) {
        guard lane.burst.count > 0 else { return }
        let delivery = lane.burst.take()
        for subscription in lane.subscribers { subscription.session.deliver(delivery, to: subscription) }
    }

    /// Notes that a session was written to, so that it is flushed at the end of the turn.
    func touch(_ session: StreamSession) {
        touched.append(session)
        scheduleTurnEnd()
    }

    private func scheduleTurnEnd() {
        guard !isTurnEndScheduled else { return }
        isTurnEndScheduled = true
        eventLoop.assumeIsolated().execute { self.endTurn() }
    }

    /// One write for each connection that was written to.
    func endTurn() {
        isTurnEndScheduled = false
        settle()
        let sessions = touched
        touched.removeAll(keepingCapacity: true)
        for session in sessions { session.flush() }
    }

    // MARK: - Time

    /// Wakes a subscription when its next delta is due.
    func throttle(_ subscription: Subscription) {
        throttled.insert(subscription)
        scheduleThrottle()
    }

    private func scheduleThrottle() {
        guard let earliest = throttled.earliest, throttleTimer.map({ earliest < $0.due }) ?? true else { return }
        throttleTimer?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: earliest) { self.releaseThrottled() }
        throttleTimer = (earliest, task)
    }

    private func releaseThrottled() {
        throttleTimer = nil
        settle()
        let now = eventLoop.now
        while let subscription = throttled.popDue(now) { subscription.session.release(subscription, now) }
        scheduleThrottle()
    }

    // MARK: - Instruments

    private func state(_ group: Int, _ id: UInt32) -> InstrumentFeatures? {
        let index = Int(id)
        if group < states.count, index < states[group].count, let state = states[group][index] { return state }
        guard let features = context.groups[group] else { return nil }
        while states.count <= group { states.append([]) }
        while states[group].count <= index { states[group].append(nil) }
        let state = InstrumentFeatures(group: features, id: id)
        states[group][index] = state
        return state
    }

    /// The state of a registered instrument, with data or not yet; nil if there is no such instrument.
    ///
    /// A view learns of its instruments by their first rows; whoever subscribes to it before that names one that the
    /// gateway knows.
    func state(named name: String, in group: FeatureGroup? = nil) -> InstrumentFeatures? {
        let group = group ?? context.builtIn
        if let number = group.instruments.number(named: name) { return state(group.index, number) }
        guard context.builtIn.instruments.number(named: name) != nil else { return nil }
        return group.instruments.adopt(name).flatMap { state(group.index, $0) }
    }

    /// Instruments that have had an update, in order of name.
    func knownStates(in group: FeatureGroup? = nil) -> [InstrumentFeatures] {
        let index = (group ?? context.builtIn).index
        guard index < states.count else { return [] }
        return states[index].compactMap { $0 }.filter(\.hasData).sorted { $0.name < $1.name }
    }

    /// `did you mean …?` for a name that is no instrument's.
    func hint(forSymbol name: String, in group: FeatureGroup? = nil) -> String? {
        let others = group.map { $0 === context.builtIn ? [] : $0.instruments.allNames } ?? []
        return NearestSymbol.hint(for: name, among: context.builtIn.instruments.allNames + others)
    }

    // MARK: - Shapes and sessions

    func shape(_ state: InstrumentFeatures, _ features: [Int], _ mode: StreamMode) -> Shape {
        let key = ShapeKey(group: state.group.index, instrument: state.id, features: features, mode: mode)
        if let shape = shapes[key] { return shape }
        let shape = Shape(key: key, sid: context.registry.retain(key), instrument: state)
        shapes[key] = shape
        state.shapes.append(shape)
        return shape
    }

    func add(_ subscription: Subscription) {
        counters.subscriptions.add()
        subscription.lane.subscribers.append(subscription)
    }

    func remove(_ subscription: Subscription) {
        counters.subscriptions.add(-1)
        subscription.shape.remove(subscription)
        dropIfUnused(subscription.shape)
    }

    func dropIfUnused(_ shape: Shape) {
        guard shape.isUnused, shapes[shape.key] === shape else { return }
        shapes[shape.key] = nil
        shape.instrument.shapes.removeAll { $0 === shape }
        context.registry.release(shape.key)
    }

    func opened(_ session: StreamSession) {
        counters.connections.add()
        sessions[ObjectIdentifier(session)] = session
    }

    func closed(_ session: StreamSession) {
        counters.connections.add(-1)
        sessions[ObjectIdentifier(session)] = nil
    }

    /// Tells every subscriber that the server goes away.
    func goAway() {
        settle()
        for session in Array(sessions.values) { session.goAway() }
    }

    // MARK: - Messages

    /// The snapshot of a shape's present state, encoded once.
    func snapshot(_ shape: Shape, _ lane: Lane) -> ByteBuffer {
        if let snapshot = lane.snapshot { return snapshot }
        let encoding = lane.kind.encoding
        encoders.snapshot(shape, encoding)
        let event = eventID(shape, shape.head.seq)
        let snapshot = StreamFraming.message(encoders.payload(encoding), "snap", event, encoding, lane.kind.compression)
        lane.snapshot = snapshot
        return snapshot
    }

    /// All that changed since a subscriber's last delta, as one; encoded once for all who need the same.
    func mergedDelta(_ subscription: Subscription) -> ByteBuffer {
        let (shape, lane) = (subscription.shape, subscription.lane)
        if let merged = lane.merged, merged.prev == subscription.last, merged.seq == shape.head.seq {
            return merged.frame
        }
        let count = shape.deltaCount - subscription.countAtLast
        shape.describe(since: subscription.last, count: count, in: &mergedScratch)
        let encoding = lane.kind.encoding
        encoders.delta(shape, mergedScratch, encoding)
        let event = eventID(shape, shape.head.seq)
        let frame = StreamFraming.message(encoders.payload(encoding), "d", event, encoding, lane.kind.compression)
        lane.merged = (subscription.last, shape.head.seq, frame)
        return frame
    }

    func lag(_ shape: Shape, _ encoding: StreamEncoding, from: Int64, to: Int64) -> ByteBuffer {
        encoders.lag(sid: shape.sid, from: from, to: to, encoding)
        return StreamFraming.message(encoders.payload(encoding), "lag", nil, encoding, nil)
    }

    /// The updates that a subscriber missed, encoded; what it has to get instead if they are not all there.
    ///
    /// - Parameter rebuilt: what was made again for the request from the store, if it waited for that.
    func replay(
        _ shape: Shape,
        _ lane: Lane,
        from position: StreamPosition,
        _ rebuilt: RebuiltReplays? = nil,
        bytesMax: Int
    ) -> ReplayAnswer {
        let state = shape.instrument
        guard state.hasData, position.epoch == state.epoch else { return .otherEpoch }
        let stored = rebuilt?.replays[state.name]
        let answer = context.ring.updates(
            of: state.id,
            state.group,
            epoch: position.epoch,
            after: stored?.seam ?? position.seq,
            through: state.latest.seq,
            holding: rebuilt?.holding,
            now: context.uptime()
        )
        switch answer {
        case .otherEpoch: return .otherEpoch
        case .tooOld: return .tooOld
        case .missed(var missed):
            if let stored {
                guard let joined = stored.missed.followed(by: missed, after: stored.seam) else { return .tooOld }
                missed = joined
            }
            var replay = Replay(kind: lane.kind, last: position.seq)
            missed.forEach { entry, values in
                // A part that was made again may be ahead of this loop.
                guard entry.cause.seq <= state.latest.seq, replay.byteCount <= bytesMax,
                    shape.describe(entry, values, prev: replay.last, in: &scratch)
                else {
                    return
                }
                encoders.delta(shape, scratch, lane.kind.encoding)
                replay.append(encoders.payload(lane.kind.encoding), eventID(shape, entry.cause.seq), scratch)
            }
            replay.finish()
            // The chain has to meet the present one; else the subscriber had other features, or what it had was merged.
            guard replay.byteCount <= bytesMax, replay.last == shape.head.seq else { return .tooOld }
            if stored != nil { counters.resumedFromStore.add() }
            return .replay(replay)
        }
    }
}
