/// Which side of the book, or which side took liquidity.
public enum Side: UInt8, Sendable, Hashable {
    /// Bids; a buyer took.
    case bid = 0
    /// Asks; a seller took.
    case ask = 1
}

/// Whether a book can be believed.
public enum BookState: UInt8, Sendable, Hashable, CaseIterable {
    /// No snapshot was applied yet.
    case syncing = 0
    /// In step with the venue.
    case live = 1
    /// Out of step: a gap, a disconnect or silence. The old book stays until a new one is live.
    case stale = 2
    /// In step, but the best bid is not below the best ask.
    case crossed = 3

    /// The word on the wire and in tables.
    public var name: String {
        switch self {
        case .syncing: "syncing"
        case .live: "live"
        case .stale: "stale"
        case .crossed: "crossed"
        }
    }
}

/// Why a book's state changed.
public enum StateReason: UInt8, Sendable, Hashable, CaseIterable {
    /// The feed was started.
    case start = 0
    /// A snapshot and its buffered changes were applied.
    case synced = 1
    /// The venue's sequence had a gap.
    case gap = 2
    /// The connection was lost.
    case disconnect = 3
    /// The connection is up but silent.
    case silence = 4

    /// The word in tables.
    public var name: String {
        switch self {
        case .start: "start"
        case .synced: "synced"
        case .gap: "gap"
        case .disconnect: "disconnect"
        case .silence: "silence"
        }
    }
}

/// One level of a book side set to a size; 0 removes it.
public struct LevelChange: Sendable, Hashable {
    /// Price mantissa at the instrument's price scale.
    public var price: Int64
    /// Absolute size mantissa at the instrument's size scale.
    public var size: Int64
    /// Which side.
    public var side: Side

    /// Creates a change.
    public init(side: Side, price: Int64, size: Int64) {
        self.price = price
        self.size = size
        self.side = side
    }
}

/// One accepted message of a venue about one instrument. Flat, so that a batch of them is one allocation.
///
/// Prices and sizes are mantissas at the instrument's scales. Times are nanoseconds since the Unix epoch.
public struct MarketEvent: Sendable, Hashable {
    /// What happened; decides which fields have a meaning.
    public enum Kind: UInt8, Sendable, Hashable {
        /// A trade: `id`, `side` (who took), `price`, `size`.
        case trade = 0
        /// The best bid and offer: `id` (update id, 0 if none), `price`/`size` the bid, `price2`/`size2` the ask.
        case quote = 1
        /// Changed levels of the book: `changes`, `id` (the last update id).
        case depth = 2
        /// The whole book, which replaces the old one: `changes`, `id`.
        case snapshot = 3
        /// The book's state became `state` because of `reason`.
        case state = 4
        /// Time passed without a message: advances the watermark, nothing else.
        case clock = 5
    }

    /// What happened.
    public var kind: Kind
    /// The instrument.
    public var instrument: InstrumentID
    /// The instrument's count of events, given on arrival: 1, 2, 3, ...
    public var seq: Int64 = 0
    /// The venue's own time of the event.
    public var time: Int64
    /// When the frame was received, by the receiver's clock.
    public var receiveTime: Int64
    /// Trade id or update id.
    public var id: Int64 = 0
    /// Price of a trade, or of the bid.
    public var price: Int64 = 0
    /// Size of a trade, or of the bid.
    public var size: Int64 = 0
    /// Price of the ask.
    public var price2: Int64 = 0
    /// Size of the ask.
    public var size2: Int64 = 0
    /// Index of the first of the event's changes in the batch.
    public var changesStart: UInt32 = 0
    /// The number of the event's changes.
    public var changesCount: UInt32 = 0
    /// Who took liquidity.
    public var side: Side = .bid
    /// The new state.
    public var state: BookState = .syncing
    /// Why the state changed.
    public var reason: StateReason = .start

    /// Creates an event; set the fields that its kind gives a meaning.
    public init(kind: Kind, instrument: InstrumentID, time: Int64, receiveTime: Int64) {
        self.kind = kind
        self.instrument = instrument
        self.time = time
        self.receiveTime = receiveTime
    }

    /// Indices of the event's changes in its batch.
    public var changes: Range<Int> { Int(changesStart)..<Int(changesStart) + Int(changesCount) }
}

/// Events in order of arrival, and the level changes that they refer to.
public struct EventBatch: Sendable {
    /// The events.
    public private(set) var events: [MarketEvent] = []
    /// The changes of all depth and snapshot events: bids of an event first, then its asks.
    public private(set) var changes: [LevelChange] = []

    /// Creates an empty batch.
    public init() {}

    /// Whether there is no event.
    public var isEmpty: Bool { events.isEmpty }

    /// Appends an event without changes.
    public mutating func append(_ event: MarketEvent) { events.append(event) }

    /// Appends an event with changes.
    public mutating func append(_ event: MarketEvent, changes: some Collection<LevelChange>) {
        var event = event
        event.changesStart = UInt32(self.changes.count)
        event.changesCount = UInt32(changes.count)
        self.changes.append(contentsOf: changes)
        events.append(event)
    }

    /// Empties the batch and keeps its memory.
    public mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
    }
}
