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
        /// Where the state is noted from time to time, so that updates of the past can be made again; nil notes none.
        public var checkpoints: FeatureCheckpoints?

        /// Creates dependencies.
        public init(
            instruments: InstrumentRegistry,
            sink: any TableSink,
            publisher: any FeaturePublisher,
            source: (any TableSource)? = nil,
            generation: UInt64,
            clock: @escaping @Sendable () -> Int64,
            checkpoints: FeatureCheckpoints? = nil
        ) {
            self.instruments = instruments
            self.sink = sink
            self.publisher = publisher
            self.source = source
            self.generation = generation
            self.clock = clock
            self.checkpoints = checkpoints
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
    /// What became of each event of the batch at hand.
    private var notes: [MarketRows.Note] = []
    private var updatesExpected = 0
    private var valuesExpected = 0

    /// Creates a shard without instruments; they appear with their first event.
    public init(number: Int, dependencies: Dependencies) {
        self.number = number
        self.dependencies = dependencies
    }

    /// Takes a batch of events: publishes what changed, then stores all rows as one atomic batch.
    ///
    /// If the sink does not keep the rows, publishing goes on; the failure is counted, and once the sink takes rows again
    /// every book gets a keyframe, so that its history is whole from there.
    ///
    /// - Parameters:
    ///   - batch: events of instruments of this shard, in order of arrival.
    ///   - durability: of the rows.
    ///   - stream: the sequence of batches that this one belongs to, if later ones make no sense without it.
    ///   - completion: called once, on any thread, when the rows are as durable as asked or were not kept.
    public func process(
        _ batch: EventBatch,
        durability: Durability,
        stream: AppendStream? = nil,
        completion: (@Sendable (Result<LSN, TableError>) -> Void)? = nil
    ) {
        if statistics.takeRowsWereLost() { for state in states { state?.forceKeyframe() } }
        counter.counts.events += batch.events.count
        batch.events.withUnsafeBufferPointer { events in
            batch.changes.withUnsafeBufferPointer { changes in
                publish(events, changes)
                makeRows(events, changes)
            }
        }
        store(durability: durability, stream: stream, completion: completion)
    }

    /// Stores what unfinished seconds changed; the last call before the store is closed.
    public func finish(completion: @escaping @Sendable (Result<LSN, TableError>) -> Void) {
        dirty = states.compactMap { $0 }
        for state in dirty { state.finish() }
        store(durability: .sync, stream: nil, completion: completion)
    }

    /// First pass: subscribers wait for this one.
    private func publish(_ events: UnsafeBufferPointer<MarketEvent>, _ changes: UnsafeBufferPointer<LevelChange>) {
        var output = FeatureBatch()
        output.updates.reserveCapacity(updatesExpected)
        output.values.reserveCapacity(valuesExpected)
        notes.removeAll(keepingCapacity: true)
        for event in events {
            let state = state(of: event.instrument)
            if !state.isDirty {
                state.isDirty = true
                dirty.append(state)
            }
            notes.append(state.process(event, levels(of: event, in: changes), into: &output))
        }
        counter.counts.updates += output.updates.count
        updatesExpected = output.updates.count
        valuesExpected = output.values.count
        guard !output.updates.isEmpty else { return }
        let now = dependencies.clock()
        for index in output.updates.indices { output.updates[index].computeTime = now }
        dependencies.publisher.publish(output, shard: number)
    }

    /// Second pass: rows of what was counted in the first.
    private func makeRows(_ events: UnsafeBufferPointer<MarketEvent>, _ changes: UnsafeBufferPointer<LevelChange>) {
        for state in dirty { state.rows.begin() }
        for (index, event) in events.enumerated() {
            state(of: event.instrument).rows.append(event, levels(of: event, in: changes), notes[index])
        }
    }

    /// The event's own changes; none if it names some that the batch does not have.
    @inline(__always)
    private func levels(
        of event: MarketEvent,
        in changes: UnsafeBufferPointer<LevelChange>
    ) -> UnsafeBufferPointer<LevelChange> {
        let range = event.changes
        guard event.kind == .depth || event.kind == .snapshot, range.upperBound <= changes.count else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        return UnsafeBufferPointer(rebasing: changes[range])
    }

    @inline(__always)
    private func state(of id: InstrumentID) -> InstrumentState {
        let index = Int(id.rawValue)
        if index < states.count, let state = states[index] { return state }
        return firstSight(of: id)
    }

    private func firstSight(of id: InstrumentID) -> InstrumentState {
        let index = Int(id.rawValue)
        while states.count <= index { states.append(nil) }
        let instrument = dependencies.instruments.instrument(id)
        var bars = OpenBars()
        do throws(TableError) {
            bars = try WarmUp.openBars(of: instrument, source: dependencies.source)
        } catch {
            counter.counts.warmUpFailures += 1
        }
        let state = InstrumentState(
            id: id,
            instrument: instrument,
            bars: bars,
            generation: dependencies.generation,
            counter: counter,
            checkpoints: dependencies.checkpoints
        )
        states[index] = state
        return state
    }

    private func store(
        durability: Durability,
        stream: AppendStream?,
        completion: (@Sendable (Result<LSN, TableError>) -> Void)?
    ) {
        var batch = AppendBatch(stream: stream)
        for state in dirty {
            state.rows.take(series: state.series, into: &batch)
            state.isDirty = false
        }
        dirty.removeAll(keepingCapacity: true)
        counter.counts.rows += batch.rowCount
        statistics.publish(counter.counts)
        guard !batch.groups.isEmpty else {
            completion?(.success(0))
            return
        }
        dependencies.sink.append(batch, durability: durability) { [statistics] result in
            statistics.appended(result)
            completion?(result)
        }
    }
}
