import Columnar

/// What the maintenance thread is asked to do.
final class MaintenanceQueue: Sendable {
    typealias Completion = @Sendable (TableError?) -> Void

    private struct State {
        var isAwake = true
        var waiting: [Completion] = []
        var isStopping = false
    }

    private let state = Monitor(State())

    /// Says that there may be something to merge or to drop.
    func wake() { state.update { $0.isAwake = true } }

    /// Asks for all segments to be merged; false if it is too late.
    func request(_ completion: @escaping Completion) -> Bool {
        state.update { state in
            guard !state.isStopping else { return false }
            state.waiting.append(completion)
            return true
        }
    }

    /// Ends the thread; a merge that runs is given up. Who waits is told by the thread.
    func stop() { state.update { $0.isStopping = true } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Those who wait for all segments to be merged, who then wait no more.
    func takeWaiting() -> [Completion] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// Waits until there is something to do, or the deadline; false if the thread is to end.
    func wait(until deadline: UInt64) -> Bool {
        let goesOn = state.wait(until: deadline) { state -> Bool? in
            if state.isStopping { return false }
            guard state.isAwake || !state.waiting.isEmpty else { return nil }
            state.isAwake = false
            return true
        }
        return goesOn ?? true
    }

    /// Waits for a while, or until the thread is to end.
    func pause(until deadline: UInt64) {
        _ = state.wait(until: deadline) { $0.isStopping ? true : nil }
    }
}
