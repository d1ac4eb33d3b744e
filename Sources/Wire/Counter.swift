internal import Synchronization

/// A number that many threads add to, for metrics. No order between counters is promised.
public final class Counter: Sendable {
    private let atomic = Atomic<Int>(0)

    /// Creates a counter at zero.
    public init() {}

    /// The sum so far.
    public var value: Int { atomic.load(ordering: .relaxed) }

    /// Adds, and gives the new sum.
    @discardableResult
    public func add(_ count: Int = 1) -> Int { atomic.wrappingAdd(count, ordering: .relaxed).newValue }

    /// Adds unless the sum would pass a bound; tells whether it did.
    public func add(_ count: Int = 1, upTo bound: Int) -> Bool {
        guard add(count) > bound else { return true }
        add(-count)
        return false
    }
}
