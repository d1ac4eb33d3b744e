internal import Columnar
internal import NIOCore
public import Wire

/// The server: REST, the stream, health, metrics and the console's files on one port.
public final class Gateway: Sendable {
    /// The port that it is bound to.
    public var port: Int { server.port }
    /// Counts of the HTTP server below.
    public var httpCounters: HTTPServerCounters { server.counters }

    private let server: HTTPServer
    private let queries: QueryService
    private let replays: ReplayRegistry
    private let maintenance: MaintenanceThreads
    private let streams: StreamHubs
    private let grace: TimeAmount

    private init(
        server: HTTPServer,
        queries: QueryService,
        replays: ReplayRegistry,
        maintenance: MaintenanceThreads,
        streams: StreamHubs,
        grace: TimeAmount
    ) {
        self.server = server
        self.queries = queries
        self.replays = replays
        self.maintenance = maintenance
        self.streams = streams
        self.grace = grace
    }

    /// Reads the static files, binds the address and serves. Fails with a ``GatewayError``.
    public static func start(
        _ configuration: GatewayConfiguration,
        _ dependencies: GatewayDependencies
    ) async throws -> Gateway {
        let files = try StaticFiles(
            directory: configuration.publicDirectory,
            openAPIFile: configuration.openAPIFile,
            asyncAPIFile: configuration.asyncAPIFile
        )
        let counters = GatewayCounters()
        let queries = QueryService(
            runner: dependencies.queries,
            authorizer: dependencies.authorizer,
            limits: configuration.query,
            counters: counters.queries,
            clock: dependencies.streams.context.clock
        )
        dependencies.system.add(SystemTables.queries(queries))
        dependencies.system.add(SystemTables.metrics(dependencies.metrics))
        let replays = ReplayRegistry()
        let maintenance = MaintenanceThreads()
        let router = Router(
            configuration: configuration,
            dependencies: dependencies,
            files: files,
            counters: counters,
            queries: queries,
            replays: replays,
            maintenance: maintenance
        )
        let server: HTTPServer
        do {
            server = try await HTTPServer.bind(
                to: configuration.address,
                group: dependencies.group,
                tls: configuration.tls,
                limits: configuration.http,
                handler: router
            ).get()
        } catch {
            await queries.stop()
            maintenance.stop()
            throw GatewayError(.cannotListen, "\(error)")
        }
        counters.register(in: dependencies.metrics)
        counters.queries.register(in: dependencies.metrics) { queries.counts }
        dependencies.streams.context.counters.register(in: dependencies.metrics)
        server.counters.register(in: dependencies.metrics)
        return Gateway(
            server: server,
            queries: queries,
            replays: replays,
            maintenance: maintenance,
            streams: dependencies.streams,
            grace: configuration.shutdownGrace
        )
    }

    /// Takes no more connections, tells subscribers to go, makes what replays sent durable, lets running responses finish
    /// within the grace, and closes what is left. A backup or compaction goes on until the store is closed.
    public func stop() async {
        replays.interruptAll()
        streams.goAway()
        try? await server.shutdown(grace: grace).get()
        await queries.stop()
        maintenance.stop()
    }
}

extension HTTPServerCounters {
    func register(in registry: MetricsRegistry) {
        registry.register("tickgate_http_connections", "Open connections, streams included.", .gauge) { [self] in
            openConnections.value
        }
        registry.register("tickgate_http_connections_total", "Connections accepted.") { [self] in connections.value }
        registry.register("tickgate_http_connections_refused_total", "Connections beyond the limit.") { [self] in
            connectionsOverLimit.value
        }
        registry.register("tickgate_http_refusals_total", "Requests that were malformed or passed a limit.") { [self] in
            refusals.value
        }
        registry.register("tickgate_http_timeouts_total", "Connections whose peer was too slow.") { [self] in
            timeouts.value
        }
    }
}
