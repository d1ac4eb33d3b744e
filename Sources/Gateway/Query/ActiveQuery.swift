internal import Engine
internal import Synchronization

/// A query from its arrival to its end as every thread may see it: what it is, how far it is, and how to stop it.
final class ActiveQuery: Sendable {
    /// Characters of the statement that are kept to be shown.
    static let shownTextMax = 1_000

    /// A moment by two clocks.
    struct Moment: Sendable {
        /// Nanoseconds since the Unix epoch, to be shown.
        var wall: Int64
        /// Nanoseconds of ``MonotonicClock``, to reckon with.
        var monotonic: Int64
    }

    private struct Control {
        var step: (any RunnableQuery)?
        var reason: StopReason?
    }

    let id: QueryID
    /// The statement, cut.
    let shownText: String
    let format: ResultFormat
    /// Address and port of the client.
    let client: String?
    let arrival: Moment
    private let control = Mutex(Control())

    init(id: QueryID, text: String, format: ResultFormat, client: String?, arrival: Moment) {
        self.id = id
        self.shownText = Self.shown(text)
        self.format = format
        self.client = client
        self.arrival = arrival
    }

    /// Unicode scalars are counted: a single character may be any number of them.
    private static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: shownTextMax, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }

    /// Why the query has to end; nil as long as it has not.
    var stopReason: StopReason? { control.withLock { $0.reason } }

    /// What was done so far.
    var statistics: QueryStatistics { control.withLock { $0.step }?.statistics ?? QueryStatistics() }

    /// Makes the prepared statement known, so that it can be looked at and stopped.
    func attach(_ step: any RunnableQuery) {
        let isStopped = control.withLock { control in
            control.step = step
            return control.reason != nil
        }
        if isStopped { step.cancel() }
    }

    /// Forgets the prepared statement.
    func detach() { control.withLock { $0.step = nil } }

    /// Lets a step that is being computed fail at its next checkpoint; false if the query was stopped before.
    func stop(_ reason: StopReason) -> Bool {
        let (isFirst, step) = control.withLock { control in
            guard control.reason == nil else { return (false, nil as (any RunnableQuery)?) }
            control.reason = reason
            return (true, control.step)
        }
        step?.cancel()
        return isFirst
    }
}
