import Synchronization

/// A clock that moves when it is read, and does something when it was read often enough.
final class JoinClock: Sendable {
    private struct State {
        var ticks = 0
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let ticksMax: Int

    init(ticksMax: Int) { self.ticksMax = ticksMax }

    var ticks: Int { state.withLock { $0.ticks } }

    func onLastTick(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.action = action } }

    func tick() -> Int64 {
        let (ticks, action) = state.withLock { state in
            state.ticks += 1
            return (state.ticks, state.ticks == ticksMax ? state.action : nil)
        }
        action?()
        return Int64(ticks)
    }
}
