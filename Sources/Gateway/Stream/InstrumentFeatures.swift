internal import Engine
internal import Market

/// When something changed: the identity and the times of the update that did it.
struct Cause: Sendable {
    var seq: Int64 = 0
    var exchangeTime: Int64 = 0
    var receiveTime: Int64 = 0
    var computeTime: Int64 = 0
    var updateID: Int64 = 0

    init() {}

    init(_ update: FeatureUpdate) {
        seq = update.seq
        exchangeTime = update.exchangeTime
        receiveTime = update.receiveTime
        computeTime = update.computeTime
        updateID = update.updateID
    }
}

/// The latest value of a feature, and the update that made it.
struct FeatureSlot: Sendable {
    var value = 0.0
    var status = ValueStatus.warming
    var cause = Cause()

    /// The value as it goes out: nil where the status has none.
    var shown: Double? { (status == .present || status == .stale) && value.isFinite ? value : nil }
}

/// The latest state of one instrument on one loop: what a snapshot shows, and what REST answers.
final class InstrumentFeatures {
    let id: InstrumentID
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

    init(id: InstrumentID, name: String, featureCount: Int) {
        self.id = id
        self.name = name
        self.slots = Array(repeating: FeatureSlot(), count: featureCount)
    }

    /// What an update amounted to.
    struct Change {
        /// Everything is new: subscribers need a snapshot.
        var isRestart = false
        var hasBookChanged = false
    }

    /// Takes an update over. `statusChanged` gets the features whose status is another one now.
    func apply(_ update: FeatureUpdate, _ values: some Sequence<FeatureValue>, statusChanged: inout [Int]) -> Change {
        let cause = Cause(update)
        var change = Change()
        // An update that this loop sees first is a start for its subscribers, whatever came before.
        change.isRestart = update.isEpochStart || !hasData || update.epoch != epoch
        change.hasBookChanged = change.isRestart || update.bookState != bookState
        if change.isRestart {
            for index in slots.indices { slots[index] = FeatureSlot(cause: cause) }
        }
        hasData = true
        epoch = update.epoch
        latest = cause
        if change.isRestart { changeCause = cause }
        if update.updateID != 0 {
            updateID = update.updateID
            changeCause = cause
        }
        if change.hasBookChanged {
            bookState = update.bookState
            bookCause = cause
        }
        for value in values where slots.indices.contains(value.feature) {
            if slots[value.feature].status != value.status { statusChanged.append(value.feature) }
            slots[value.feature] = FeatureSlot(value: value.value, status: value.status, cause: cause)
        }
        return change
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

extension FeatureSlot {
    init(cause: Cause) {
        self.init()
        self.cause = cause
    }
}
