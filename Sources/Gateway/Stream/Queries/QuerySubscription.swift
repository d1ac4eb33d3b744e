internal import Columnar
internal import NIOCore
internal import QueryLang

/// A query that one connection follows. Bound to its session's loop, but for its inbox.
final class QuerySubscription {
    let sid: Int64
    let request: Int64?
    let text: String
    let closesOnLag: Bool
    var query: StreamQuery
    let inbox: QueryInbox
    /// `seq` of the last rows that were sent or queued.
    var last: Int64 = 0
    var hasSnapshot = false
    /// From where the subscriber misses rows; it gets a snapshot once it has read what waits.
    var lagFrom: Int64?
    /// Where the subscriber was before it was cut off, until it is told how it goes on: that is known with the first event.
    var resumption: StreamPosition?

    init(
        sid: Int64,
        request: Int64?,
        text: String,
        closesOnLag: Bool,
        query: StreamQuery,
        inbox: QueryInbox
    ) {
        self.sid = sid
        self.request = request
        self.text = text
        self.closesOnLag = closesOnLag
        self.query = query
        self.inbox = inbox
    }

    func cancel() {
        inbox.cancel()
        query.cancel()
    }

    /// Members that tell what it is.
    func describe(in document: inout any DocumentWriter) {
        document.member("sid", sid)
        document.member("query", text)
        document.key("columns")
        document.beginArray()
        for column in query.columns {
            document.beginObject()
            document.member("name", column.name)
            document.member("type", column.type)
            document.endObject()
        }
        document.endArray()
        document.key("key")
        document.beginArray()
        for column in query.keyColumns { document.value(column) }
        document.endArray()
        document.member("epoch", query.epoch)
    }
}

/// Messages of rows.
enum QueryMessage {
    /// All rows: `{"op":"snap","sid":-1,"epoch":"q1","seq":41,"t":[..],"rows":[[..]],"closed":[0]}`, positional in
    /// MessagePack.
    static func snapshot(
        _ subscription: QuerySubscription,
        _ rows: StreamQueryRows,
        _ encoding: StreamEncoding
    ) -> [UInt8] {
        var document = encoding.document
        let isPositional = encoding == .messagePack
        begin("snap", subscription.sid, isPositional, &document)
        if !isPositional { document.key("epoch") }
        document.value(subscription.query.epoch)
        end(rows, isPositional, isSnapshot: true, &document)
        return document.bytes
    }

    /// Rows that changed: `{"op":"d","sid":-1,"prev":41,"seq":44,"t":[..],"rows":[[..]]}`, or op `rev`.
    static func change(
        _ subscription: QuerySubscription,
        _ rows: StreamQueryRows,
        _ encoding: StreamEncoding
    ) -> [UInt8] {
        var document = encoding.document
        let isPositional = encoding == .messagePack
        begin(rows.isRevision ? "rev" : "d", subscription.sid, isPositional, &document)
        if !isPositional { document.key("prev") }
        document.value(rows.prev)
        end(rows, isPositional, &document)
        return document.bytes
    }

    private static func begin(_ op: String, _ sid: Int64, _ isPositional: Bool, _ document: inout any DocumentWriter) {
        if isPositional { document.beginArray() } else { document.beginObject() }
        if !isPositional { document.key("op") }
        document.value(op)
        if !isPositional { document.key("sid") }
        document.value(sid)
    }

    private static func end(
        _ rows: StreamQueryRows,
        _ isPositional: Bool,
        isSnapshot: Bool = false,
        _ document: inout any DocumentWriter
    ) {
        if !isPositional { document.key("seq") }
        document.value(rows.seq)
        if !isPositional { document.key("t") }
        document.beginArray()
        for time in [rows.exchangeTime, rows.receiveTime, rows.computeTime] { document.value(floorDivide(time, 1_000)) }
        document.endArray()
        if !isPositional { document.key("rows") }
        document.beginArray()
        for row in rows.rows {
            document.beginArray()
            for cell in row { write(cell, to: &document) }
            document.endArray()
        }
        document.endArray()
        for (name, places) in [("closed", rows.closed), ("removed", rows.removed)] {
            if isPositional || !places.isEmpty { indices(name, places, isPositional, &document) }
        }
        if isSnapshot, isPositional || !rows.isWhole {
            if !isPositional { document.key("whole") }
            document.value(rows.isWhole)
        }
        if isPositional { document.endArray() } else { document.endObject() }
    }

    private static func indices(
        _ name: String,
        _ places: [Int],
        _ isPositional: Bool,
        _ document: inout any DocumentWriter
    ) {
        if !isPositional { document.key(text: name) }
        document.beginArray()
        for place in places { document.value(place) }
        document.endArray()
    }

    private static func write(_ cell: Scalar, to document: inout any DocumentWriter) {
        switch cell {
        case .null: document.null()
        case .boolean(let flag): document.value(flag)
        case .int64(let number): document.value(number)
        case .float64(let number): document.value(Optional(number))
        case .timestamp(let time): document.value(floorDivide(time, 1_000))
        case .text(let text): document.value(text)
        }
    }
}
