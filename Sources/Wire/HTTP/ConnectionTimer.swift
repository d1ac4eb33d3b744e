internal import NIOCore

/// The one timer of a connection: what is waited for, and until when.
///
/// Moving the end back costs no scheduling: a timer that fires early arms itself again. A busy keep-alive connection so
/// schedules once a minute, not once a request.
final class ConnectionTimer {
    /// What is waited for.
    enum Reason {
        /// The next request.
        case idle
        /// The rest of a head whose first byte came.
        case head
        /// The next piece of a body that somebody wants.
        case body
        /// That a full socket takes bytes again.
        case stall
        /// That the peer has read a refusal.
        case linger
    }

    private let eventLoop: any EventLoop
    private let limits: HTTPLimits
    private let onExpiry: (Reason) -> Void
    private var deadline: (at: NIODeadline, reason: Reason)?
    private var scheduled: Scheduled<Void>?
    private var armedFor = NIODeadline.distantFuture

    init(eventLoop: any EventLoop, limits: HTTPLimits, onExpiry: @escaping (Reason) -> Void) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.onExpiry = onExpiry
    }

    /// What is waited for now.
    var reason: Reason? { deadline?.reason }

    /// Waits for something else, or for the same from now on.
    func expect(_ reason: Reason) {
        let timeout =
            switch reason {
            case .idle: limits.idleTimeout
            case .head: limits.headTimeout
            case .body: limits.bodyTimeout
            case .stall: limits.stallTimeout
            case .linger: limits.lingerTimeout
            }
        let at = eventLoop.now + timeout
        deadline = (at, reason)
        if at < armedFor { arm(at) }
    }

    /// Waits for nothing.
    func clear() { deadline = nil }

    /// Waits for nothing if this was waited for.
    func clear(_ reason: Reason) {
        if deadline?.reason == reason { deadline = nil }
    }

    /// Never fires again.
    func cancel() {
        deadline = nil
        scheduled?.cancel()
    }

    private func arm(_ at: NIODeadline) {
        scheduled?.cancel()
        armedFor = at
        scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: at) { [weak self] in self?.fire() }
    }

    private func fire() {
        scheduled = nil
        armedFor = .distantFuture
        guard let deadline else { return }
        guard eventLoop.now >= deadline.at else { return arm(deadline.at) }
        self.deadline = nil
        onExpiry(deadline.reason)
    }
}
