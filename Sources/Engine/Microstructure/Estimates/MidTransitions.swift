/// What a table of micro-prices is estimated of: states of a live book, one after the other.
///
/// An event after which imbalance, spread and mid are what they were adds nothing: staying in a state changes how long the mid
/// takes to move, not where it moves.
struct MidTransitions {
    /// What is known of a state.
    struct State: Equatable {
        /// Ten equal parts of bid size / (bid size + ask size), from 0.
        var imbalance: UInt8
        /// Whether an event led to it from the state before.
        var isReached: Bool
        var spread: Double
        var mid: Double

        /// Whether nothing but the way to it differs.
        func isSamePlace(as other: State) -> Bool {
            imbalance == other.imbalance && spread == other.spread && mid == other.mid
        }
    }

    /// Parts that imbalances fall into.
    static let imbalances = 10

    private(set) var states: [State] = []
    /// Whether the last event left the book in the last of ``states``.
    private var isConnected = false

    /// The part that an imbalance falls into, exactly.
    static func part(bidSize: Int64, askSize: Int64) -> UInt8 {
        let sum = Int128(bidSize) &+ Int128(askSize)
        guard sum > 0 else { return 0 }
        return UInt8(clamping: min(Int128(imbalances - 1), Int128(bidSize) &* Int128(imbalances) / sum))
    }

    /// Takes the state after an event.
    ///
    /// - Parameter isChange: whether levels changed; otherwise the state does not follow from the one before.
    mutating func add(imbalance: UInt8, spread: Double, mid: Double, isChange: Bool) {
        let isReached = isChange && isConnected
        isConnected = true
        let state = State(imbalance: imbalance, isReached: isReached, spread: spread, mid: mid)
        if isReached, let last = states.last, last.isSamePlace(as: state) { return }
        states.append(state)
    }

    /// The book has no state that counts.
    mutating func interrupt() { isConnected = false }

    /// About what it occupies.
    var byteCount: Int { states.capacity * MemoryLayout<State>.stride }
}
