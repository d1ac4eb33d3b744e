/// Wakes the one thread of a job.
final class JobSignal: Sendable {
    private struct State {
        var isSet = false
        var hasStopped = false
    }

    private let state = Monitor(State())

    /// There is something to do. Costs no wake-up if that is known.
    func set() {
        _ = state.change { state in
            defer { state.isSet = true }
            return !state.isSet
        } wakes: {
            $0
        }
    }

    /// Ends waiting for good.
    func stop() { state.change { $0.hasStopped = true } }

    /// Waits until there is something to do, or for some nanoseconds at most. False once it has stopped.
    func wait(nanosecondsMax: Int64?) -> Bool {
        let goesOn = state.wait(nanosecondsMax: nanosecondsMax) { state -> Bool? in
            guard state.isSet || state.hasStopped else { return nil }
            state.isSet = false
            return !state.hasStopped
        }
        return goesOn ?? true
    }

    /// Waits for some nanoseconds, unless it is stopped. False once it has stopped.
    func pause(nanoseconds: Int64) -> Bool {
        state.wait(nanosecondsMax: nanoseconds) { $0.hasStopped ? false : nil } ?? true
    }
}
