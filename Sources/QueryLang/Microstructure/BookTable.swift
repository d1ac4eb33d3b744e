public import Columnar

/// The columns by which a table is known to hold book events, as the live runtime writes them to `book`.
public struct BookTable: Sendable, Hashable {
    /// The number of an event, which its rows share.
    public let seq: Int
    /// When the event was received.
    public let receiveTime: Int
    /// `change`, `keyframe`, `state` or `clock`.
    public let kind: Int
    /// `bid` or `ask`; null in a row without a level.
    public let side: Int
    /// Price of a level.
    public let price: Int
    /// New size of a level.
    public let size: Int
    /// The venue's id of the change.
    public let updateID: Int
    /// State of the book after the event.
    public let state: Int
    /// Why the state changed.
    public let reason: Int

    /// Finds the columns; nil if the table has not all of them.
    public init?(_ table: TableSchema) {
        func find(_ name: String, _ type: ColumnType) -> Int? {
            table.index(of: name).flatMap { table.columns[$0].type == type ? $0 : nil }
        }
        guard table.seriesColumn != nil, let seq = find("seq", .int64),
            let receiveTime = find("receive_time", .timestamp), let kind = find("kind", .symbol),
            let side = find("side", .symbol), let price = find("price", .float64), let size = find("size", .float64),
            let updateID = find("update_id", .int64), let state = find("state", .symbol),
            let reason = find("reason", .symbol)
        else { return nil }
        self.seq = seq
        self.receiveTime = receiveTime
        self.kind = kind
        self.side = side
        self.price = price
        self.size = size
        self.updateID = updateID
        self.state = state
        self.reason = reason
    }

    /// Columns of a level, which an event as a whole does not have.
    public var levelColumns: [Int] { [side, price, size] }
}

/// The events of a `book` table replayed: a row an event, with a column for each function of the book's state after it.
public struct BoundBook: Sendable, Hashable {
    /// The table that holds the events.
    public let table: TableSchema
    /// The functions.
    public let calls: [BookCall]
    /// The columns of ``table``, then one for each call.
    public let schema: TableSchema

    /// Puts a table and calls together, no two of them equal.
    init(table: TableSchema, calls: [BookCall]) {
        self.table = table
        self.calls = calls
        self.schema = calls.reduce(table) { $0.adding(Column($1.text, $1.function.type)) ?? $0 }
    }
}
