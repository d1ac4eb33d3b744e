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
        if let second = configuration.marketStoreListen {
            try BindPolicy.check(host: second.host, isInsecureAnonymousAllowed: configuration.isInsecureAnonymous)
        }
        try MarketStoreListener.check(configuration)
        let logger = Logger(label: "tickgate")
        var hubs: StreamHubs?
        let pipeline = try Pipeline(configuration) { parts in
            let made = makeHubs(configuration, parts)
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
        let views = FeatureViews.start(configuration, pipeline, hubs, logger)
        FeatureViews.register(views.statistics, in: metrics)
        defer { views.stop() }
        let marketStore = try MarketStores.service(configuration, pipeline)
        let buckets = marketStore.map { BucketStreamThread($0, configuration, pipeline) }
        let gateway = try await Gateway.start(
            gatewayConfiguration(configuration, connections: connections(configuration, logger)),
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
                featureViews: FeatureViewRegistry(engine: pipeline.engine),
                dataService: marketStore,
                bucketStream: buckets?.stream,
                readiness: readiness(pipeline, feeds)
            )
        )
        let grpc: MarketStoreListener.Running?
        do {
            grpc = try await MarketStoreListener.startGRPC(configuration, marketStore)
        } catch {
            await feeds.stop()
            await gateway.stop()
            throw error
        }
        Greeting.print(
            configuration,
            port: gateway.port,
            secondPort: gateway.secondPort,
            grpcPort: grpc?.port,
            newToken: admin.isNew ? admin.token : nil
        )
        await Signals.wait()
        logger.info("stopping: telling subscribers, finishing answers, writing what is left")
        await feeds.stop()
        await grpc?.stop()
        await gateway.stop()
        await buckets?.stop()
        views.stop()
        try await pipeline.close()
        logger.info("stopped")
    }

    private static func makeHubs(
        _ configuration: Configuration,
        _ parts: PublisherParts
    ) -> StreamHubs {
        var limits = StreamLimits()
        limits.heartbeatInterval = .seconds(Int64(configuration.heartbeatSeconds))
        limits.queueBytesMax = configuration.streamQueueBytes
        limits.resumeEventsMax = configuration.resumeEvents
        limits.resumeSeconds = configuration.resumeSeconds
        limits.resumeBytesMax = configuration.resumeBytes
        limits.queryResumeSeconds = configuration.queryResumeSeconds
        return StreamHubs(
            eventLoops: parts.eventLoops,
            features: FeatureCatalog.features,
            instruments: parts.registry,
            limits: limits,
            serverVersion: Tickgate.version,
            queries: LiveQuerySource(engine: parts.engine, live: parts.liveQueries),
            preparing: LiveThread(),
            past: parts.past,
            pastViews: parts.pastViews,
            clock: WallClock.now
        )
    }

    /// How many connections may be open: as many as configured, or as the files allow that the process may open.
    private static func connections(_ configuration: Configuration, _ logger: Logger) -> Int {
        let files = OpenFiles.raiseLimit()
        let connections = min(configuration.connections, max(files - OpenFiles.reserve, files / 2))
        if connections < configuration.connections {
            logger.warning(
                "the limit of open files allows fewer connections than configured",
                metadata: [
                    "files": "\(files)", "connections": "\(connections)", "configured": "\(configuration.connections)",
                ]
            )
        }
        return connections
    }

    private static func gatewayConfiguration(
        _ configuration: Configuration,
        connections: Int
    ) -> GatewayConfiguration {
        let address = HTTPServer.Address(host: configuration.listen.host, port: configuration.listen.port)
        var gateway = GatewayConfiguration(address: address)
        gateway.http.connectionsMax = connections
        gateway.allowedHosts = configuration.allowedHosts
        gateway.allowedOrigins = configuration.allowedOrigins
        let root = SharedFiles.root
        gateway.publicDirectory = configuration.publicDirectory ?? root.map { "\($0)/Public" }
        gateway.openAPIFile = root.map { "\($0)/openapi.yaml" }
        gateway.asyncAPIFile = root.map { "\($0)/asyncapi.yaml" }
        gateway.query.workers = configuration.queryWorkers
        gateway.query.queued = configuration.queryQueue
        gateway.query.queueWaitNanoseconds = Int64(configuration.queryQueueWaitMilliseconds) * 1_000_000
        gateway.query.readers = configuration.queryReaders
        gateway.query.memoryBytesMax = configuration.queryMemoryBytes
        gateway.query.timeoutNanoseconds = Int64(configuration.queryTimeoutMilliseconds) * 1_000_000
        gateway.replayLineBytesMax = configuration.replayLineBytes
        gateway.secondAddress = configuration.marketStoreListen.map { HTTPServer.Address(host: $0.host, port: $0.port) }
        gateway.marketStoreBodyBytesMax = configuration.marketStoreBodyBytes
        for (view, timeToLive) in configuration.featureTimesToLive.timesToLive {
            gateway.featureTimesToLive[view] = timeToLive
        }
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
