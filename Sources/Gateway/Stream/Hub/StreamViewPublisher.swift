public import Engine
internal import Market
internal import Synchronization

/// Brings the updates of feature views to the stream.
public final class StreamViewPublisher: ViewPublisher {
    private let views: StreamViews
    /// Names of the views, by their places in updates.
    private let names = Mutex<[String]>([])

    /// Creates a publisher.
    public init(_ hubs: StreamHubs) { views = StreamViews(hubs) }

    /// See ``ViewPublisher/viewsChanged(_:)``.
    public func viewsChanged(_ current: [FeatureViewInfo]) {
        names.withLock { $0 = current.map(\.id) }
        views.set(
            current.map { view in
                let fields = view.fields.map { field in
                    Feature(name: field.name, unit: field.unit ?? "", view: view.id, summary: view.summary ?? "")
                }
                return (view.id, fields)
            },
            timesToLive: Dictionary(
                current.compactMap { view in view.timeToLive.map { (view.id, $0) } },
                uniquingKeysWith: { first, _ in first }
            )
        )
    }

    /// See ``ViewPublisher/confirm(_:)``.
    public func confirm(_ confirmations: [ViewConfirmation]) {
        let names = self.names.withLock { $0 }
        for confirmation in confirmations where names.indices.contains(confirmation.view) {
            views.confirm(
                view: names[confirmation.view],
                instrument: confirmation.instrument,
                exchangeTime: confirmation.exchangeTime,
                computeTime: confirmation.computeTime
            )
        }
    }

    /// See ``ViewPublisher/publish(_:)``.
    public func publish(_ updates: [ViewUpdate]) {
        let names = self.names.withLock { $0 }
        views.publish(
            updates.compactMap { update in
                guard names.indices.contains(update.view) else { return nil }
                return StreamViewUpdate(
                    view: names[update.view],
                    instrument: update.instrument,
                    epoch: update.epoch,
                    isEpochStart: update.isEpochStart,
                    prev: update.prev,
                    seq: update.seq,
                    exchangeTime: update.exchangeTime,
                    receiveTime: update.receiveTime,
                    computeTime: update.computeTime,
                    values: update.values.map(FeatureValue.init)
                )
            }
        )
    }
}

extension FeatureValue {
    /// The value of a field of a view.
    init(_ value: ViewUpdate.Value) {
        self.init(feature: value.field, value: value.value ?? 0, status: value.status)
    }
}

extension RebuiltFeatures {
    /// Updates of a view, as they would have been published; before the first one nothing was known.
    init(_ updates: [ViewUpdate], of instrument: InstrumentID, fieldCount: Int) {
        var batch = FeatureBatch()
        for update in updates {
            batch.append(
                StreamViewUpdate(
                    view: "",
                    instrument: update.instrument,
                    epoch: update.epoch,
                    isEpochStart: update.isEpochStart,
                    prev: update.prev,
                    seq: update.seq,
                    exchangeTime: update.exchangeTime,
                    receiveTime: update.receiveTime,
                    computeTime: update.computeTime,
                    values: update.values.map(FeatureValue.init)
                ),
                instrument
            )
        }
        self.init(
            statuses: Array(repeating: .warming, count: fieldCount),
            bookState: .live,
            batch: batch
        )
    }
}
