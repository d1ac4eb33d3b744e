public import Market

/// What one market event changed in the features of its instrument.
///
/// Updates of one instrument and epoch form a chain: the first has ``isEpochStart`` set and names every feature; each
/// later one names those that changed, and its `prev` is the `seq` of the one before. A change of the book is always an
/// update, even if it changed no feature.
public struct FeatureUpdate: Sendable, Hashable {
    /// The instrument, as announced to the publisher.
    public var instrument: InstrumentID
    /// The continuity that `seq` belongs to, for example `k1` or `k1-2`.
    public var epoch: String
    /// Whether the epoch starts here; then all features are named, and a subscriber needs a new snapshot.
    public var isEpochStart: Bool
    /// `seq` of the update before, 0 for the first of an epoch.
    public var prev: Int64
    /// `seq` of the market event that caused the update.
    public var seq: Int64
    /// The venue's time of the event, nanoseconds since the Unix epoch.
    public var exchangeTime: Int64
    /// When the event's frame was received.
    public var receiveTime: Int64
    /// When the features were computed. Telemetry: no part of the update's identity.
    public var computeTime: Int64
    /// The venue's book update id if the event changed the book, else 0.
    public var updateID: Int64
    /// The book's state after the event.
    public var bookState: BookState
    /// Index of the update's first value in the batch.
    public var valuesStart: Int
    /// The number of features that changed in value or status.
    public var valuesCount: Int

    /// Creates an update.
    public init(
        instrument: InstrumentID,
        epoch: String,
        isEpochStart: Bool,
        prev: Int64,
        seq: Int64,
        exchangeTime: Int64,
        receiveTime: Int64,
        computeTime: Int64,
        updateID: Int64,
        bookState: BookState,
        valuesStart: Int,
        valuesCount: Int
    ) {
        self.instrument = instrument
        self.epoch = epoch
        self.isEpochStart = isEpochStart
        self.prev = prev
        self.seq = seq
        self.exchangeTime = exchangeTime
        self.receiveTime = receiveTime
        self.computeTime = computeTime
        self.updateID = updateID
        self.bookState = bookState
        self.valuesStart = valuesStart
        self.valuesCount = valuesCount
    }

    /// Indices of the update's values in its batch.
    public var valueRange: Range<Int> { valuesStart..<valuesStart + valuesCount }
}

/// One feature's new value.
public struct FeatureValue: Sendable, Hashable {
    /// Index into ``FeatureCatalog/features``.
    public var feature: Int
    /// The value; meaningless if the status has none.
    public var value: Double
    /// Whether the value can be used. `present` and `stale` have a value; the others are null on the wire.
    public var status: ValueStatus

    /// Creates a value.
    public init(feature: Int, value: Double, status: ValueStatus) {
        self.feature = feature
        self.value = value
        self.status = status
    }

    /// Whether ``value`` means something.
    public var hasValue: Bool { status == .present || status == .stale }
}

/// The updates that a shard made in one go, in order.
public struct FeatureBatch: Sendable {
    /// The updates.
    public var updates: [FeatureUpdate] = []
    /// Values of all updates.
    public var values: [FeatureValue] = []

    /// Creates an empty batch.
    public init() {}
}

/// Where shards hand their updates: called on the shard's own loop, once per batch of input.
public protocol FeaturePublisher: Sendable {
    /// Takes over a batch. Must not block.
    ///
    /// - Parameters:
    ///   - batch: updates in order.
    ///   - shard: the number of the shard, which is also that of its loop.
    func publish(_ batch: FeatureBatch, shard: Int)
}
