internal import NIOCore

/// What the two ends of a WebSocket agreed on of permessage-deflate, and how this end makes use of it.
struct WebSocketDeflateAgreement: Sendable {
    /// The parameters.
    var parameters: WebSocketDeflateParameters
    /// How this end compresses.
    var options: WebSocketCompressionOptions
}

extension WebSocketConnection {
    /// Puts the WebSocket handlers behind `predecessor` and opens the connection.
    static func install(
        on context: ChannelHandlerContext,
        after predecessor: any RemovableChannelHandler,
        role: WebSocketRole,
        limits: WebSocketLimits,
        subprotocol: String?,
        deflate: WebSocketDeflateAgreement? = nil,
        registry: HTTPConnectionRegistry?,
        makeDelegate: (WebSocketConnection) -> any WebSocketDelegate
    ) -> WebSocketConnection? {
        let channel = context.channel
        let pipeline = channel.pipeline.syncOperations
        let handler = WebSocketHandler(
            role: role,
            limits: limits,
            inflation: deflate?.parameters.inflation(of: role),
            registry: registry
        )
        let connection = WebSocketConnection(
            handler: handler,
            channel: channel,
            role: role,
            subprotocol: subprotocol,
            deflate: deflate
        )
        do {
            try pipeline.addHandler(handler, position: .after(predecessor))
        } catch {
            context.close(promise: nil)
            return nil
        }
        if let registry {
            let transfer = LoopBoundTransfer(handler)
            _ = registry.add(
                handler,
                HTTPConnectionRegistry.Entry(
                    eventLoop: channel.eventLoop,
                    drain: { transfer.value.drain() },
                    close: { transfer.value.abort() }
                )
            )
        }
        handler.open(connection, delegate: makeDelegate(connection))
        return connection
    }

    /// Takes the handler of the handshake out of the pipeline, and begins with the bytes that it has read too far.
    ///
    /// - Parameters:
    ///   - context: that handler's.
    ///   - unread: what came behind the handshake.
    func takeOver(from context: ChannelHandlerContext, unread: ByteBuffer) {
        let channel = context.channel
        channel.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        if unread.readableBytes > 0 {
            handler.receive(unread)
            handler.finishedReading()
        }
        // The handler that left may have held a read back.
        channel.read()
    }
}
