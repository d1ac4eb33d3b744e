/// Cuts a body of server-sent events (html.spec.whatwg.org, Server-sent events) into events as it arrives.
struct ServerSentEvents {
    /// An event with data; comments and the rest have no use here.
    struct Event: Equatable {
        var name: String
        var data: [UInt8]
    }

    /// No event is longer; what claims to be is none.
    static let eventBytesMax = 64 << 20

    private var bytes: [UInt8] = []
    /// Where the line begins that is not whole yet, and up to where no end of it was found.
    private var start = 0
    private var searched = 0
    private var event = Event(name: "", data: [])

    /// Takes bytes as they arrive; false if an event has no end within its bound.
    mutating func feed(_ more: some Sequence<UInt8>) -> Bool {
        bytes.removeFirst(start)
        (start, searched) = (0, searched - start)
        bytes.append(contentsOf: more)
        return bytes.count + event.data.count <= Self.eventBytesMax
    }

    /// The next event; nil until more bytes arrive.
    mutating func next() -> Event? {
        while let end = bytes[searched...].firstIndex(of: 0x0A) {
            var line = bytes[start..<end]
            if line.last == 0x0D { line.removeLast() }
            (start, searched) = (end + 1, end + 1)
            if !line.isEmpty {
                take(line)
            } else if !event.data.isEmpty {
                defer { event = Event(name: "", data: []) }
                return event
            }
        }
        searched = bytes.count
        return nil
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        var value = line.dropFirst(name.count + 1)
        if value.first == 0x20 { value.removeFirst() }
        switch String(decoding: name, as: UTF8.self) {
        case "event": event.name = String(decoding: value, as: UTF8.self)
        case "data":
            if !event.data.isEmpty { event.data.append(0x0A) }
            event.data += value
        default: break
        }
    }
}
