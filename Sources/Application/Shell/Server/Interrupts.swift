import Dispatch
import Glibc
import Synchronization

/// Ctrl-C outside of the editor: SIGINT goes to whatever runs.
final class Interrupts {
    /// What Ctrl-C does now.
    private final class Action: Sendable {
        private let idle: @Sendable () -> Void
        private let current = Mutex<(@Sendable () -> Void)?>(nil)

        init(idle: @escaping @Sendable () -> Void) { self.idle = idle }

        func set(_ action: (@Sendable () -> Void)?) { current.withLock { $0 = action } }

        /// What runs is told outside of the lock, as it may end just now.
        func perform() { (current.withLock(\.self) ?? idle)() }
    }

    private let action: Action
    private let source: any DispatchSourceSignal

    /// - Parameter idle: what Ctrl-C does while nothing runs.
    init(idle: @escaping @Sendable () -> Void) {
        action = Action(idle: idle)
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { [action] in action.perform() }
        source.resume()
    }

    deinit {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }

    /// Runs `body`, during which Ctrl-C does `what`.
    func handling<Result, Failure>(
        by what: @escaping @Sendable () -> Void,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        action.set(what)
        defer { action.set(nil) }
        return try body()
    }
}
