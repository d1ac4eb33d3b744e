internal import Columnar
internal import Engine
internal import Market

/// Data messages as JSON objects.
struct JSONStreamEncoder: StreamEncoder {
    private var json = JSONBuffer(capacity: 1024)

    var payload: [UInt8] { json.bytes }

    /// `{"op":"snap","sid":7,"epoch":"k1","seq":41,"t":[..],"book":"live","u":9,"v":[..],"s":[[2,"WARMING"]]}`
    mutating func snapshot(_ shape: Shape) {
        let state = shape.instrument
        begin("snap", sid: shape.sid)
        json.member("epoch", state.epoch)
        json.member("seq", shape.head.seq)
        times(shape.head)
        if state.group.view == nil { json.member("book", state.bookState.name) }
        if shape.head.updateID != 0 { json.member("u", shape.head.updateID) }
        json.key("v")
        json.beginArray()
        for feature in shape.features { json.value(state.slots[feature].shown) }
        json.endArray()
        json.key("s")
        json.beginArray()
        for (position, feature) in shape.features.enumerated() where state.slots[feature].status != .present {
            status(position, state.slots[feature].status)
        }
        json.endArray()
        json.endObject()
    }

    /// `{"op":"d","sid":7,"prev":41,"seq":43,"t":[..],"u":9,"i":[1],"v":[-0.19]}` of what changed since `prev`.
    mutating func delta(_ shape: Shape, _ delta: Delta) {
        begin("d", sid: shape.sid)
        json.member("prev", delta.prev)
        json.member("seq", delta.cause.seq)
        if delta.count > 1 { json.member("n", delta.count) }
        times(delta.cause)
        if let book = delta.book { json.member("book", book.name) }
        if delta.cause.updateID != 0 { json.member("u", delta.cause.updateID) }
        json.key("i")
        json.beginArray()
        for entry in delta.entries { json.value(entry.position) }
        json.endArray()
        json.key("v")
        json.beginArray()
        for entry in delta.entries { json.value(entry.value) }
        json.endArray()
        if delta.statusCount > 0 {
            json.key("s")
            json.beginArray()
            for entry in delta.entries where entry.hasStatusChanged { status(entry.position, entry.status) }
            json.endArray()
        }
        json.endObject()
    }

    /// `{"op":"lag","sid":7,"from":44,"to":90}`
    mutating func lag(sid: Int64, from: Int64, to: Int64) {
        begin("lag", sid: sid)
        json.member("from", from)
        json.member("to", to)
        json.endObject()
    }

    // MARK: - Parts

    private mutating func begin(_ op: String, sid: Int64) {
        json.removeAll()
        json.beginObject()
        json.member("op", op)
        json.member("sid", sid)
    }

    /// Exchange, receive and compute time in microseconds.
    private mutating func times(_ cause: Cause) {
        json.key("t")
        json.beginArray()
        json.value(floorDivide(cause.exchangeTime, 1_000))
        json.value(floorDivide(cause.receiveTime, 1_000))
        json.value(floorDivide(cause.computeTime, 1_000))
        json.endArray()
    }

    private mutating func status(_ position: Int, _ status: ValueStatus) {
        json.beginArray()
        json.value(position)
        json.value(status.name)
        json.endArray()
    }
}
