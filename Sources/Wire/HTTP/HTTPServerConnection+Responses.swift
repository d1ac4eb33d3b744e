internal import NIOCore

extension HTTPServerConnection {
    // MARK: - Responses

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func send(_ response: HTTPResponse, to request: HTTPRequest) {
        guard let context else { return }
        let mayHaveBody = !response.status.hasNoBody
        settleKeepAlive()
        let count = response.body.readableBytes
        var buffer = context.channel.allocator.buffer(capacity: 512 + min(count, 64 * 1024))
        HTTPResponseEncoding.writeHead(
            response.status,
            response.fields,
            framing: mayHaveBody ? .length(count) : .empty,
            isKeepAlive: isKeepAlive,
            to: &buffer
        )
        let sendsBody = mayHaveBody && request.method != .head && count > 0
        if sendsBody, count <= 64 * 1024 {
            buffer.writeImmutableBuffer(response.body)
            write(buffer)
        } else {
            write(buffer)
            if sendsBody { write(response.body) }
        }
        responseFinished()
    }

    func start(_ status: HTTPStatus, _ fields: HTTPFields, request: HTTPRequest) {
        guard let context else { return }
        isChunked = true
        isBodiless = status.hasNoBody
        if !request.isHTTP11 { isKeepAlive = false }
        settleKeepAlive()
        var buffer = context.channel.allocator.buffer(capacity: 512)
        let framing: HTTPFraming =
            status.hasNoBody ? .empty : request.isHTTP11 ? .chunked : .untilClose
        HTTPResponseEncoding.writeHead(status, fields, framing: framing, isKeepAlive: isKeepAlive, to: &buffer)
        write(buffer)
    }

    func write(_ bytes: ByteBuffer, to request: HTTPRequest) {
        guard let context, request.method != .head, !isBodiless else { return }
        guard request.isHTTP11 else {
            write(bytes)
            return
        }
        var head = context.channel.allocator.buffer(
            capacity: bytes.readableBytes <= 16 * 1024 ? bytes.readableBytes + 16 : 16
        )
        HTTPResponseEncoding.writeChunkHead(bytes.readableBytes, to: &head)
        if bytes.readableBytes <= 16 * 1024 {
            head.writeImmutableBuffer(bytes)
            head.writeStaticString("\r\n")
            write(head)
        } else {
            write(head)
            write(bytes)
            write(ByteBuffer(staticString: "\r\n"))
        }
    }

    func finish(trailers: HTTPFields, request: HTTPRequest) {
        if request.isHTTP11, request.method != .head, !isBodiless, let context {
            var buffer = context.channel.allocator.buffer(capacity: 64)
            HTTPResponseEncoding.writeLastChunk(trailers: trailers, to: &buffer)
            write(buffer)
        }
        responseFinished()
    }

    func abort(sendingRest: Bool) {
        isAnswering = false
        if sendingRest { closeAfterFlush() } else { close() }
    }

    /// Address and port of the peer.
    var peerAddress: String? {
        guard let address = context?.remoteAddress, let host = address.ipAddress, let port = address.port else {
            return nil
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The holder of a writer forgot it.
    func lostWriter(isStarted: Bool) {
        guard isAnswering, let request = HTTPRequest(method: .get, target: "/") else { return }
        if isStarted {
            abort(sendingRest: false)
        } else {
            send(handler.refusal(.internalServerError, "BUG: the request was dropped", of: nil), to: request)
        }
    }

    /// A response sent before the request's body has ended promises no further request unless the rest is short.
    private func settleKeepAlive() {
        if isDraining { isKeepAlive = false }
        switch inbound {
        case .collecting, .streaming: if hasBody { isKeepAlive = false }
        default: break
        }
        if awaitsContinue { isKeepAlive = false }
    }

    private func write(_ buffer: ByteBuffer) {
        guard let context else { return }
        context.write(wrapOutboundOut(buffer), promise: nil)
        unflushedBytes += buffer.readableBytes
        // TLS counts bytes against the watermark only when they are flushed.
        if !isReading && !isPumping || unflushedBytes >= Self.unflushedBytesMax { flushIfNeeded() }
    }

    func flushIfNeeded() {
        guard unflushedBytes > 0, let context else { return }
        unflushedBytes = 0
        context.flush()
    }

    private func responseFinished() {
        isAnswering = false
        isChunked = false
        writer = nil
        timer?.clear(.stall)
        switch inbound {
        case .complete:
            awaitNextRequest()
            if !isPumping { pump() }
        case .collecting, .streaming, .discarding, .upgrading:
            inbound = .discarding(left: limits.discardedBytesMax)
            if !isKeepAlive {
                flushIfNeeded()
                timer?.expect(.linger)
            }
            if !isPumping { pump() }
        case .head, .closed: break
        }
    }
}
