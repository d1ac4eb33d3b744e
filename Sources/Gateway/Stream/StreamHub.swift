internal import Engine
internal import Market
internal import NIOCore
internal import Wire

/// The streams of one event loop: the latest state of every instrument, who wants to know, and what to tell them.
///
/// Bound to its loop: every method is called there. Each hub gets every update, in the order of each instrument.
final class StreamHub {
    let eventLoop: any EventLoop
    let features: [Feature]
    let limits: StreamLimits
    let counters: StreamCounters
    let serverVersion: String
    let clock: @Sendable () -> Int64

    private let bookFeatures: Set<Int>
    private let instruments: InstrumentRegistry
    private let registry: ShapeRegistry
    private var states: [InstrumentFeatures?] = []
    private var shapes: [ShapeKey: Shape] = [:]
    private var sessions: [ObjectIdentifier: StreamSession] = [:]
    private var encoder = StreamEncoder()

    private var isInBatch = false
    private var touched: [StreamSession] = []
    private var statusChanged: [Int] = []

    init(eventLoop: any EventLoop, context: StreamContext) {
        self.eventLoop = eventLoop
        self.features = context.features
        let features = context.features
        self.bookFeatures = Set(features.indices.filter { features[$0].view == FeatureCatalog.bookView })
        self.limits = context.limits
        self.counters = context.counters
        self.serverVersion = context.serverVersion
        self.clock = context.clock
        self.instruments = context.instruments
        self.registry = context.registry
    }

    // MARK: - Updates

    /// Takes updates over, tells the subscribers, and flushes each of them once.
    func apply(_ batches: [FeatureBatch], merged: [MergedUpdate] = []) {
        eventLoop.assertInEventLoop()
        isInBatch = true
        for batch in batches {
            for update in batch.updates {
                guard let range = Self.checked(update.valueRange, batch.values.count) else { continue }
                apply(update, batch.values[range], count: 1)
            }
        }
        for update in merged { apply(update.update, update.values.values, count: update.count) }
        isInBatch = false
        let sessions = touched
        touched.removeAll(keepingCapacity: true)
        for session in sessions { session.flush() }
    }

    private static func checked(_ range: Range<Int>, _ count: Int) -> Range<Int>? {
        range.lowerBound >= 0 && range.upperBound <= count ? range : nil
    }

    private func apply(_ update: FeatureUpdate, _ values: some Sequence<FeatureValue>, count: Int) {
        let state = self.state(update.instrument)
        let isNew = !state.hasData
        statusChanged.removeAll(keepingCapacity: true)
        let change = state.apply(update, values, statusChanged: &statusChanged)
        for shape in state.shapes {
            shape.snapshot = change.isRestart ? nil : shape.snapshot
            if change.isRestart {
                shape.head = state.latest
                for subscription in shape.subscribers { subscription.session.sendSnapshot(subscription) }
            } else {
                var part = part(of: values, in: shape, change, count: count)
                part.hasUpdateID = shape.followsBook && update.updateID != 0
                if !part.isEmpty { deliver(part, shape, state.latest) }
            }
        }
        guard isNew else { return }
        for session in sessions.values { session.instrumentAppeared(state) }
    }

    /// What an update changes in a shape.
    private func part(
        of values: some Sequence<FeatureValue>,
        in shape: Shape,
        _ change: InstrumentFeatures.Change,
        count: Int
    ) -> ShapeChange {
        var part = ShapeChange()
        part.hasBookChanged = change.hasBookChanged
        part.count = count
        for value in values where shape.positions.indices.contains(value.feature) {
            let position = shape.positions[value.feature]
            guard position >= 0 else { continue }
            part.positions.append(position)
            if statusChanged.contains(value.feature) { part.statuses.append(position) }
        }
        if !zip(part.positions, part.positions.dropFirst()).allSatisfy(<) {
            part.positions = Set(part.positions).sorted()
            part.statuses = Set(part.statuses).sorted()
        }
        return part
    }

    /// One delta of a shape: encoded once, for all its subscribers.
    private func deliver(_ part: ShapeChange, _ shape: Shape, _ cause: Cause) {
        let prev = shape.head.seq
        shape.head = cause
        shape.snapshot = nil
        let frame = encoder.delta(shape, prev: prev, part)
        for subscription in shape.subscribers {
            subscription.session.deliver(frame, to: subscription, prev: prev, part)
        }
    }

    /// Notes that a session was written to, so that it is flushed at the end of the batch.
    func touch(_ session: StreamSession) {
        guard isInBatch, touched.last !== session else { return }
        touched.append(session)
    }

    // MARK: - Instruments

    private func state(_ id: InstrumentID) -> InstrumentFeatures {
        let index = Int(id.rawValue)
        while states.count <= index { states.append(nil) }
        if let state = states[index] { return state }
        let name = instruments.instrument(id).name
        let state = InstrumentFeatures(id: id, name: name, featureCount: features.count)
        states[index] = state
        return state
    }

    /// The state of a registered instrument, with data or not yet; nil if there is no such instrument.
    func state(named name: String) -> InstrumentFeatures? {
        instruments.id(named: name).map { state($0) }
    }

    /// Instruments that have had an update, in order of name.
    func knownStates() -> [InstrumentFeatures] {
        states.compactMap { $0 }.filter(\.hasData).sorted { $0.name < $1.name }
    }

    /// `did you mean …?` for a name that is no instrument's.
    func hint(forSymbol name: String) -> String? {
        NearestSymbol.hint(for: name, among: instruments.all.map(\.name))
    }

    /// Indices of features by names and patterns, ascending.
    func features(named names: [String]) throws(StreamRequest.Refusal) -> [Int] {
        var found: Set<Int> = []
        for name in names {
            let glob = Glob(name)
            let matches = features.indices.filter { glob.matches(features[$0].name) }
            guard !matches.isEmpty else {
                throw .init(
                    code: "unknown_feature",
                    message: "there is no feature '\(name.prefix(64))'",
                    hint: NearestSymbol.hint(for: name, among: features.map(\.name))
                )
            }
            found.formUnion(matches)
        }
        return found.sorted()
    }

    // MARK: - Shapes and sessions

    func shape(_ state: InstrumentFeatures, _ features: [Int], _ mode: StreamMode) -> Shape {
        let key = ShapeKey(instrument: state.id.rawValue, features: features, mode: mode)
        if let shape = shapes[key] { return shape }
        let followsBook = !bookFeatures.isEmpty && bookFeatures.isSubset(of: features)
        let shape = Shape(key: key, sid: registry.retain(key), instrument: state, followsBook: followsBook)
        shapes[key] = shape
        state.shapes.append(shape)
        return shape
    }

    func add(_ subscription: Subscription) {
        counters.subscriptions.add()
        subscription.shape.subscribers.append(subscription)
    }

    func remove(_ subscription: Subscription) {
        counters.subscriptions.add(-1)
        subscription.shape.subscribers.removeAll { $0 === subscription }
        dropIfUnused(subscription.shape)
    }

    func dropIfUnused(_ shape: Shape) {
        guard shape.subscribers.isEmpty, shapes[shape.key] === shape else { return }
        shapes[shape.key] = nil
        shape.instrument.shapes.removeAll { $0 === shape }
        registry.release(shape.key)
    }

    func opened(_ session: StreamSession) {
        counters.connections.add()
        sessions[ObjectIdentifier(session)] = session
    }

    func closed(_ session: StreamSession) {
        counters.connections.add(-1)
        sessions[ObjectIdentifier(session)] = nil
    }

    // MARK: - Messages

    /// The snapshot of a shape's present state, encoded once.
    func snapshot(of shape: Shape) -> ByteBuffer {
        if let snapshot = shape.snapshot { return snapshot }
        let snapshot = encoder.snapshot(shape)
        shape.snapshot = snapshot
        return snapshot
    }

    func mergedDelta(_ shape: Shape, prev: Int64, _ merged: MergedDelta) -> ByteBuffer {
        encoder.delta(shape, prev: prev, merged)
    }

    func lag(_ shape: Shape, from: Int64, to: Int64) -> ByteBuffer { encoder.lag(shape, from: from, to: to) }

    func encode(_ op: String, _ body: (inout JSONBuffer) -> Void) -> ByteBuffer { encoder.message(op, body) }
}
