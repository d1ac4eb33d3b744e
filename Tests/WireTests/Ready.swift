import Dispatch

/// A counting semaphore with a generous bound on waiting, so that a broken test fails instead of hanging.
final class Ready: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func signal() { semaphore.signal() }
    func wait() -> Bool { semaphore.wait(timeout: .now() + .seconds(60)) == .success }
}
