internal import Columnar
internal import MarketStore
internal import NIOCore
public import Wire

/// The server: REST, the stream, health, metrics and the console's files on one port.
public final class Gateway: Sendable {
    /// The port that it is bound to.
    public var port: Int { server.port }
    /// The port of the second address; nil if there is none.
    public var secondPort: Int? { second?.port }
    /// Counts of the HTTP server below.
    public var httpCounters: HTTPServerCounters { server.counters }

    private let server: HTTPServer
    private let second: HTTPServer?
    private let queries: QueryService
    private let replays: ReplayRegistry
    private let maintenance: MaintenanceThreads
    private let calls: MarketStoreThreads?
    private let streams: StreamHubs
    private let grace: TimeAmount

    private init(
        server: HTTPServer,
        second: HTTPServer?,
        queries: QueryService,
        replays: ReplayRegistry,
        maintenance: MaintenanceThreads,
        calls: MarketStoreThreads?,
        streams: StreamHubs,
        grace: TimeAmount
    ) {
        self.server = server
        self.second = second
        self.queries = queries
        self.replays = replays
        self.maintenance = maintenance
        self.calls = calls
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
        let calls = dependencies.dataService.map { _ in
            MarketStoreThreads(bytesMax: Self.callBytesFactor * configuration.marketStoreBodyBytesMax)
        }
        let router = Router(
            configuration: configuration,
            dependencies: dependencies,
            files: files,
            counters: counters,
            queries: queries,
            replays: replays,
            maintenance: maintenance,
            marketStore: marketStore(configuration, dependencies, calls)
        )
        let server: HTTPServer
        var second: HTTPServer?
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
            await calls?.stop()
            throw GatewayError(.cannotListen, "\(error)")
        }
        if let address = configuration.secondAddress {
            do {
                second = try await HTTPServer.bind(
                    to: address,
                    group: dependencies.group,
                    tls: configuration.tls,
                    limits: configuration.http,
                    handler: router,
                    counters: server.counters
                ).get()
            } catch {
                try? await server.shutdown(grace: .zero).get()
                await queries.stop()
                maintenance.stop()
                await calls?.stop()
                throw GatewayError(.cannotListen, "\(error)")
            }
        }
        counters.register(in: dependencies.metrics)
        counters.queries.register(in: dependencies.metrics) { queries.counts }
        dependencies.streams.context.counters.register(in: dependencies.metrics)
        dependencies.bucketStream?.counters.register(in: dependencies.metrics)
        server.counters.register(in: dependencies.metrics)
        return Gateway(
            server: server,
            second: second,
            queries: queries,
            replays: replays,
            maintenance: maintenance,
            calls: calls,
            streams: dependencies.streams,
            grace: configuration.shutdownGrace
        )
    }

    /// Takes no more connections, tells subscribers to go, makes what replays sent durable, lets running responses finish
    /// within the grace, and closes what is left. A backup or compaction goes on until the store is closed.
    public func stop() async {
        replays.interruptAll()
        streams.goAway()
        async let isSecondDown: Void? = second?.shutdown(grace: grace).get()
        try? await server.shutdown(grace: grace).get()
        _ = try? await isSecondDown
        await queries.stop()
        maintenance.stop()
        await calls?.stop()
    }

    /// Bodies of MarketStore's calls that may be held together, in the largest that one may be.
    private static let callBytesFactor = 4

    private static func marketStore(
        _ configuration: GatewayConfiguration,
        _ dependencies: GatewayDependencies,
        _ threads: MarketStoreThreads?
    ) -> MarketStoreRoutes? {
        guard let service = dependencies.dataService, let threads else { return nil }
        let counters = MarketStoreCounters()
        counters.register(in: dependencies.metrics, threads)
        return MarketStoreRoutes(
            service: service,
            threads: threads,
            counters: counters,
            authorizer: dependencies.authorizer,
            bodyBytesMax: configuration.marketStoreBodyBytesMax
        )
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
