public import NIOCore
internal import NIOPosix
public import NIOSSL

/// A listener for HTTP/1.1 and, by upgrade, WebSocket.
public final class HTTPServer: Sendable {
    /// Where a server listens.
    public struct Address: Sendable, Hashable {
        /// A host name or an address.
        public var host: String
        /// A port; 0 takes any free one.
        public var port: Int

        /// Creates an address.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Counts of what the server does.
    public let counters: HTTPServerCounters
    /// The port that the server is bound to.
    public let port: Int

    private let listener: any Channel
    private let registry: HTTPConnectionRegistry

    private init(listener: any Channel, counters: HTTPServerCounters, registry: HTTPConnectionRegistry) {
        self.listener = listener
        self.counters = counters
        self.registry = registry
        self.port = listener.localAddress?.port ?? 0
    }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - address: where.
    ///   - group: the loops; each connection stays on one of them.
    ///   - tls: for HTTPS.
    ///   - limits: what is taken from a peer.
    ///   - handler: what to do with requests.
    ///   - counters: what to count with; listeners of one server may share it.
    public static func bind(
        to address: Address,
        group: any EventLoopGroup,
        tls: NIOSSLContext? = nil,
        limits: HTTPLimits = HTTPLimits(),
        handler: any HTTPHandler,
        counters: HTTPServerCounters = HTTPServerCounters()
    ) -> EventLoopFuture<HTTPServer> {
        let registry = HTTPConnectionRegistry()
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(
            low: limits.writeLowWatermark,
            high: limits.writeHighWatermark
        )
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: watermark)
            // A peer's pipelined requests wait in memory: one read of at most 64 KiB at a time bounds them.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try install(on: channel, limits: limits, handler: handler, counters: counters, registry: registry)
                }
            }
        if let bytes = limits.socketSendBufferBytes {
            bootstrap = bootstrap.childChannelOption(.socketOption(.so_sndbuf), value: SocketOptionValue(bytes))
        }
        return bootstrap.bind(host: address.host, port: address.port)
            .map { HTTPServer(listener: $0, counters: counters, registry: registry) }
            .flatMapErrorThrowing { error in
                throw WireError(.badAddress, "cannot listen on \(address.host):\(address.port): \(error)")
            }
    }

    /// Puts the handlers of one connection on a channel.
    static func install(
        on channel: any Channel,
        limits: HTTPLimits,
        handler: any HTTPHandler,
        counters: HTTPServerCounters,
        registry: HTTPConnectionRegistry
    ) throws {
        counters.connections.add()
        let open = counters.openConnections.add()
        channel.closeFuture.whenComplete { _ in counters.openConnections.add(-1) }
        guard open <= limits.connectionsMax else {
            counters.connectionsOverLimit.add()
            throw WireError(.refused, "too many connections")
        }
        let connection = HTTPServerConnection(limits: limits, handler: handler, counters: counters, registry: registry)
        let transfer = LoopBoundTransfer(connection)
        let isWelcome = registry.add(
            connection,
            HTTPConnectionRegistry.Entry(
                eventLoop: channel.eventLoop,
                drain: { transfer.value.drain() },
                close: { transfer.value.close() }
            )
        )
        guard isWelcome else {
            registry.remove(connection)
            throw WireError(.refused, "the server is shutting down")
        }
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
        } catch {
            registry.remove(connection)
            throw error
        }
    }

    /// Takes no more connections; open ones go on.
    public func stopAccepting() -> EventLoopFuture<Void> {
        listener.close().flatMapError { [eventLoop = listener.eventLoop] _ in eventLoop.makeSucceededVoidFuture() }
    }

    /// Takes no more connections, lets running requests finish, tells WebSockets to go, and closes all that is left
    /// after `grace`. The future completes when no connection is open.
    public func shutdown(grace: TimeAmount) -> EventLoopFuture<Void> {
        let registry = self.registry
        let eventLoop = listener.eventLoop
        return stopAccepting().flatMap {
            let force = eventLoop.scheduleTask(in: grace) { registry.closeAll() }
            let drained = registry.drain(on: eventLoop)
            drained.whenComplete { _ in force.cancel() }
            return drained
        }
    }
}
