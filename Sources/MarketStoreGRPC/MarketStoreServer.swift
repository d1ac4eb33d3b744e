internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
public import MarketStore
internal import NIOCore
internal import NIOPosix

/// How MarketStore's gRPC service listens.
public struct MarketStoreServerConfiguration: Sendable {
    /// The address, or a name of one.
    public var host: String
    /// The port; 0 takes a free one.
    public var port: Int
    /// Bytes of a request or an answer.
    public var messageBytesMax = 1 << 30
    /// Calls that run at the same time.
    public var workers = 4
    /// How long running calls may take when the server stops, in seconds.
    public var graceSeconds = 10

    /// Creates a configuration.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// Why the service does not listen.
public struct MarketStoreServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let description: String
}

/// MarketStore's gRPC service on a port of its own: HTTP/2 without TLS, as its clients speak it.
public final class MarketStoreServer: Sendable {
    private typealias Transport = HTTP2ServerTransport.Posix

    /// Calls of one connection at the same time.
    private static let streamsMax = 128
    /// Bytes that a peer may send ahead.
    private static let windowBytes = 4 << 20

    /// The port that it is bound to.
    public let port: Int
    private let server: GRPCServer<Transport>
    private let serving: Task<Void, any Error>
    private let workers: CallWorkers
    private let group: MultiThreadedEventLoopGroup
    private let graceSeconds: Int

    private init(
        port: Int,
        server: GRPCServer<Transport>,
        serving: Task<Void, any Error>,
        workers: CallWorkers,
        group: MultiThreadedEventLoopGroup,
        graceSeconds: Int
    ) {
        self.port = port
        self.server = server
        self.serving = serving
        self.workers = workers
        self.group = group
        self.graceSeconds = graceSeconds
    }

    /// Binds the address and serves. Fails with a ``MarketStoreServerError``.
    public static func start(
        _ service: any DataService,
        _ configuration: MarketStoreServerConfiguration
    ) async throws -> MarketStoreServer {
        let address = try address(of: configuration)
        // Loops of its own: a message of a gigabyte holds up nobody else's connections.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let workers = CallWorkers(threadCount: configuration.workers)
        let transport = Transport(
            address: address,
            transportSecurity: .plaintext,
            config: .defaults { config in
                config.rpc.maxRequestPayloadSize = configuration.messageBytesMax
                config.http2.targetWindowSize = windowBytes
                config.http2.maxConcurrentStreams = streamsMax
                config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { stream in
                    stream.eventLoop.makeCompletedFuture {
                        let handler = OversizedRequestHandler(messageBytesMax: configuration.messageBytesMax)
                        try stream.pipeline.syncOperations.addHandler(handler, position: .first)
                    }
                }
            },
            eventLoopGroup: group
        )
        let rpc = MarketStoreRPC(
            calls: Calls(service: service),
            workers: workers,
            messageBytesMax: configuration.messageBytesMax
        )
        let server = GRPCServer(transport: transport, services: [rpc])
        let serving = Task { try await server.serve() }
        do {
            guard let port = try await transport.listeningAddress.port else {
                throw MarketStoreServerError(description: "the address has no port")
            }
            return MarketStoreServer(
                port: port,
                server: server,
                serving: serving,
                workers: workers,
                group: group,
                graceSeconds: configuration.graceSeconds
            )
        } catch {
            serving.cancel()
            let reason: any Error
            if case .failure(let failure) = await serving.result { reason = failure } else { reason = error }
            await workers.stop()
            try? await group.shutdownGracefully()
            throw MarketStoreServerError(
                description: "cannot listen on \(configuration.host):\(configuration.port): \(reason)"
            )
        }
    }

    /// Takes no more calls, lets those that run finish within the grace, and cuts the rest.
    public func stop() async {
        server.beginGracefulShutdown()
        let cut = Task { [serving, graceSeconds] in
            try await Task.sleep(for: .seconds(graceSeconds))
            serving.cancel()
        }
        _ = await serving.result
        cut.cancel()
        await workers.stop()
        try? await group.shutdownGracefully()
    }

    /// The address to bind; a name is looked up.
    private static func address(
        of configuration: MarketStoreServerConfiguration
    ) throws -> GRPCNIOTransportHTTP2Posix.SocketAddress {
        let resolved: NIOCore.SocketAddress
        do {
            resolved = try .makeAddressResolvingHost(configuration.host, port: configuration.port)
        } catch {
            throw MarketStoreServerError(description: "cannot find the address \(configuration.host): \(error)")
        }
        switch resolved {
        case .v6: return .ipv6(host: resolved.ipAddress ?? "::1", port: configuration.port)
        default: return .ipv4(host: resolved.ipAddress ?? "127.0.0.1", port: configuration.port)
        }
    }
}

extension GRPCNIOTransportHTTP2Posix.SocketAddress {
    /// The port of an address of the internet.
    fileprivate var port: Int? { ipv4?.port ?? ipv6?.port }
}
