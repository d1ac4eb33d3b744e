internal import NIOCore

/// The client's side of the opening handshake (RFC 6455 §4.1); leaves the pipeline when it is done.
final class WebSocketClientHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let attempt: WebSocketAttempt
    private let key = WebSocketHandshake.makeKey()
    private var isDone = false
    private var parser = HTTPResponseParser(method: .get)
    private var input = ByteBuffer()
    private var timer: Scheduled<Void>?

    init(_ attempt: WebSocketAttempt) { self.attempt = attempt }

    func channelActive(context: ChannelHandlerContext) {
        var fields: HTTPFields = ["Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key]
        if !attempt.subprotocols.isEmpty {
            fields.add("Sec-WebSocket-Protocol", attempt.subprotocols.joined(separator: ", "))
        }
        if let compression = attempt.compression {
            fields.add("Sec-WebSocket-Extensions", WebSocketDeflateParameters.offer(compression))
        }
        let own = fields
        for field in attempt.fields.all where own[field.name] == nil { fields.add(field.name, field.value) }
        var request = context.channel.allocator.buffer(capacity: 512)
        HTTPRequestEncoding.writeHead(
            .get,
            attempt.url,
            fields,
            connection: "Upgrade",
            framing: .empty,
            to: &request
        )
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        let transfer = LoopBoundTransfer((self, context))
        timer = context.eventLoop.scheduleTask(in: attempt.timeout) {
            let (handshake, context) = transfer.value
            handshake.fail(
                WireError(.timeout, "\(handshake.attempt.url) did not answer the handshake in time"),
                context
            )
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard !isDone else { return }
        input.writeBuffer(&bytes)
        do throws(HTTPViolation) {
            if case .head(let status, let fields) = try parser.next(&input) { check(status, fields, context) }
        } catch {
            fail(ClientConnector.wireError(error, url: attempt.url), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(WireError(.closed, "\(attempt.url.authority) closed the connection during the handshake"), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(ClientConnector.wireError(error, url: attempt.url), context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    private var acceptedSubprotocol: String?
    private var deflate: WebSocketDeflateAgreement?

    private func check(_ status: HTTPStatus, _ fields: HTTPFields, _ context: ChannelHandlerContext) {
        let subprotocol = fields["Sec-WebSocket-Protocol"]
        guard status.code == 101 else {
            fail(WireError(.refused, "\(attempt.url) answered \(status.code) instead of a WebSocket"), context)
            return
        }
        guard fields.contains("websocket", in: "upgrade"), fields.contains("upgrade", in: "connection"),
            fields["Sec-WebSocket-Accept"] == WebSocketHandshake.accept(for: key),
            subprotocol.map(attempt.subprotocols.contains) ?? true, agree(fields)
        else {
            fail(WireError(.protocolViolation, "\(attempt.url) answered the handshake wrongly"), context)
            return
        }
        acceptedSubprotocol = subprotocol
        succeed(context)
    }

    /// Reads which extensions the server takes; false if it takes what was not offered.
    private func agree(_ fields: HTTPFields) -> Bool {
        let values = fields.values(of: "Sec-WebSocket-Extensions")
        guard let answers = WebSocketExtension.read(values) else { return false }
        guard !answers.isEmpty else { return true }
        guard let options = attempt.compression,
            let parameters = WebSocketDeflateParameters.agreed(answers, options)
        else { return false }
        deflate = WebSocketDeflateAgreement(parameters: parameters, options: options.clamped)
        return true
    }

    private func succeed(_ context: ChannelHandlerContext) {
        isDone = true
        timer?.cancel()
        let connection = WebSocketConnection.install(
            on: context,
            after: self,
            role: .client,
            limits: attempt.limits,
            subprotocol: acceptedSubprotocol,
            deflate: deflate,
            registry: nil,
            makeDelegate: attempt.makeDelegate
        )
        guard let connection else {
            attempt.promise.fail(WireError(.closed, "the connection closed during the handshake"))
            return
        }
        let unread = input
        input = ByteBuffer()
        connection.takeOver(from: context, unread: unread)
        attempt.promise.succeed(connection)
    }

    private func fail(_ error: WireError, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        timer?.cancel()
        attempt.promise.fail(error)
        context.close(promise: nil)
    }
}
