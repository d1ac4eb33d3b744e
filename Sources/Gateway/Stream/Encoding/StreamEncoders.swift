/// An encoder of each encoding, with their buffers.
struct StreamEncoders {
    private var json = JSONStreamEncoder()
    private var messagePack = MessagePackStreamEncoder()

    func payload(_ encoding: StreamEncoding) -> [UInt8] {
        switch encoding {
        case .json, .events: json.payload
        case .messagePack: messagePack.payload
        }
    }

    mutating func snapshot(_ shape: Shape, _ encoding: StreamEncoding) {
        switch encoding {
        case .json, .events: json.snapshot(shape)
        case .messagePack: messagePack.snapshot(shape)
        }
    }

    mutating func delta(_ shape: Shape, _ delta: Delta, _ encoding: StreamEncoding) {
        switch encoding {
        case .json, .events: json.delta(shape, delta)
        case .messagePack: messagePack.delta(shape, delta)
        }
    }

    mutating func lag(sid: Int64, from: Int64, to: Int64, _ encoding: StreamEncoding) {
        switch encoding {
        case .json, .events: json.lag(sid: sid, from: from, to: to)
        case .messagePack: messagePack.lag(sid: sid, from: from, to: to)
        }
    }
}
