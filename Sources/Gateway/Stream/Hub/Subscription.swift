internal import NIOCore

/// One subscriber of a shape. Its session lets go of it when the connection ends, and so ends the cycle of references.
final class Subscription {
    let shape: Shape
    let lane: Lane
    let session: StreamSession
    let request: Int64?
    let closesOnLag: Bool
    /// The least time between two deltas; nil for none.
    var interval: TimeAmount?
    /// When the next delta may be sent.
    var due = NIODeadline.uptimeNanoseconds(0)
    /// `seq` of the last snapshot or delta that was sent or queued.
    private(set) var last: Int64 = 0
    /// ``Shape/deltaCount`` at that time.
    private(set) var countAtLast = 0
    var backlog = Backlog.none

    /// What the subscriber has yet to get besides queued frames.
    enum Backlog {
        case none
        /// All that changed since ``last``, as one delta, when its time has come.
        case throttled
        /// The same, when the socket takes it.
        case delta
        /// A snapshot, and nothing before it.
        case snapshot
        /// The news that deltas were dropped, then a snapshot.
        case lag(from: Int64, to: Int64)
    }

    init(shape: Shape, lane: Lane, session: StreamSession, request: Int64?, closesOnLag: Bool) {
        self.shape = shape
        self.lane = lane
        self.session = session
        self.request = request
        self.closesOnLag = closesOnLag
    }

    /// The subscriber is up to date, once what was written or queued arrives.
    func reachedHead() {
        last = shape.head.seq
        countAtLast = shape.deltaCount
    }

    /// The subscriber has everything up to `seq`; `missing` deltas came after it.
    func reached(_ seq: Int64, missing: Int) {
        last = seq
        countAtLast = shape.deltaCount - missing
    }
}
