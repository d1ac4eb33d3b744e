internal import NIOCore

extension HTTPServerConnection {
    // MARK: - Requests

    func take(_ part: HTTPRequestParser.Part) {
        switch (part, inbound) {
        case (.head(let request, let framing), .head): begin(request, framing)
        case (.body(let bytes), .collecting(var request, let max, let then)):
            timer?.expect(.body)
            guard request.body.readableBytes + bytes.readableBytes <= max else {
                refuse(.contentTooLarge, "the body is larger than \(max) bytes")
                return
            }
            inbound = .complete
            request.body.writeImmutableBuffer(bytes)
            inbound = .collecting(request, max: max, then: then)
        case (.body(let bytes), .streaming(let reader)):
            // Held back by us, the peer may take any time; a reader that asks for more begins to wait.
            timer?.clear(.body)
            reader.receive(bytes)
        case (.body(let bytes), .discarding(let left)):
            let left = left - bytes.readableBytes
            if left < 0 { close() } else { inbound = .discarding(left: left) }
        case (.end, .collecting(let request, _, let then)):
            endOfRequest()
            then(request, makeWriter(request))
        case (.end, .streaming(let reader)):
            endOfRequest()
            reader.finish(.end)
        case (.end, .discarding): endOfRequest()
        case (.end, .upgrading(let request, let acceptance)): upgrade(request, acceptance)
        default: refuse(.badRequest, "the request is malformed")
        }
    }

    private func begin(_ request: HTTPRequest, _ framing: HTTPFraming) {
        guard let context else { return }
        counters.requests.add()
        timer?.clear()
        isAnswering = true
        isKeepAlive = request.isKeepAlive && !isDraining
        hasBody = framing != .empty
        awaitsContinue = hasBody && request.isHTTP11 && request.fields.contains("100-continue", in: "expect")
        dispatch(request, framing, to: handler.handle(request, on: context.eventLoop))
    }

    private func dispatch(_ request: HTTPRequest, _ framing: HTTPFraming, to disposition: HTTPDisposition) {
        switch disposition {
        case .respond(let response):
            inbound = .discarding(left: limits.discardedBytesMax)
            makeWriter(request).send(response)
        case .collect(let max, let then):
            if case .length(let announced) = framing, announced > max {
                refuse(.contentTooLarge, "the body has \(announced) bytes; the limit is \(max)", of: request)
                return
            }
            inbound = .collecting(request, max: max, then: then)
            timer?.expect(.body)
            sendContinue()
        case .stream(let body):
            let reader = HTTPBodyReader { [weak self] in self?.readerAsked() }
            inbound = .streaming(reader)
            body(request, reader, makeWriter(request))
        case .webSocket(let acceptance):
            if let refusal = WebSocketHandshake.refusal(of: request) {
                inbound = .discarding(left: limits.discardedBytesMax)
                var response = handler.refusal(refusal.status, refusal.message, of: request)
                if refusal.status == .upgradeRequired {
                    response.fields["Upgrade"] = "websocket"
                    response.fields["Sec-WebSocket-Version"] = "13"
                }
                makeWriter(request).send(response)
            } else {
                inbound = .upgrading(request, acceptance)
            }
        }
    }

    private func readerAsked() {
        sendContinue()
        if case .streaming = inbound { timer?.expect(.body) }
        pump()
    }

    private func sendContinue() {
        guard awaitsContinue, let context else { return }
        awaitsContinue = false
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    /// The request's last part was taken.
    private func endOfRequest() {
        timer?.clear(.body)
        if isAnswering { inbound = .complete } else { awaitNextRequest() }
    }

    func awaitNextRequest() {
        guard isKeepAlive, !isDraining else {
            closeAfterFlush()
            return
        }
        inbound = .head
        timer?.expect(.idle)
    }

    private func makeWriter(_ request: HTTPRequest) -> HTTPResponseWriter {
        guard let context else { preconditionFailure("BUG: a request without a connection") }
        let writer = HTTPResponseWriter(request: request, connection: self, eventLoop: context.eventLoop)
        self.writer = writer
        return writer
    }

    /// Answers a request that cannot be served, and closes.
    func refuse(_ status: HTTPStatus, _ message: String, of refused: HTTPRequest? = nil) {
        counters.refusals.add()
        isKeepAlive = false
        var refused = refused
        if case .collecting(let request, _, _) = inbound { refused = request }
        if case .streaming(let reader) = inbound {
            inbound = .discarding(left: limits.discardedBytesMax)
            reader.finish(.failed(WireError(.protocolViolation, message)))
            // A response that was begun is ended by its handler, which now knows.
            if isChunked || !isAnswering { return }
        }
        guard isAnswering || isAtStart else {
            close()
            return
        }
        isAnswering = true
        writer?.connectionClosed()
        inbound = .discarding(left: limits.discardedBytesMax)
        guard let request = HTTPRequest(method: .get, target: "/") else { return }
        send(handler.refusal(status, message, of: refused), to: request)
    }

    private var isAtStart: Bool {
        if case .head = inbound { return true }
        return false
    }

    // MARK: - Upgrade

    private func upgrade(_ request: HTTPRequest, _ acceptance: WebSocketAcceptance) {
        guard let context, let accept = WebSocketHandshake.accept(for: request) else {
            refuse(.badRequest, "the WebSocket key is malformed")
            return
        }
        counters.upgrades.add()
        inbound = .closed
        timer?.cancel()
        var buffer = context.channel.allocator.buffer(capacity: 256)
        var fields = acceptance.fields
        let deflate = WebSocketHandshake.deflate(for: request, acceptance.compression)
        if let subprotocol = acceptance.subprotocol { fields["Sec-WebSocket-Protocol"] = subprotocol }
        if let deflate { fields["Sec-WebSocket-Extensions"] = deflate.parameters.text }
        HTTPResponseEncoding.writeUpgrade(accept: accept, fields: fields, to: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        let connection = WebSocketConnection.install(
            on: context,
            after: self,
            role: .server,
            limits: acceptance.limits,
            subprotocol: acceptance.subprotocol,
            deflate: deflate,
            registry: registry,
            makeDelegate: acceptance.makeDelegate
        )
        registry.remove(self)
        let unread = input
        input = ByteBuffer()
        connection?.takeOver(from: context, unread: unread)
    }
}
