public import Columnar
public import QueryLang
import Synchronization

/// One row of a live answer, or its end.
public struct LiveRow: Sendable, Hashable {
    /// What tells the row from all others of the answer; empty where rows are appended.
    public var key: [Scalar]
    /// A value for each of ``LiveQuery/columns``. Of a row that is no more, those of the key; the others are null.
    public var values: [Scalar]
    /// Whether a late or rewritten row changed what was closed already.
    public var isRevision: Bool
    /// Whether no row that comes in time will change it.
    public var isClosed: Bool
    /// Whether the answer has no row of this key any more.
    public var isRemoved: Bool

    /// Creates a row.
    public init(key: [Scalar], values: [Scalar], isRevision: Bool, isClosed: Bool, isRemoved: Bool = false) {
        self.key = key
        self.values = values
        self.isRevision = isRevision
        self.isClosed = isClosed
        self.isRemoved = isRemoved
    }
}

/// What one committed batch changed.
public struct LiveChange: Sendable, Hashable {
    /// ``seq`` of the change, or of the snapshot, before this one.
    public var prev: Int64
    /// The batch's place among all writes of the store.
    public var seq: Int64
    /// The greatest time of the batch's rows, as the venue told it.
    public var exchangeTime: Int64
    /// The greatest `receive_time` of the batch's rows; 0 if the table has no such column.
    public var receiveTime: Int64
    /// When the change was computed, by the clock of this machine.
    public var computeTime: Int64
    /// The rows, in the order in which they apply.
    public var rows: [LiveRow]

    /// Creates a change.
    public init(
        prev: Int64,
        seq: Int64,
        exchangeTime: Int64,
        receiveTime: Int64,
        computeTime: Int64,
        rows: [LiveRow]
    ) {
        self.prev = prev
        self.seq = seq
        self.exchangeTime = exchangeTime
        self.receiveTime = receiveTime
        self.computeTime = computeTime
        self.rows = rows
    }
}

/// The answer as of one write: what changes build upon.
public struct LiveSnapshot: Sendable, Hashable {
    /// The run of snapshot and changes that this begins, or joins.
    public var epoch: String
    /// The place among all writes of the last one that is in it.
    public var seq: Int64
    /// The rows of the answer.
    public var rows: [LiveRow]
    /// Whether these are all rows of the answer: false if older ones were left out, see ``LiveQueryLimits``.
    public var isWhole: Bool

    /// Creates a snapshot.
    public init(epoch: String, seq: Int64, rows: [LiveRow], isWhole: Bool = true) {
        self.epoch = epoch
        self.seq = seq
        self.rows = rows
        self.isWhole = isWhole
    }
}

/// What a subscriber is told.
public enum LiveEvent: Sendable {
    /// The whole answer: first of all, and again with another epoch whenever changes cannot go on from what was told.
    case snapshot(LiveSnapshot)
    /// What changed.
    case change(LiveChange)
    /// The query cannot go on; nothing follows.
    case ended(QueryError)
}

/// A query that is being answered continuously, by one plan however many subscribe to it.
public final class LiveQuery: Sendable {
    /// Its number in this process.
    public let id: Int64
    /// The answer's columns.
    public let columns: [ResultColumn]
    /// The columns of ``LiveRow/key``, in its order.
    public let keyColumns: [Int]
    /// Whether rows are appended; otherwise a row takes the place of the one of its key.
    public let isAppending: Bool
    private let current: Mutex<String>

    /// The epoch now; a restart begins another.
    public var epoch: String { current.withLock { $0 } }

    /// Creates a query.
    public init(id: Int64, columns: [ResultColumn], keyColumns: [Int], isAppending: Bool, epoch: String) {
        self.id = id
        self.columns = columns
        self.keyColumns = keyColumns
        self.isAppending = isAppending
        self.current = Mutex(epoch)
    }

    func begin(epoch: String) { current.withLock { $0 = epoch } }
}

/// Whoever wants to know the answers of a live query.
public protocol LiveQuerySubscriber: AnyObject, Sendable {
    /// Told on the thread of live queries, in order: a snapshot first, then changes. Must not block.
    func receive(_ event: LiveEvent, of query: LiveQuery)
    /// Whether it only keeps what it is told for others that may come back: it is not counted as a subscriber.
    var isRecorder: Bool { get }
}

extension LiveQuerySubscriber {
    /// By default it is a subscriber like any.
    public var isRecorder: Bool { false }
}

/// A SELECT that was laid out as a live plan, and can be subscribed to at little cost.
public struct PreparedLiveQuery: Sendable {
    let select: BoundSelect
    let shape: LiveShape
    let text: String
}

/// Answers queries continuously.
public protocol LiveQuerying: Sendable {
    /// Lays a SELECT out as a live plan. Throws, with the place of the reason, if it cannot be live.
    func plan(_ prepared: PreparedQuery) throws(QueryError) -> PreparedLiveQuery
    /// Starts a live plan, or joins it if it runs: a snapshot follows, then changes. Throws if there are as many plans as
    /// there may be.
    func subscribe(_ planned: PreparedLiveQuery, _ subscriber: any LiveQuerySubscriber) throws(QueryError) -> LiveQuery
    /// Ends a subscription; an event that is under way may still arrive. The plan ends with the last one.
    func unsubscribe(_ query: LiveQuery, _ subscriber: any LiveQuerySubscriber)
}

extension LiveQuerying {
    /// Starts the live plan of a SELECT, or joins one that runs: a snapshot follows, then changes. Throws if the statement
    /// cannot be live, or there are as many plans as there may be.
    public func subscribe(
        _ prepared: PreparedQuery,
        _ subscriber: any LiveQuerySubscriber
    ) throws(QueryError) -> LiveQuery {
        try subscribe(try plan(prepared), subscriber)
    }
}
