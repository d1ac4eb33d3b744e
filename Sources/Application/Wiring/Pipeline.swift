import Columnar
import Engine
import Ingest
import Market
import NIOCore
import NIOPosix
import Store

/// What a receiver of updates can be made of.
struct PublisherParts {
    let eventLoops: [any EventLoop]
    /// Names of the instruments in updates.
    let registry: InstrumentRegistry
    let engine: QueryEngine
    let liveQueries: LiveQueries
    /// Makes updates of the past again.
    let past: FeatureRebuilder
    /// The same of fields of feature views.
    let pastViews: ViewRebuilder
}

/// The store and the shards over it: what `serve` and an offline replay share.
struct Pipeline {
    let group: MultiThreadedEventLoopGroup
    let eventLoops: [any EventLoop]
    let store: Store
    let registry: InstrumentRegistry
    let sequence: SequenceSource
    let engine: QueryEngine
    /// The virtual tables of the engine.
    let system: VirtualTables
    let runtime: LiveRuntime
    /// What keeps materialized views in step; started with the pipeline.
    let materializedViews: MaterializedViews
    /// Queries that are answered continuously.
    let liveQueries: LiveQueries

    /// Opens the store, makes the tables, and starts a shard a loop.
    ///
    /// - Parameters:
    ///   - configuration: data directory, shards, bounds.
    ///   - publisher: makes the receiver of updates from what is there before the shards are.
    init(
        _ configuration: Configuration,
        publisher: (PublisherParts) -> any FeaturePublisher
    ) throws(TableError) {
        let store = try Store.open(directory: configuration.data, options: StoreOptions(configuration))
        for schema in MarketTables.schemas { try store.createTable(schema) }
        try store.apply(configuration.retention)
        let count = configuration.shards == 0 ? System.coreCount : configuration.shards
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let eventLoops = Array(group.makeIterator())
        let registry = InstrumentRegistry()
        let threads = configuration.queryThreads == 0 ? System.coreCount : configuration.queryThreads
        let system = VirtualTables()
        for table in StoredTables.all(store) { system.add(table) }
        system.add(StoredTables.settings(configuration.settings))
        let liveQueries = LiveQueries(source: FamilyFeed(store))
        system.add(liveQueries.table)
        let engine = QueryEngine(source: store, threads: threads, writer: store, system: system)
        let stored = StoredSequence(engine: engine)
        let checkpoints = FeatureCheckpoints()
        let past = FeatureRebuilder(
            source: store,
            instruments: registry,
            checkpoints: checkpoints,
            clock: WallClock.now
        )
        let parts = PublisherParts(
            eventLoops: eventLoops,
            registry: registry,
            engine: engine,
            liveQueries: liveQueries,
            past: past,
            pastViews: ViewRebuilder(source: store, clock: WallClock.now)
        )
        let dependencies = Shard.Dependencies(
            instruments: registry,
            sink: store,
            publisher: publisher(parts),
            source: store,
            generation: store.generation,
            clock: WallClock.now,
            checkpoints: checkpoints
        )
        let executors = eventLoops.map { loop -> LiveRuntime.Executor in
            { work in if loop.inEventLoop { work() } else { loop.execute(work) } }
        }
        let materializedViews = MaterializedViews(store: store, system: system)
        materializedViews.start()
        self.group = group
        self.eventLoops = eventLoops
        self.store = store
        self.registry = registry
        self.sequence = SequenceSource { stored.next(of: $0) }
        self.engine = engine
        self.system = system
        self.liveQueries = liveQueries
        self.runtime = LiveRuntime(executors: executors, dependencies: dependencies)
        self.materializedViews = materializedViews
    }

    /// Stores what is unfinished, closes the store, ends the loops.
    func close() async throws {
        let result = await withCheckedContinuation { continuation in
            runtime.finish { continuation.resume(returning: $0) }
        }
        materializedViews.stop()
        liveQueries.close()
        store.close()
        try await group.shutdownGracefully()
        _ = try result.get()
    }
}
