import Columnar
import Engine
import Gateway
import Logging
import Market
import NIOCore
import Store
import Wire

/// Everything that `tickgate serve` runs, in the order in which it starts; it stops in the reverse order.
enum Server {
    static func run(_ configuration: Configuration) async throws {
        try BindPolicy.check(
            host: configuration.listen.host,
            isInsecureAnonymousAllowed: configuration.isInsecureAnonymous
        )
        let logger = Logger(label: "tickgate")
        var hubs: StreamHubs?
        let pipeline = try Pipeline(configuration) { loops, registry in
            let made = makeHubs(configuration, loops, registry)
            hubs = made
            return made
        }
        guard let hubs else { preconditionFailure("BUG: the pipeline asked for no publisher") }
        report(pipeline, logger)
        do {
            try await serve(configuration, pipeline, hubs, logger)
        } catch {
            try? await pipeline.close()
            throw error
        }
    }

    private static func serve(
        _ configuration: Configuration,
        _ pipeline: Pipeline,
        _ hubs: StreamHubs,
        _ logger: Logger
    ) async throws {
        let admin = try AdminToken.load(directory: configuration.data)
        let feeds = try await Feeds(configuration, pipeline: pipeline, logger: logger)
        let metrics = MetricsRegistry()
        ProcessMetrics.register(in: metrics, pipeline: pipeline, feeds: feeds)
        let gateway = try await Gateway.start(
            gatewayConfiguration(configuration),
            GatewayDependencies(
                group: pipeline.group,
                streams: hubs,
                queries: EngineQueries(engine: pipeline.engine),
                tables: { [store = pipeline.store] in store.catalog.tables },
                replay: RecordedReplayService(
                    registry: pipeline.registry,
                    sequence: pipeline.sequence,
                    runtime: pipeline.runtime,
                    lineBytesMax: configuration.replayLineBytes,
                    isCongested: { [store = pipeline.store] in store.isCongested }
                ),
                administration: LiveStore(store: pipeline.store, directory: configuration.data),
                authorizer: configuration.isInsecureAdmin ? OpenAuthorizer() : AdminTokenAuthorizer(token: admin.token),
                metrics: metrics,
                system: pipeline.system,
                readiness: readiness(pipeline, feeds)
            )
        )
        Greeting.print(configuration, port: gateway.port, newToken: admin.isNew ? admin.token : nil)
        await Signals.wait()
        logger.info("stopping: telling subscribers, finishing answers, writing what is left")
        await feeds.stop()
        await gateway.stop()
        try await pipeline.close()
        logger.info("stopped")
    }

    private static func makeHubs(
        _ configuration: Configuration,
        _ loops: [any EventLoop],
        _ registry: InstrumentRegistry
    ) -> StreamHubs {
        var limits = StreamLimits()
        limits.heartbeatInterval = .seconds(Int64(configuration.heartbeatSeconds))
        limits.queueBytesMax = configuration.streamQueueBytes
        return StreamHubs(
            eventLoops: loops,
            features: FeatureCatalog.features,
            instruments: registry,
            limits: limits,
            serverVersion: Tickgate.version,
            clock: WallClock.now
        )
    }

    private static func gatewayConfiguration(_ configuration: Configuration) -> GatewayConfiguration {
        let address = HTTPServer.Address(host: configuration.listen.host, port: configuration.listen.port)
        var gateway = GatewayConfiguration(address: address)
        gateway.allowedHosts = configuration.allowedHosts
        gateway.allowedOrigins = configuration.allowedOrigins
        let root = SharedFiles.root
        gateway.publicDirectory = configuration.publicDirectory ?? root.map { "\($0)/Public" }
        gateway.openAPIFile = root.map { "\($0)/openapi.yaml" }
        gateway.query.workers = configuration.queryWorkers
        gateway.query.queued = configuration.queryQueue
        gateway.query.queueWaitNanoseconds = Int64(configuration.queryQueueWaitMilliseconds) * 1_000_000
        gateway.query.readers = configuration.queryReaders
        gateway.query.memoryBytesMax = configuration.queryMemoryBytes
        gateway.query.timeoutNanoseconds = Int64(configuration.queryTimeoutMilliseconds) * 1_000_000
        gateway.replayLineBytesMax = configuration.replayLineBytes
        return gateway
    }

    private static func readiness(_ pipeline: Pipeline, _ feeds: Feeds) -> @Sendable () -> [String] {
        let feedProblems = feeds.problems
        let shards = pipeline.runtime.statistics
        return { [store = pipeline.store] in
            var reasons: [String] = []
            if let reason = store.readOnlyReason { reasons.append("the store is read-only: \(reason)") }
            if let failure = shards.lazy.compactMap(\.lastFailure).first {
                reasons.append("the last write was refused: \(failure.message)")
            }
            return reasons + feedProblems()
        }
    }

    private static func report(_ pipeline: Pipeline, _ logger: Logger) {
        let recovery = pipeline.store.recovery
        logger.info(
            "store is open",
            metadata: [
                "start": "\(pipeline.store.generation)", "wal_records": "\(recovery.records)",
                "wal_rows": "\(recovery.rows)", "truncated_bytes": "\(recovery.truncatedBytes)",
                "shards": "\(pipeline.runtime.shardCount)",
            ]
        )
    }
}
