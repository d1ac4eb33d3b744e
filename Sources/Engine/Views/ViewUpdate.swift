/// What one event changed in the features of a view, of one instrument.
///
/// Updates of one view, instrument and epoch form a chain: the first has ``isEpochStart`` set and names every feature; each
/// later one names those that changed, and its `prev` is the `seq` of the one before.
public struct ViewUpdate: Sendable, Hashable {
    /// One feature's new value.
    public struct Value: Sendable, Hashable {
        /// Index into ``FeatureViewInfo/fields``.
        public var field: Int
        /// The value; nil if the status has none. Truth values are 0 and 1.
        public var value: Double?
        /// Whether the value can be used.
        public var status: ValueStatus

        /// Creates a value.
        public init(field: Int, value: Double?, status: ValueStatus) {
            self.field = field
            self.value = value
            self.status = status
        }
    }

    /// Index of the view in what ``ViewPublisher/viewsChanged(_:)`` was told last.
    public var view: Int
    /// The instrument's name.
    public var instrument: String
    /// The continuity that `seq` belongs to: `k1`, `k1-1`.
    public var epoch: String
    /// Whether the epoch starts here; then all features are named.
    public var isEpochStart: Bool
    /// `seq` of the update before, 0 for the first of an epoch.
    public var prev: Int64
    /// `seq` of the market event; of a bar the number of its slot since the Unix epoch.
    public var seq: Int64
    /// The venue's time of the event, nanoseconds since the Unix epoch; it never goes back.
    public var exchangeTime: Int64
    /// When the event was received; the end of a bar.
    public var receiveTime: Int64
    /// When the features were computed. Telemetry: no part of the update's identity.
    public var computeTime: Int64
    /// The features that changed in value or status.
    public var values: [Value]
}

/// An event that was computed, and may have left the features of a view as they were: they are no older than it.
public struct ViewConfirmation: Sendable, Hashable {
    /// Index of the view, as in ``ViewUpdate/view``.
    public var view: Int
    /// The instrument's name.
    public var instrument: String
    /// The venue's time of the event, nanoseconds since the Unix epoch.
    public var exchangeTime: Int64
    /// When the features were computed.
    public var computeTime: Int64
}

/// Where updates of feature views go. Called on the one thread that computes them, in order.
public protocol ViewPublisher: Sendable {
    /// Takes updates in order. Must not block.
    func publish(_ updates: [ViewUpdate])
    /// From now on these are the views that are computed live, and ``ViewUpdate/view`` counts in this list. Updates of a view
    /// whose place has changed begin a new chain.
    func viewsChanged(_ views: [FeatureViewInfo])
    /// Takes the last events of instruments, of views with a time to live; after the updates that they gave. Must not block.
    func confirm(_ confirmations: [ViewConfirmation])
}

extension ViewPublisher {
    /// Nobody asks how old values are.
    public func confirm(_ confirmations: [ViewConfirmation]) {}
}
