internal import Engine
internal import Market

/// The latest value of a feature, and the update that made it.
struct FeatureSlot: Sendable {
    var value = 0.0
    var status = ValueStatus.warming
    var cause = Cause()
    /// `seq` of the update that made the status what it is.
    var statusSeq: Int64 = 0

    init() {}

    init(cause: Cause) {
        self.cause = cause
        statusSeq = cause.seq
    }

    /// The value as it goes out: nil where the status has none.
    var shown: Double? { status.shows(value) }
}

extension ValueStatus {
    /// A value as it goes out: nil where the status has none.
    func shows(_ value: Double) -> Double? {
        (self == .present || self == .stale) && value.isFinite ? value : nil
    }
}

/// The latest state of one instrument on one loop, in one group of features: what a snapshot shows, and what REST
/// answers.
final class InstrumentFeatures {
    let group: FeatureGroup
    let id: UInt32
    let name: String
    private(set) var hasData = false
    private(set) var epoch = ""
    /// The last update.
    private(set) var latest = Cause()
    /// The last venue update id.
    private(set) var updateID: Int64 = 0
    private(set) var bookState = BookState.syncing
    /// The update that changed the book's state.
    private(set) var bookCause = Cause()
    /// The last update that the venue gave an id: a change of the book.
    private(set) var changeCause = Cause()
    private(set) var slots: [FeatureSlot]
    /// The shapes that somebody subscribed to.
    var shapes: [Shape] = []

    init(group: FeatureGroup, id: UInt32) {
        self.group = group
        self.id = id
        self.name = group.instruments.name(of: id)
        self.slots = Array(repeating: FeatureSlot(), count: group.features.count)
    }

    /// Whether an update begins anew: subscribers need a snapshot. An update that this loop sees first is a start for
    /// its subscribers, whatever came before.
    func isRestart(_ update: FeatureUpdate) -> Bool {
        update.isEpochStart || !hasData || update.epoch != epoch
    }

    /// Takes an update over; one of several may have changed the book's state and left it as it was.
    func apply(_ update: FeatureUpdate, _ values: ArraySlice<FeatureValue>, hasBookChanged: Bool = false) {
        let cause = Cause(update)
        let isRestart = isRestart(update)
        if isRestart {
            for index in slots.indices { slots[index] = FeatureSlot(cause: cause) }
            changeCause = cause
            epoch = update.epoch
        }
        if isRestart || hasBookChanged || update.bookState != bookState {
            bookState = update.bookState
            bookCause = cause
        }
        hasData = true
        latest = cause
        if update.updateID != 0 {
            updateID = update.updateID
            changeCause = cause
        }
        for value in values where slots.indices.contains(value.feature) {
            if slots[value.feature].status != value.status { slots[value.feature].statusSeq = cause.seq }
            slots[value.feature].value = value.value
            slots[value.feature].status = value.status
            slots[value.feature].cause = cause
        }
    }

    /// The last update that a subscriber of some features would have seen.
    ///
    /// - Parameters:
    ///   - features: what the subscriber asked for.
    ///   - followsBook: whether it is told of every change of the book.
    func head(of features: [Int], followsBook: Bool) -> Cause {
        var head = followsBook && changeCause.seq > bookCause.seq ? changeCause : bookCause
        for feature in features where slots[feature].cause.seq > head.seq { head = slots[feature].cause }
        return head
    }
}
