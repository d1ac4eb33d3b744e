internal import NIOCore

/// Where a subscriber is in all of its instruments: what the ids of its events say, once there are several.
///
/// Events are made once for all who take them, so that each bears the place in its own instrument alone. But a client keeps
/// the last id only, and would come back knowing of one instrument. Here the id of each event gets the places in the
/// others, on the subscriber's own copy of the bytes.
struct EventCursor {
    /// With more instruments than this, only the last event of what is sent together bears an id: of a hundred, ids would
    /// be most of the bytes. A client that is cut off within them gets those that it had a second time.
    static let instrumentsOfEveryIDMax = 32

    private static let mark = Array("\nid: ".utf8)

    /// The ids that were sent last, as text, in the order in which their instruments came.
    private var places: [String] = []
    private var indices: [String: Int] = [:]

    /// Notes where the subscriber is before any event.
    mutating func begin(at id: EventID) { note(id.text) }

    private mutating func note(_ id: String) {
        guard let equals = id.lastIndex(of: "=") else { return }
        let symbol = String(id[..<equals])
        if let index = indices[symbol] {
            places[index] = id
        } else {
            indices[symbol] = places.count
            places.append(id)
        }
    }

    private var text: String { places.joined(separator: ",") }

    /// The events with the ids that they must have for this subscriber.
    mutating func complete(_ events: ByteBuffer) -> ByteBuffer {
        let view = events.readableBytesView
        let ids = Self.ids(in: view)
        guard !ids.isEmpty else { return events }
        var completed = ByteBuffer()
        completed.reserveCapacity(events.readableBytes + ids.count * 32 * min(places.count, 8))
        var start = view.startIndex
        for (number, id) in ids.enumerated() {
            note(String(decoding: view[id], as: UTF8.self))
            let isLast = number == ids.count - 1
            if isLast || places.count <= Self.instrumentsOfEveryIDMax {
                completed.writeBytes(view[start..<id.lowerBound])
                completed.writeString(text)
                start = id.upperBound
            } else {
                // The line goes, its end stays as the end of the one before.
                completed.writeBytes(view[start..<id.lowerBound - Self.mark.count])
                start = id.upperBound
            }
        }
        completed.writeBytes(view[start...])
        return completed
    }

    /// The places of ids. Data is JSON in one line, so that no line of it looks like one.
    private static func ids(in view: ByteBufferView) -> [Range<Int>] {
        var ids: [Range<Int>] = []
        var start = view.startIndex
        while let end = view[start...].firstIndex(of: mark[0]) {
            start = end + 1
            guard view[end...].starts(with: mark), let next = view[start...].firstIndex(of: mark[0]) else { continue }
            ids.append(end + mark.count..<next)
            start = next
        }
        return ids
    }
}
