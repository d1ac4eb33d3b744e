internal import NIOCore
internal import Wire

/// A subscriber that reads server-sent events: the body of a response that does not end.
final class EventStream: StreamTransport {
    /// A browser waits this long before it comes back, with the id of the last event.
    private static let preamble: StaticString = "retry: 2000\n\n"

    let encoding = StreamEncoding.events
    private let answer: Answer
    private var writer: HTTPResponseWriter { answer.writer }
    /// Whether the head of the response was sent. It waits for the first event: until then a problem can still be told by a
    /// status, at which a browser does not come back.
    private var isBegun = false
    /// What was written in this turn: one chunk of the body.
    private var pending = ByteBuffer()
    /// Nil for a subscriber to one instrument, or to a query: the ids of events then say all.
    private var cursor: EventCursor?

    init(_ answer: Answer, followsSeveral: Bool) {
        self.answer = answer
        self.cursor = followsSeveral ? EventCursor() : nil
    }

    /// Follows the subscriber's connection.
    func start(_ session: StreamSession) {
        writer.onWritable = { session.writabilityChanged() }
        writer.onClose = { session.end() }
        session.open(self)
    }

    private func begin() {
        guard !isBegun else { return }
        isBegun = true
        answer.start(.ok, ["Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"])
        var first = ByteBuffer(staticString: Self.preamble)
        first.writeBuffer(&pending)
        pending = first
    }

    func refuse(_ refusal: StreamRequest.Refusal) -> Bool {
        guard !isBegun else { return false }
        isBegun = true
        pending = ByteBuffer()
        answer.send(refusal.problem)
        return true
    }

    var eventLoop: any EventLoop { writer.eventLoop }
    var compression: WebSocketCompression? { nil }
    var isWritable: Bool { writer.isWritable }

    func write(_ messages: ByteBuffer) { pending.writeImmutableBuffer(messages) }

    func goesOn(at id: EventID) { cursor?.begin(at: id) }

    func flush() {
        guard pending.readableBytes > 0 else { return }
        begin()
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
        begin()
        flush()
        writer.finish()
    }
}
