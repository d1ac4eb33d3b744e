public import Columnar
public import Market
import Synchronization

/// Spreads events over shards by instrument, and joins their completions.
public final class LiveRuntime: Sendable {
    /// Runs work on the loop that owns a shard.
    public typealias Executor = @Sendable (@escaping @Sendable () -> Void) -> Void

    /// A shard and its loop's executor.
    private struct Seat: @unchecked Sendable {
        // Sendable: `shard` is only touched on the loop behind `execute`; its statistics are Sendable by themselves.
        let shard: Shard
        let execute: Executor
    }

    private let seats: [Seat]

    /// Creates one shard an executor.
    public init(executors: [Executor], dependencies: Shard.Dependencies) {
        precondition(!executors.isEmpty, "BUG: no shard")
        seats = executors.enumerated().map { number, execute in
            Seat(shard: Shard(number: number, dependencies: dependencies), execute: execute)
        }
    }

    /// The number of shards.
    public var shardCount: Int { seats.count }

    /// The shard that owns an instrument.
    public func shard(of instrument: InstrumentID) -> Int { Int(instrument.rawValue) % seats.count }

    /// What each shard did.
    public var statistics: [ShardStatistics] { seats.map(\.shard.statistics) }

    /// Hands events to the shards that own their instruments. Batches of one caller keep their order.
    ///
    /// - Parameters:
    ///   - batch: events of any instruments.
    ///   - durability: of the rows.
    ///   - stream: the sequence of batches that this one belongs to, if later ones make no sense without it.
    ///   - completion: called once, on any thread, when the rows of all shards are as durable as asked; the first failure
    ///     wins.
    public func process(
        _ batch: EventBatch,
        durability: Durability,
        stream: AppendStream? = nil,
        completion: @escaping @Sendable (Result<LSN, TableError>) -> Void
    ) {
        let parts = split(batch)
        guard !parts.isEmpty else {
            completion(.success(0))
            return
        }
        let join = Join(count: parts.count, completion: completion)
        for (number, part) in parts {
            let seat = seats[number]
            seat.execute {
                seat.shard.process(part, durability: durability, stream: stream) { join.finish($0) }
            }
        }
    }

    /// Processes events of instruments of one shard. The caller must be on that shard's loop.
    public func processInLoop(_ batch: EventBatch, shard number: Int, durability: Durability) {
        seats[number].shard.process(batch, durability: durability)
    }

    /// Stores what unfinished seconds changed; the last call before the store is closed.
    public func finish(completion: @escaping @Sendable (Result<LSN, TableError>) -> Void) {
        let join = Join(count: seats.count, completion: completion)
        for seat in seats {
            seat.execute { seat.shard.finish { join.finish($0) } }
        }
    }

    private func split(_ batch: EventBatch) -> [(Int, EventBatch)] {
        if batch.isEmpty { return [] }
        if seats.count == 1 { return [(0, batch)] }
        let first = shard(of: batch.events[0].instrument)
        if batch.events.allSatisfy({ shard(of: $0.instrument) == first }) { return [(first, batch)] }
        var parts = [EventBatch](repeating: EventBatch(), count: seats.count)
        for event in batch.events {
            let range = event.changes
            let changes = range.upperBound <= batch.changes.count ? batch.changes[range] : []
            parts[shard(of: event.instrument)].append(event, changes: changes)
        }
        return parts.enumerated().filter { !$0.element.isEmpty }.map { ($0.offset, $0.element) }
    }
}

/// Calls a completion when all parts are done.
private final class Join: Sendable {
    private let state: Mutex<(remaining: Int, result: Result<LSN, TableError>)>
    private let completion: @Sendable (Result<LSN, TableError>) -> Void

    init(count: Int, completion: @escaping @Sendable (Result<LSN, TableError>) -> Void) {
        state = Mutex((count, .success(0)))
        self.completion = completion
    }

    func finish(_ result: Result<LSN, TableError>) {
        let final: Result<LSN, TableError>? = state.withLock { state in
            state.remaining -= 1
            switch (state.result, result) {
            case (.success(let known), .success(let lsn)): state.result = .success(max(known, lsn))
            case (.success, .failure): state.result = result
            case (.failure, _): break
            }
            return state.remaining == 0 ? state.result : nil
        }
        if let final { completion(final) }
    }
}
