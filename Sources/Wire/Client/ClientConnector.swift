internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Makes connections of clients: name, TCP, TLS.
struct ClientConnector: Sendable {
    let group: any EventLoopGroup
    let tls: NIOSSLContext?
    let connectTimeout: TimeAmount

    /// Connects, and lets `configure` add the handlers behind TLS, on the connection's loop.
    func connect(
        to url: WireURL,
        on eventLoop: (any EventLoop)?,
        watermark: ChannelOptions.Types.WriteBufferWaterMark,
        configure: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let tls = self.tls
        return ClientBootstrap(group: eventLoop ?? group.next())
            .connectTimeout(connectTimeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: watermark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if url.isTLS {
                        let context = try tls ?? WireTLS.client()
                        try channel.pipeline.syncOperations.addHandler(Self.tlsHandler(context, host: url.host))
                    }
                    try configure(channel)
                }
            }
            .connect(host: url.host, port: url.port)
            .flatMapErrorThrowing { error in
                throw error as? WireError ?? WireError(.connectFailed, "cannot connect to \(url.authority): \(error)")
            }
    }

    /// A name is sent to the server and checked against its certificate; an address is checked only.
    private static func tlsHandler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    /// Turns any error of a channel into one of ours.
    static func wireError(_ error: any Error, url: WireURL) -> WireError {
        if let error = error as? WireError { return error }
        if error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError {
            return WireError(
                .tls,
                "\(url.authority): TLS failed, the certificate is not trusted or the peer hung up: \(error)"
            )
        }
        if let violation = error as? HTTPViolation {
            let code: WireError.Code = violation == .endedEarly ? .closed : .protocolViolation
            return WireError(code, "\(url.authority) does not answer with HTTP/1.1: \(violation.message)")
        }
        return WireError(.closed, "\(url.authority): the connection failed: \(error)")
    }
}
