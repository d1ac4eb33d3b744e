internal import NIOCore
internal import Synchronization

/// What a live query hands over to the loop of its subscriber, from any thread: one hop for all that is ready, and bounded.
final class QueryInbox: Sendable {
    private struct State {
        var events: [StreamQueryEvent] = []
        var rowCount = 0
        var isScheduled = false
        var isOverrun = false
        var isCancelled = false
    }

    private let state = Mutex(State())
    private let rowsMax: Int
    private let wake: @Sendable () -> Void

    /// - Parameters:
    ///   - rowsMax: rows of changes that may wait; a snapshot, which the plan itself bounds, is always taken.
    ///   - wake: called when there is something after nothing was.
    init(rowsMax: Int, wake: @escaping @Sendable () -> Void) {
        self.rowsMax = rowsMax
        self.wake = wake
    }

    func put(_ event: StreamQueryEvent) {
        let mustWake = state.withLock { state in
            guard !state.isCancelled else { return false }
            switch event {
            case .snapshot(let rows): state.rowCount += rows.rows.count
            case .change(let rows):
                // What does not fit is lost: the subscriber is told, and begins anew.
                state.isOverrun = state.isOverrun || state.rowCount + rows.rows.count > rowsMax
                guard !state.isOverrun else { break }
                state.rowCount += rows.rows.count
            case .ended: break
            }
            if !state.isOverrun { state.events.append(event) }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustWake { wake() }
    }

    /// Takes everything out; whether something was lost after it.
    func take() -> (events: [StreamQueryEvent], isOverrun: Bool) {
        state.withLock { state in
            defer {
                state.events = []
                state.rowCount = 0
                state.isScheduled = false
            }
            return (state.events, state.isOverrun)
        }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.events = []
        }
    }
}
