internal import Columnar
internal import Engine
internal import Market
internal import NIOCore
internal import Wire

/// The messages of the stream as whole WebSocket frames.
struct StreamEncoder {
    private var json = JSONBuffer(capacity: 1024)
    private let allocator = ByteBufferAllocator()

    /// `{"op":"snap","sid":7,"epoch":"k1","seq":41,"t":[..],"book":"live","u":9,"v":[..],"s":[[2,"WARMING"]]}`
    mutating func snapshot(_ shape: Shape) -> ByteBuffer {
        let state = shape.instrument
        begin("snap", sid: shape.sid)
        json.member("epoch", state.epoch)
        json.member("seq", shape.head.seq)
        times(shape.head)
        json.member("book", state.bookState.name)
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
        return end()
    }

    /// `{"op":"d","sid":7,"prev":41,"seq":43,"t":[..],"u":9,"i":[1],"v":[-0.19]}` of what changed since `prev`.
    mutating func delta(_ shape: Shape, prev: Int64, _ change: ShapeChange) -> ByteBuffer {
        beginDelta(shape, prev: prev, count: change.count, hasBookChanged: change.hasBookChanged)
        json.key("i")
        json.beginArray()
        for position in change.positions { json.value(position) }
        json.endArray()
        json.key("v")
        json.beginArray()
        for position in change.positions { json.value(shape.instrument.slots[shape.features[position]].shown) }
        json.endArray()
        if !change.statuses.isEmpty {
            json.key("s")
            json.beginArray()
            for position in change.statuses {
                status(position, shape.instrument.slots[shape.features[position]].status)
            }
            json.endArray()
        }
        return end()
    }

    /// A delta of several that were merged: the present values of all that changed in them.
    mutating func delta(_ shape: Shape, prev: Int64, _ merged: MergedDelta) -> ByteBuffer {
        var change = ShapeChange()
        merged.positions.forEach { change.positions.append($0) }
        merged.statuses.forEach { change.statuses.append($0) }
        change.hasBookChanged = merged.hasBookChanged
        change.count = merged.count
        return delta(shape, prev: prev, change)
    }

    /// `{"op":"lag","sid":7,"from":44,"to":90}`
    mutating func lag(_ shape: Shape, from: Int64, to: Int64) -> ByteBuffer {
        begin("lag", sid: shape.sid)
        json.member("from", from)
        json.member("to", to)
        return end()
    }

    /// Any other message: `body` adds members after `op`.
    mutating func message(_ op: String, _ body: (inout JSONBuffer) -> Void) -> ByteBuffer {
        json.removeAll()
        json.beginObject()
        json.member("op", op)
        body(&json)
        return end()
    }

    // MARK: - Parts

    private mutating func begin(_ op: String, sid: Int64) {
        json.removeAll()
        json.beginObject()
        json.member("op", op)
        json.member("sid", sid)
    }

    private mutating func beginDelta(_ shape: Shape, prev: Int64, count: Int, hasBookChanged: Bool) {
        begin("d", sid: shape.sid)
        json.member("prev", prev)
        json.member("seq", shape.head.seq)
        if count > 1 { json.member("n", count) }
        times(shape.head)
        if hasBookChanged { json.member("book", shape.instrument.bookState.name) }
        if shape.head.updateID != 0 { json.member("u", shape.head.updateID) }
    }

    /// Exchange, receive and compute time in microseconds.
    private mutating func times(_ cause: Cause) {
        json.key("t")
        json.beginArray()
        for time in [cause.exchangeTime, cause.receiveTime, cause.computeTime] { json.value(floorDivide(time, 1_000)) }
        json.endArray()
    }

    private mutating func status(_ position: Int, _ status: ValueStatus) {
        json.beginArray()
        json.value(position)
        json.value(status.name)
        json.endArray()
    }

    private mutating func end() -> ByteBuffer {
        json.endObject()
        var buffer = WebSocketFrameWriter.begin(capacity: json.bytes.count, allocator: allocator)
        buffer.writeBytes(json.bytes)
        WebSocketFrameWriter.seal(&buffer, as: .text)
        return buffer
    }
}
