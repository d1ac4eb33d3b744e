internal import NIOCore
internal import Wire

/// A subscriber that reads server-sent events: the body of a response that does not end.
final class EventStream: StreamTransport {
    let encoding = StreamEncoding.events
    private let writer: HTTPResponseWriter
    /// What was written in this turn: one chunk of the body.
    private var pending = ByteBuffer()
    /// Nil for a subscriber to one instrument, or to a query: the ids of events then say all.
    private var cursor: EventCursor?

    init(_ writer: HTTPResponseWriter, followsSeveral: Bool) {
        self.writer = writer
        self.cursor = followsSeveral ? EventCursor() : nil
    }

    /// Sends the head of the response and follows the subscriber's connection.
    func start(_ session: StreamSession, _ fields: HTTPFields) {
        writer.start(.ok, fields)
        writer.onWritable = { session.writabilityChanged() }
        writer.onClose = { session.end() }
        // A browser waits this long before it comes back, with the id of the last event.
        pending.writeStaticString("retry: 2000\n\n")
        session.open(self)
    }

    var eventLoop: any EventLoop { writer.eventLoop }
    var compression: WebSocketCompression? { nil }
    var isWritable: Bool { writer.isWritable }

    func write(_ messages: ByteBuffer) { pending.writeImmutableBuffer(messages) }

    func goesOn(at id: EventID) { cursor?.begin(at: id) }

    func flush() {
        guard pending.readableBytes > 0 else { return }
        let chunk = cursor?.complete(pending) ?? pending
        pending = ByteBuffer()
        writer.write(chunk)
    }

    func close(_ code: WebSocketCloseCode, reason: String) {
        if code == .slow {
            let payload = StreamEncoding.events.message("error") { document in
                document.member("code", "slow")
                document.member("message", "more waits than limits.queue_bytes")
            }
            StreamFraming.append(payload, "error", nil, to: &pending, .events, nil)
        }
        flush()
        writer.finish()
    }
}
