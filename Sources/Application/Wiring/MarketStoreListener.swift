import Gateway
public import MarketStore

/// A further way in to MarketStore's service, beside the gateway's port: gRPC, which has packages of its own and is brought
/// along by the executable that links them.
public struct MarketStoreListener: Sendable {
    /// What it serves, and where.
    public struct Context: Sendable {
        /// The service.
        public let service: any DataService
        /// The address to listen on, or a name of one.
        public let host: String
        /// The port; 0 takes a free one.
        public let port: Int
        /// Bytes of a request or an answer.
        public let messageBytesMax: Int
    }

    /// One that listens.
    public struct Running: Sendable {
        /// The port that it is bound to.
        public let port: Int
        /// Takes no more calls and lets those that run finish.
        public let stop: @Sendable () async -> Void

        /// Creates a handle.
        public init(port: Int, stop: @escaping @Sendable () async -> Void) {
            self.port = port
            self.stop = stop
        }
    }

    /// What the running executable brought along for gRPC; nil for nothing.
    @TaskLocal static var grpc: MarketStoreListener?

    let start: @Sendable (Context) async throws -> Running

    /// Creates a listener.
    ///
    /// - Parameter start: binds the address and serves.
    public init(start: @escaping @Sendable (Context) async throws -> Running) { self.start = start }

    /// Checks that gRPC can be served as it is configured, before anything is opened.
    static func check(_ configuration: Configuration) throws {
        guard let address = configuration.grpcListen else { return }
        guard configuration.isMarketStoreEnabled else {
            throw ConfigurationError(
                "marketstore.grpc_listen: marketstore.enabled is false, so there is nothing to serve"
            )
        }
        guard grpc != nil else {
            throw ConfigurationError(
                "marketstore.grpc_listen: this program was built without gRPC; build tickgate-grpc (make build GRPC=1) and run "
                    + "that, or leave the key empty"
            )
        }
        try BindPolicy.check(
            host: address.host,
            isInsecureAnonymousAllowed: configuration.isInsecureAnonymous
        )
    }

    /// Serves gRPC if that is configured.
    static func startGRPC(_ configuration: Configuration, _ service: (any DataService)?) async throws -> Running? {
        guard let address = configuration.grpcListen, let grpc, let service else { return nil }
        return try await grpc.start(
            Context(
                service: service,
                host: address.host,
                port: address.port,
                messageBytesMax: configuration.grpcMessageBytes
            )
        )
    }
}

extension Program {
    /// Runs as ``run()`` does, and serves MarketStore's gRPC where `marketstore.grpc_listen` says so.
    public static func run(grpc: MarketStoreListener) async {
        await MarketStoreListener.$grpc.withValue(grpc) { await run() }
    }
}
