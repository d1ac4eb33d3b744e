import Columnar
import Foundation
import Ingest
import Market
import Synchronization

@testable import Engine

/// Collects what shards publish and store; acknowledges every append at once.
final class LiveRecorder: FeaturePublisher, TableSink {
    struct State {
        var updates: [FeatureUpdate] = []
        var values: [[FeatureValue]] = []
        var groups: [AppendGroup] = []
        var batches = 0
        var failure: TableError?
    }

    let state = Mutex(State())

    func publish(_ batch: FeatureBatch, shard: Int) {
        state.withLock { state in
            for update in batch.updates {
                state.updates.append(update)
                state.values.append(Array(batch.values[update.valueRange]))
            }
        }
    }

    func append(
        _ batch: AppendBatch,
        durability: Durability,
        completion: @escaping @Sendable (Result<LSN, TableError>) -> Void
    ) {
        let (failure, lsn) = state.withLock { state in
            state.batches += 1
            if state.failure == nil { state.groups += batch.groups }
            return (state.failure, state.batches)
        }
        completion(failure.map { .failure($0) } ?? .success(LSN(lsn)))
    }

    var isCongested: Bool { false }

    var updates: [FeatureUpdate] { state.withLock { $0.updates } }
    var values: [[FeatureValue]] { state.withLock { $0.values } }

    /// The rows of a table, column by column of its schema, in order of arrival.
    func rows(of table: String, series: String? = nil) -> [[Scalar]] {
        let groups = state.withLock { $0.groups }.filter { $0.table == table && $0.series == series ?? $0.series }
        return groups.flatMap { group in
            let schema = MarketTables.schemas.first { $0.name == table }!
            precondition(group.columns.count == schema.columns.count)
            for (column, vector) in zip(schema.columns, group.columns) {
                if let vector { precondition(vector.count == group.rowCount && vector.type == column.type) }
            }
            return (0..<group.rowCount).map { row in
                group.columns.enumerated().map { index, vector in
                    index == schema.seriesColumn ? .text(group.series) : vector?.scalar(at: row) ?? .null
                }
            }
        }
    }

    /// Everything of an instrument's updates but their compute times, as text.
    func canonical(symbol: InstrumentID) -> [String] {
        zip(updates, values).filter { $0.0.instrument == symbol }.map { update, values in
            let changed = values.map { "\($0.feature)=\($0.value.bitPattern):\($0.status.name)" }
            return "\(update.epoch) \(update.isEpochStart) \(update.prev) \(update.seq) \(update.exchangeTime) "
                + "\(update.receiveTime) \(update.updateID) \(update.bookState.name) \(changed.joined(separator: ","))"
        }
    }
}

/// Shards over a recorder.
struct LiveReplay {
    let recorder = LiveRecorder()
    let registry: InstrumentRegistry
    let runtime: LiveRuntime

    init(
        registry: InstrumentRegistry = InstrumentRegistry(),
        shards: Int = 1,
        executors: [LiveRuntime.Executor]? = nil,
        source: (any TableSource)? = nil,
        generation: UInt64 = 1
    ) {
        let executors = executors ?? (0..<shards).map { _ in { $0() } }
        let dependencies = Shard.Dependencies(
            instruments: registry,
            sink: recorder,
            publisher: recorder,
            source: source,
            generation: generation,
            clock: { 42 }
        )
        self.registry = registry
        runtime = LiveRuntime(executors: executors, dependencies: dependencies)
    }

    func send(_ batch: EventBatch) { runtime.process(batch, durability: .interval) { _ in } }

    /// Feeds events, so many at a time.
    func run(_ batch: EventBatch, eventsAtATime: Int = 1_000) {
        var part = EventBatch()
        for event in batch.events {
            part.append(event, changes: batch.changes[event.changes])
            if part.events.count == eventsAtATime {
                send(part)
                part = EventBatch()
            }
        }
        send(part)
    }
}

/// The recorded market data, if it is there.
enum Recordings {
    static let shared = ProcessInfo.processInfo.environment["TICKGATE_SHARED"] ?? "../shared"

    static let bitcoin = ["20240808", "20240809"].map { "\(shared)/data/binance_spot/btcusdt_\($0).gz" }

    static var isPresent: Bool { bitcoin.allSatisfy { FileManager.default.fileExists(atPath: $0) } }

    static let registry = InstrumentRegistry()

    /// All events of both files.
    static let events: EventBatch = {
        let session = ReplaySession(registry: registry, sequence: SequenceSource())
        let reader = RecordingReader(paths: bitcoin)
        var batch = EventBatch()
        while let bytes = try? reader.next(), !bytes.isEmpty { session.feed(bytes, into: &batch) }
        session.finish(into: &batch)
        return batch
    }()

    /// The rows of the golden file after its header, split at commas.
    static func golden() throws -> [[String]] {
        try lines("\(shared)/data/golden/golden_btcusdt_spot_per_depth_event.csv.gz").dropFirst().map { line in
            line.split(separator: ",").map(String.init)
        }
    }

    /// The lines of a file that may be compressed.
    static func lines(_ path: String) throws -> [Substring] {
        let reader = RecordingReader(paths: [path])
        var text: [UInt8] = []
        while true {
            let bytes = try reader.next()
            if bytes.isEmpty { break }
            text += bytes
        }
        return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    }
}
