public import Columnar
public import QueryLang

/// Answers of queries that are kept up to date: what the stream needs of live plans.
public protocol StreamQuerySource: Sendable {
    /// Understands a text, so that ``open(_:receive:)`` of the same one is cheap. Called on a thread that may wait.
    ///
    /// - Throws: if the text is wrong, or cannot be live.
    func prepare(_ text: String) throws(QueryError)
    /// Starts, or shares, the live plan of a SELECT. Called on an event loop: must not wait for rows.
    ///
    /// - Parameters:
    ///   - text: the query.
    ///   - isRecorder: whether this follower only keeps what happens for others; it counts as none.
    ///   - receive: takes what happens, in order, from any thread: a snapshot first, then changes. Must not block.
    /// - Throws: if the text is wrong, cannot be live, or a limit is reached.
    func open(
        _ text: String,
        isRecorder: Bool,
        receive: @escaping @Sendable (StreamQueryEvent) -> Void
    ) throws(QueryError) -> StreamQuery
}

extension StreamQuerySource {
    /// Leaves everything to ``open(_:receive:)``.
    public func prepare(_ text: String) throws(QueryError) {}
}

/// A query that is followed.
public struct StreamQuery: Sendable {
    /// A column of its rows.
    public struct Column: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The type as the query language spells it.
        public var type: String

        /// Creates a column.
        public init(name: String, type: String) {
            self.name = name
            self.type = type
        }
    }

    /// The columns of a row.
    public var columns: [Column]
    /// Columns that say which row it is; empty if every row is a further one.
    public var keyColumns: [Int]
    /// The continuity that `seq` belongs to.
    public var epoch: String
    /// Ends it; nothing is received after what is on its way.
    public var cancel: @Sendable () -> Void

    /// Creates a description.
    public init(
        columns: [Column],
        keyColumns: [Int],
        epoch: String,
        cancel: @escaping @Sendable () -> Void
    ) {
        self.columns = columns
        self.keyColumns = keyColumns
        self.epoch = epoch
        self.cancel = cancel
    }
}

/// Rows of a followed query that came together.
public struct StreamQueryRows: Sendable {
    /// `seq` of the rows before; meaningless in a snapshot.
    public var prev: Int64
    /// The place of these rows in the order of the query's input.
    public var seq: Int64
    /// The venue's time, when it was received, and when the rows were computed: nanoseconds since the Unix epoch.
    public var exchangeTime: Int64
    /// When the last input was received.
    public var receiveTime: Int64
    /// When the rows were computed.
    public var computeTime: Int64
    /// The rows, a value for each column.
    public var rows: [[Scalar]]
    /// Whether a late row changed what was closed.
    public var isRevision: Bool
    /// The continuity that a snapshot begins; nil for the one that is told already.
    public var epoch: String?
    /// Indices of rows that no row which comes in time will change.
    public var closed: [Int] = []
    /// Indices of rows whose key is in the answer no more: they hold the key alone.
    public var removed: [Int] = []
    /// Whether a snapshot has all rows of the answer; older ones may be left out.
    public var isWhole = true

    /// Creates rows.
    public init(
        prev: Int64 = 0,
        seq: Int64,
        exchangeTime: Int64,
        receiveTime: Int64,
        computeTime: Int64,
        rows: [[Scalar]],
        isRevision: Bool = false
    ) {
        self.prev = prev
        self.seq = seq
        self.exchangeTime = exchangeTime
        self.receiveTime = receiveTime
        self.computeTime = computeTime
        self.rows = rows
        self.isRevision = isRevision
    }
}

/// What happens to a followed query.
public enum StreamQueryEvent: Sendable {
    /// All rows.
    case snapshot(StreamQueryRows)
    /// Rows that changed.
    case change(StreamQueryRows)
    /// It came to its end.
    case ended(QueryError)
}
