public import NIOCore
public import Wire

/// Takes recorded lines over HTTP, through the same way as a live feed.
public protocol ReplayService: Sendable {
    /// Begins a replay. Called on the connection's loop, as is everything about the replay.
    ///
    /// - Parameters:
    ///   - parameters: the query of the request, for example `symbols`.
    ///   - eventLoop: the connection's loop.
    ///   - report: what to call as the replay goes on; each on that loop.
    func begin(
        _ parameters: [QueryParameter],
        on eventLoop: any EventLoop,
        report: @escaping (ReplayReport) -> Void
    ) throws(ReplayRefusal) -> any ReplayReceiver
}

/// A replay in progress. Bound to its connection's loop.
public protocol ReplayReceiver: AnyObject {
    /// Takes the next bytes of the body, cut anywhere. No more come before `ready` was called, on the loop; that is how a
    /// sender is held back.
    func receive(_ bytes: ByteBuffer, ready: @escaping () -> Void)

    /// No more bytes come: make all that was received durable, then report ``ReplayReport/end(_:)``.
    ///
    /// - Parameter isCut: whether the sender was cut off, so that what follows the last newline is no whole line.
    func finish(isCut: Bool)

    /// The sender is gone: keep what was received, and report nothing more.
    func cancel()
}

/// What a replay reports.
public enum ReplayReport: Sendable, Hashable {
    /// All lines up to this one, counted from 1, are on disk.
    case durable(line: Int)
    /// A line could not be used; the replay goes on.
    case rejected(line: Int, message: String)
    /// The replay cannot go on. The last report.
    case failed(line: Int, message: String)
    /// All lines were taken and are on disk. The last report.
    case end(ReplaySummary)
}

/// What a replay was.
public struct ReplaySummary: Sendable, Hashable {
    /// Lines received.
    public var lines: Int
    /// Lines that could not be used.
    public var rejected: Int
    /// Market events made of them.
    public var events: Int

    /// Creates a summary.
    public init(lines: Int, rejected: Int, events: Int) {
        self.lines = lines
        self.rejected = rejected
        self.events = events
    }
}

/// Why a replay cannot begin.
public struct ReplayRefusal: Error, Sendable, Hashable {
    /// Whether trying again later may help (503), or the request is wrong (400).
    public var isTemporary: Bool
    /// The reason.
    public var message: String

    /// Creates a refusal.
    public init(isTemporary: Bool, _ message: String) {
        self.isTemporary = isTemporary
        self.message = message
    }
}
