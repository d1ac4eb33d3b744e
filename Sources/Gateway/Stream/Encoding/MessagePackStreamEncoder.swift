internal import Columnar
internal import Engine
internal import Market

/// Data messages as positional MessagePack arrays; nils at the end are left out.
///
///     delta       "d", sid, prev, seq, t, i, v, u, n, book, s
///     snapshot    "snap", sid, epoch, seq, t, book, v, s, u
///     lag         "lag", sid, from, to
struct MessagePackStreamEncoder: StreamEncoder {
    private var pack = MessagePackBuffer(capacity: 1024)

    var payload: [UInt8] { pack.bytes }

    mutating func snapshot(_ shape: Shape) {
        let state = shape.instrument
        pack.removeAll()
        pack.packArray(count: shape.head.updateID != 0 ? 9 : 8)
        pack.pack("snap")
        pack.pack(shape.sid)
        pack.pack(state.epoch)
        pack.pack(shape.head.seq)
        times(shape.head)
        if state.group.view == nil { pack.pack(state.bookState.name) } else { pack.packNil() }
        pack.packArray(count: shape.features.count)
        for feature in shape.features { pack.pack(state.slots[feature].shown) }
        let flagged = shape.features.count(where: { state.slots[$0].status != .present })
        pack.packArray(count: flagged)
        for (position, feature) in shape.features.enumerated() where state.slots[feature].status != .present {
            status(position, state.slots[feature].status)
        }
        if shape.head.updateID != 0 { pack.pack(shape.head.updateID) }
    }

    mutating func delta(_ shape: Shape, _ delta: Delta) {
        let hasUpdateID = delta.cause.updateID != 0
        let count =
            delta.statusCount > 0 ? 11 : delta.book != nil ? 10 : delta.count > 1 ? 9 : hasUpdateID ? 8 : 7
        pack.removeAll()
        pack.packArray(count: count)
        pack.pack("d")
        pack.pack(shape.sid)
        pack.pack(delta.prev)
        pack.pack(delta.cause.seq)
        times(delta.cause)
        pack.packArray(count: delta.entries.count)
        for entry in delta.entries { pack.pack(Int64(entry.position)) }
        pack.packArray(count: delta.entries.count)
        for entry in delta.entries { pack.pack(entry.value) }
        if count > 7 { hasUpdateID ? pack.pack(delta.cause.updateID) : pack.packNil() }
        if count > 8 { delta.count > 1 ? pack.pack(Int64(delta.count)) : pack.packNil() }
        if count > 9 {
            if let book = delta.book { pack.pack(book.name) } else { pack.packNil() }
        }
        if count > 10 {
            pack.packArray(count: delta.statusCount)
            for entry in delta.entries where entry.hasStatusChanged { status(entry.position, entry.status) }
        }
    }

    mutating func lag(sid: Int64, from: Int64, to: Int64) {
        pack.removeAll()
        pack.packArray(count: 4)
        pack.pack("lag")
        pack.pack(sid)
        pack.pack(from)
        pack.pack(to)
    }

    /// Exchange, receive and compute time in microseconds.
    private mutating func times(_ cause: Cause) {
        pack.packArray(count: 3)
        pack.pack(floorDivide(cause.exchangeTime, 1_000))
        pack.pack(floorDivide(cause.receiveTime, 1_000))
        pack.pack(floorDivide(cause.computeTime, 1_000))
    }

    private mutating func status(_ position: Int, _ status: ValueStatus) {
        pack.packArray(count: 2)
        pack.pack(Int64(position))
        pack.pack(status.name)
    }
}
