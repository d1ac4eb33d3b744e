public import Engine
internal import Market
internal import Synchronization

/// What changed in the fields of a feature view for one instrument: what a ``FeatureUpdate`` is for the built-in features.
public struct StreamViewUpdate: Sendable {
    /// The view, `micro@v3`.
    public var view: String
    /// The instrument's name.
    public var instrument: String
    /// The continuity that `seq` belongs to.
    public var epoch: String
    /// Whether the epoch starts here; then all fields are named.
    public var isEpochStart: Bool
    /// `seq` of the update before.
    public var prev: Int64
    /// `seq` of the market event that caused the update.
    public var seq: Int64
    /// The venue's time, nanoseconds since the Unix epoch.
    public var exchangeTime: Int64
    /// When the event was received.
    public var receiveTime: Int64
    /// When the fields were computed.
    public var computeTime: Int64
    /// Fields that changed; ``FeatureValue/feature`` is the index of the field.
    public var values: [FeatureValue]

    /// Creates an update.
    public init(
        view: String,
        instrument: String,
        epoch: String,
        isEpochStart: Bool,
        prev: Int64,
        seq: Int64,
        exchangeTime: Int64,
        receiveTime: Int64,
        computeTime: Int64,
        values: [FeatureValue]
    ) {
        self.view = view
        self.instrument = instrument
        self.epoch = epoch
        self.isEpochStart = isEpochStart
        self.prev = prev
        self.seq = seq
        self.exchangeTime = exchangeTime
        self.receiveTime = receiveTime
        self.computeTime = computeTime
        self.values = values
    }
}

/// The feature views of a stream: each is a group of features of its own.
public final class StreamViews: Sendable {
    private let hubs: StreamHubs
    private let views = Mutex<[String: (group: FeatureGroup, instruments: ViewInstruments)]>([:])

    /// Creates the views of a stream, none yet.
    public init(_ hubs: StreamHubs) { self.hubs = hubs }

    /// Names the views that there are. Fields of a view do not change: another definition has another name, `micro@v4`. A
    /// view that is gone takes no further subscribers.
    ///
    /// - Parameters:
    ///   - current: names with fields, whose `view` is the name.
    ///   - timesToLive: nanoseconds by name; a view without one is fresh for ever.
    public func set(_ current: [(name: String, fields: [Feature])], timesToLive: [String: Int64] = [:]) {
        views.withLock { views in
            for name in views.keys where !current.contains(where: { $0.name == name }) {
                hubs.context.groups.retire(view: name)
                views[name] = nil
            }
            for view in current where views[view.name] == nil {
                let instruments = ViewInstruments()
                let group = hubs.context.groups.add(
                    view: view.name,
                    features: view.fields,
                    instruments: instruments,
                    timeToLive: timesToLive[view.name]
                )
                views[view.name] = (group, instruments)
            }
        }
    }

    /// Hands updates to every loop, those of each view and instrument in order. May be called from any thread, but for one
    /// view always from the same.
    public func publish(_ updates: [StreamViewUpdate]) {
        var batches: [String: FeatureBatch] = [:]
        let views = self.views.withLock { $0 }
        for update in updates {
            guard let view = views[update.view] else { continue }
            var batch = batches[update.view] ?? FeatureBatch()
            batches[update.view] = nil
            batch.append(update, InstrumentID(rawValue: view.instruments.intern(update.instrument)))
            batches[update.view] = batch
        }
        for (name, batch) in batches.sorted(by: { $0.key < $1.key }) {
            guard let view = views[name] else { continue }
            // No loop's own: every loop gets it by hand-off, in order.
            hubs.publish(batch, group: view.group, shard: -1)
        }
    }

    /// Notes the last event of an instrument, which may have changed no field: what is read is no older than it. May be called
    /// from any thread.
    public func confirm(view name: String, instrument: String, exchangeTime: Int64, computeTime: Int64) {
        guard let view = views.withLock({ $0[name] }), let number = view.instruments.number(named: instrument) else {
            return
        }
        view.group.confirm(number, .init(exchangeTime: exchangeTime, computeTime: computeTime))
    }
}

extension FeatureBatch {
    mutating func append(_ update: StreamViewUpdate, _ instrument: InstrumentID) {
        let start = values.count
        values += update.values
        updates.append(
            FeatureUpdate(
                instrument: instrument,
                epoch: update.epoch,
                isEpochStart: update.isEpochStart,
                prev: update.prev,
                seq: update.seq,
                exchangeTime: update.exchangeTime,
                receiveTime: update.receiveTime,
                computeTime: update.computeTime,
                updateID: 0,
                bookState: .live,
                valuesStart: start,
                valuesCount: update.values.count
            )
        )
    }
}
