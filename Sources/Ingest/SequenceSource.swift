public import Market
import Synchronization

/// Numbers the accepted events of each instrument: 1, 2, 3, ..., or on from what the store already holds.
///
/// One source serves all feeds and replays of a process, so that an instrument is counted once, whoever brings it.
public final class SequenceSource: Sendable {
    private let counters = Mutex<[String: SequenceCounter]>([:])
    private let startingSequence: @Sendable (_ instrumentName: String) -> Int64

    /// Creates a source. `startingSequence` gives the first number of an instrument that was not met before in this
    /// process: after a restart, the largest stored one plus 1.
    public init(startingSequence: @escaping @Sendable (_ instrumentName: String) -> Int64 = { _ in 1 }) {
        self.startingSequence = startingSequence
    }

    /// The counter of an instrument; the same object for the same name.
    public func counter(for instrument: Instrument) -> SequenceCounter {
        let name = instrument.name
        if let known = counters.withLock({ $0[name] }) { return known }
        let first = startingSequence(name)  // may read the store: not under the lock
        return counters.withLock { counters in
            if let known = counters[name] { return known }
            let counter = SequenceCounter(first: first)
            counters[name] = counter
            return counter
        }
    }
}

/// The event count of one instrument.
public final class SequenceCounter: Sendable {
    private let value: Atomic<Int64>

    /// Creates a counter whose first number is `first`.
    public init(first: Int64 = 1) { value = Atomic(first) }

    /// Takes the next number.
    public func next() -> Int64 { value.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// The number that ``next()`` would give.
    public var upcoming: Int64 { value.load(ordering: .relaxed) }
}
