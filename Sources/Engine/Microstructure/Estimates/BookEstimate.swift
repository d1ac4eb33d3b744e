import QueryLang

/// What a call of a function of the book was estimated to be before its first value.
enum BookFit: Equatable {
    /// Nothing: the function needs no estimate, or there was too little to make one of.
    case none
    /// Adjustments of the mid.
    case microprice(MicropriceTable)
    /// Weights of the flows at levels.
    case weights([Double])
}

/// Collects what estimates of a query's calls need, over the events of one book.
struct BookEstimate {
    private let calls: [BookCall]
    /// States of the book; nil if nothing is estimated of them.
    private(set) var transitions: MidTransitions?
    /// By call; nil for calls that are no integrated flows.
    private var components: [FlowComponents?]

    init(_ calls: [BookCall]) {
        self.calls = calls
        transitions = calls.contains { $0.function == .stoikovMicroprice } ? MidTransitions() : nil
        components = calls.map { call in
            call.function == .integratedFlow ? FlowComponents(levels: call.count, seconds: call.seconds) : nil
        }
    }

    /// Takes the state of a live book after an event; nil if the book is not live or a side is empty.
    mutating func note(_ state: (imbalance: UInt8, spread: Double, mid: Double)?, isChange: Bool) {
        if let state {
            transitions?.add(imbalance: state.imbalance, spread: state.spread, mid: state.mid, isChange: isChange)
        } else {
            transitions?.interrupt()
        }
    }

    /// Takes the flows that a change made.
    mutating func note(flows: [Double], time: Int64) {
        for index in components.indices { components[index]?.add(flows, time: time) }
    }

    /// What follows does not continue what was before.
    mutating func interrupt() { transitions?.interrupt() }

    /// The estimates, by call.
    func fits() -> [BookFit] {
        zip(calls, components).map { call, components in
            if let components { return components.weights().map { .weights($0) } ?? .none }
            guard call.function == .stoikovMicroprice, let transitions else { return .none }
            return MicropriceTable(transitions, spreads: call.count).map { .microprice($0) } ?? .none
        }
    }

    /// About what it occupies beside itself.
    var byteCount: Int { transitions?.byteCount ?? 0 }
}
