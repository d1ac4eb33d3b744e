import QueryLang
import Synchronization

/// What all live plans of a process share.
struct LiveEnvironment: Sendable {
    let limits: LiveQueryLimits
    let now: @Sendable () -> Int64
    let wallClock: @Sendable () -> Int64
    /// Tells epochs of this process from those of another.
    let startTime: Int64
    /// What the plans hold together.
    let heldBytes = LiveBytes()
    /// Tables whose rows tell how far the time of an instrument has come.
    let clockTables: Set<String> = [MarketTables.trades, MarketTables.quotes, MarketTables.book]

    func epoch(_ query: Int64, _ number: Int) -> String {
        "\(String(startTime, radix: 36))-\(query)-\(number)"
    }

    /// A context of a plan's state.
    func stateContext(_ cancellation: CancellationFlag) -> ExecutionContext {
        context(
            cancellation,
            ExecutionLimits(memoryBytesMax: limits.stateBytesMax, timeoutNanoseconds: nil)
        )
    }

    /// A context of reading history, which has a deadline.
    func historyContext(_ cancellation: CancellationFlag) -> ExecutionContext {
        context(cancellation, ExecutionLimits(timeoutNanoseconds: limits.historyNanosecondsMax))
    }

    private func context(_ cancellation: CancellationFlag, _ limits: ExecutionLimits) -> ExecutionContext {
        ExecutionContext(
            limits: limits,
            options: ExecutionOptions(isOrdered: true),
            cancellation: cancellation,
            workers: nil,
            now: now
        )
    }
}

/// A count of bytes that threads share.
final class LiveBytes: Sendable {
    private let count = Atomic<Int>(0)

    /// Adds, or takes away; gives what there is then.
    func add(_ bytes: Int) -> Int { count.wrappingAdd(bytes, ordering: .relaxed).newValue }
}
