internal import Engine

/// The latest values as somebody reads them: what no event confirmed within its view's time to live is stale.
///
/// An event confirms all values of the views that it is an input of: a book that changes at level 5 says that the best
/// bid is still what it was. Age counts from the time at which the value was computed here.
struct LatestValues {
    /// A value at the time of reading.
    struct Value {
        var value: Double?
        var status: ValueStatus
        /// The venue's time of the event that confirmed it last.
        var exchangeTime: Int64
    }

    /// Nanoseconds by view: what is configured, rather than what the view says itself.
    let timesToLive: [String: Int64]
    /// Nanoseconds since the Unix epoch.
    let now: Int64

    func values(_ features: [Int], of state: InstrumentFeatures) -> [Value] {
        var confirmations: [String: Cause] = [:]
        return features.map { feature in
            let view = state.group.features[feature].view
            let cause = confirmations[view] ?? state.confirmation(of: view)
            confirmations[view] = cause
            let slot = state.slots[feature]
            var status = slot.status
            let timeToLive = timesToLive[view] ?? state.group.timeToLive
            if status == .present, let timeToLive, now - cause.computeTime > timeToLive {
                status = .stale
            }
            return Value(value: slot.shown, status: status, exchangeTime: cause.exchangeTime)
        }
    }
}

extension InstrumentFeatures {
    /// The last event that a view's values are of.
    fileprivate func confirmation(of view: String) -> Cause {
        var last = view == FeatureCatalog.bookView && changeCause.seq > bookCause.seq ? changeCause : bookCause
        if view != FeatureCatalog.bookView { last = Cause() }
        for (feature, slot) in zip(group.features, slots) where feature.view == view && slot.cause.seq > last.seq {
            last = slot.cause
        }
        if let event = group.confirmation(of: id), event.computeTime > last.computeTime {
            last.exchangeTime = max(last.exchangeTime, event.exchangeTime)
            last.computeTime = event.computeTime
        }
        return last
    }
}
