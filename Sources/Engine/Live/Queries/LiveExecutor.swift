/// Where work is done that must not hold up who asks for it: one piece after the other, never two at once.
public protocol LiveExecutor: Sendable {
    /// Has work done soon. Called from any thread; must not do it itself while the caller waits.
    func execute(_ work: @escaping @Sendable () -> Void)
}

/// A thread of its own.
public final class LiveThread: LiveExecutor {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var isStopped = false
    }

    private let state: Monitor<State>

    /// Starts the thread.
    public init() {
        let state = Monitor(State())
        self.state = state
        // It goes on until all that waits is done, whether or not its owner still lives.
        _ = BackgroundThread {
            while let work = state.wait({ Self.next(&$0) }), !work.isEmpty { for piece in work { piece() } }
        }
    }

    deinit { state.change { $0.isStopped = true } }

    /// See ``LiveExecutor/execute(_:)``.
    public func execute(_ work: @escaping @Sendable () -> Void) { state.change { $0.waiting.append(work) } }

    /// All that waits; nothing once the thread has stopped, nil if there is nothing yet.
    private static func next(_ state: inout State) -> [@Sendable () -> Void]? {
        if state.waiting.isEmpty { return state.isStopped ? [] : nil }
        defer { state.waiting = [] }
        return state.waiting
    }
}
