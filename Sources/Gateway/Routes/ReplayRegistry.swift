internal import NIOCore
internal import Synchronization

/// The replays in progress, to end them in order when the gateway stops.
final class ReplayRegistry: Sendable {
    private struct Entry: Sendable {
        let eventLoop: any EventLoop
        let interrupt: @Sendable () -> Void
    }

    private let state = Mutex<(next: Int, entries: [Int: Entry])>((0, [:]))

    /// Adds a replay; its reference is only used on its own loop.
    func add(_ exchange: ReplayExchange, on eventLoop: any EventLoop) -> Int {
        let reference = LoopBound(exchange)
        let entry = Entry(eventLoop: eventLoop) { reference.value?.interrupt() }
        return state.withLock { state in
            state.next += 1
            state.entries[state.next] = entry
            return state.next
        }
    }

    func remove(_ token: Int) { state.withLock { $0.entries[token] = nil } }

    func interruptAll() {
        let entries = state.withLock { Array($0.entries.values) }
        for entry in entries { entry.eventLoop.execute(entry.interrupt) }
    }
}

/// Carries a reference to an object of a loop through a `@Sendable` closure that runs on that loop.
struct LoopBound<Value: AnyObject>: @unchecked Sendable {
    // @unchecked: `value` is only read by closures that run on the loop that owns the object.

    private(set) weak var value: Value?
    init(_ value: Value) { self.value = value }
}
