public import Columnar
public import Market

/// Owns a share of the instruments: events in, updates and rows out. Run to completion on one event loop.
///
/// Not thread-safe: everything but ``statistics`` belongs to the loop.
public final class Shard {
    /// What a shard needs from the rest of the process.
    public struct Dependencies: Sendable {
        /// Where instruments are named.
        public var instruments: InstrumentRegistry
        /// Where rows go.
        public var sink: any TableSink
        /// Where updates go.
        public var publisher: any FeaturePublisher
        /// Where open bars are restored from; nil restores none.
        public var source: (any TableSource)?
        /// The store's durable count of starts; part of every epoch.
        public var generation: UInt64
        /// Nanoseconds since the Unix epoch, for compute times.
        public var clock: @Sendable () -> Int64

        /// Creates dependencies.
        public init(
            instruments: InstrumentRegistry,
            sink: any TableSink,
            publisher: any FeaturePublisher,
            source: (any TableSource)? = nil,
            generation: UInt64,
            clock: @escaping @Sendable () -> Int64
        ) {
            self.instruments = instruments
            self.sink = sink
            self.publisher = publisher
            self.source = source
            self.generation = generation
            self.clock = clock
        }
    }

    /// The number of the shard, which is also that of its loop.
    public let number: Int
    /// Counts, readable from any thread.
    public let statistics = ShardStatistics()

    private let counter = LoopCounts()
    private let dependencies: Dependencies
    private var states: [InstrumentState?] = []
    private var dirty: [InstrumentState] = []

    /// Creates a shard without instruments; they appear with their first event.
    public init(number: Int, dependencies: Dependencies) {
        self.number = number
        self.dependencies = dependencies
    }

    /// Takes a batch of events: publishes what changed, then stores all rows as one atomic batch.
    ///
    /// - Parameters:
    ///   - batch: events of instruments of this shard, in order of arrival.
    ///   - durability: of the rows.
    ///   - completion: called once, on any thread, when the rows are as durable as asked or were not kept.
    public func process(
        _ batch: EventBatch,
        durability: Durability,
        completion: (@Sendable (Result<LSN, TableError>) -> Void)? = nil
    ) {
        var output = FeatureBatch()
        let now = dependencies.clock()
        for event in batch.events {
            let state = state(of: event.instrument)
            if !state.isDirty { dirty.append(state) }
            state.process(event, in: batch, output: &output, now: now)
        }
        counter.counts.events += batch.events.count
        counter.counts.changes += batch.changes.count
        counter.counts.updates += output.updates.count
        if !output.updates.isEmpty { dependencies.publisher.publish(output, shard: number) }
        store(durability: durability, completion: completion)
    }

    /// Stores what unfinished seconds changed; the last call before the store is closed.
    public func finish(completion: @escaping @Sendable (Result<LSN, TableError>) -> Void) {
        dirty = states.compactMap { $0 }
        for state in dirty { state.finish() }
        store(durability: .sync, completion: completion)
    }

    private func state(of id: InstrumentID) -> InstrumentState {
        let index = Int(id.rawValue)
        if index < states.count, let state = states[index] { return state }
        while states.count <= index { states.append(nil) }
        let instrument = dependencies.instruments.instrument(id)
        let state = InstrumentState(
            id: id,
            instrument: instrument,
            bars: WarmUp.openBars(of: instrument, source: dependencies.source),
            generation: dependencies.generation,
            counter: counter
        )
        states[index] = state
        return state
    }

    private func store(durability: Durability, completion: (@Sendable (Result<LSN, TableError>) -> Void)?) {
        var rows = AppendBatch()
        for state in dirty {
            state.rows.take(
                series: state.name,
                priceScale: state.priceScale,
                sizeScale: state.sizeScale,
                into: &rows
            )
            state.isDirty = false
        }
        dirty.removeAll(keepingCapacity: true)
        counter.counts.rows += rows.rowCount
        statistics.publish(counter.counts)
        guard !rows.groups.isEmpty else {
            completion?(.success(0))
            return
        }
        dependencies.sink.append(rows, durability: durability) { [statistics] result in
            statistics.appended(result)
            completion?(result)
        }
    }
}
