internal import Columnar
internal import Engine
internal import MarketStore
internal import NIOCore
internal import QueryLang
internal import Wire

/// What MarketStore's clients call over HTTP: `POST /rpc`, and `/heartbeat`, which its operators ask.
///
/// Calls run on threads of their own, for they wait for the disk; a loop only collects their bytes.
final class MarketStoreRoutes: Sendable {
    static let callPath = "/rpc"
    static let heartbeatPath = "/heartbeat"

    private let server: RPCServer
    private let threads: MarketStoreThreads
    private let counters: MarketStoreCounters
    private let authorizer: any Authorizer
    private let bodyBytesMax: Int
    private let started = MonotonicClock.now()

    init(
        service: any DataService,
        threads: MarketStoreThreads,
        counters: MarketStoreCounters,
        authorizer: any Authorizer,
        bodyBytesMax: Int
    ) {
        server = RPCServer(service)
        self.threads = threads
        self.counters = counters
        self.authorizer = authorizer
        self.bodyBytesMax = bodyBytesMax
    }

    private var versionField: HTTPFields { ["Marketstore-Version": server.version] }

    /// The answer to a method that `/rpc` does not take. It bears the version, which is what clients ask with HEAD.
    func methodRefusal(_ head: HTTPRequest) -> HTTPResponse {
        var response = text(.methodNotAllowed, "rpc: POST method required, received \(head.method.rawValue.prefix(20))")
        response.fields["Allow"] = "POST"
        return response
    }

    /// What to do with a `POST /rpc`.
    func call(_ head: HTTPRequest, _ gateway: GatewayCounters) -> HTTPDisposition {
        let type = head.fields["Content-Type"] ?? ""
        guard let codec = RPCCodec(contentType: type) else {
            let response = text(.unsupportedMediaType, "rpc: unrecognized Content-Type: \(type.prefix(200))")
            gateway.responded(.marketStore, response.status)
            return .respond(Answer.complete(response))
        }
        return .collect(bodyBytesMax: bodyBytesMax) { [self] request, writer in
            let answer = Answer(writer: writer, route: .marketStore, counters: gateway)
            // Which method is called is only known once the body is read: whoever may call may write.
            if let problem = answer.refusal(of: .write, request, authorizer) { return answer.send(problem) }
            run(request.body, codec, answer)
        }
    }

    private func run(_ body: ByteBuffer, _ codec: RPCCodec, _ answer: Answer) {
        let arrived = MonotonicClock.now()
        let eventLoop = answer.writer.eventLoop
        let isTaken = threads.run(bytes: body.readableBytes) { [self] isActive in
            guard isActive else { return eventLoop.execute { answer.send(Self.stopping) } }
            let reply = server.reply(to: Array(body.readableBytesView), codec)
            counters.finished(reply, nanoseconds: MonotonicClock.now() - arrived)
            var fields = versionField
            if let type = reply.contentType { fields["Content-Type"] = type }
            var bytes = ByteBufferAllocator().buffer(capacity: reply.byteCount)
            for piece in reply.body { bytes.writeBytes(piece) }
            let response = HTTPResponse(status: .ok, fields: fields, body: bytes)
            eventLoop.execute { answer.send(response) }
        }
        guard !isTaken else { return }
        counters.refused.add()
        var problem = Problem(.serviceUnavailable, "busy", "too many calls wait already; try again shortly")
        problem.fields["Retry-After"] = "1"
        answer.send(problem)
    }

    private static let stopping = Problem(.serviceUnavailable, "shutting_down", "the server is shutting down")

    /// `/heartbeat`: whether calls are answered, and since when the server runs.
    func heartbeat(_ reasons: [String]) -> HTTPResponse {
        let milliseconds = (MonotonicClock.now() - started) / 1_000_000
        let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        var json = JSONBuffer()
        json.beginObject()
        json.member("status", reasons.isEmpty ? "queryable" : "not queryable")
        json.member("version", server.version)
        json.member("git_hash", server.version)
        json.member("uptime", "\(milliseconds / 1_000).\(fraction)s")
        json.endObject()
        json.newline()
        return text(reasons.isEmpty ? .ok : .serviceUnavailable, String(decoding: json.bytes, as: UTF8.self))
    }

    private func text(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
        var response = HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", text: text)
        for (name, value) in versionField.all { response.fields[name] = value }
        response.fields["Cache-Control"] = "no-store"
        return response
    }
}
