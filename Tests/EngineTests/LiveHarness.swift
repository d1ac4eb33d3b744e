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
        let failure = state.withLock { state in
            state.groups += batch.groups
            return state.failure
        }
        completion(failure.map { .failure($0) } ?? .success(1))
    }

    var isCongested: Bool { false }

    var updates: [FeatureUpdate] { state.withLock { $0.updates } }
    var values: [[FeatureValue]] { state.withLock { $0.values } }

    /// The rows of a table, column by column of its schema, in order of arrival.
    func rows(of table: String) -> [[Scalar]] {
        state.withLock { $0.groups }.filter { $0.table == table }.flatMap { group in
            (0..<group.rowCount).map { row in
                group.columns.map { $0?.scalar(at: row) ?? .null }
            }
        }
    }

    /// Everything of an update but its compute time, as text.
    func canonical(symbol: InstrumentID) -> [String] {
        zip(updates, values).filter { $0.0.instrument == symbol }.map { update, values in
            let changed = values.map { "\($0.feature)=\($0.value.bitPattern):\($0.status.name)" }
            return "\(update.epoch) \(update.isEpochStart) \(update.prev) \(update.seq) \(update.exchangeTime) "
                + "\(update.receiveTime) \(update.updateID) \(update.bookState.name) \(changed.joined(separator: ","))"
        }
    }
}

/// Replays a recording through shards.
struct LiveReplay {
    let recorder = LiveRecorder()
    let registry = InstrumentRegistry()
    let runtime: LiveRuntime

    init(shards: Int = 1, source: (any TableSource)? = nil) {
        let executors = (0..<shards).map { _ -> LiveRuntime.Executor in { $0() } }
        let dependencies = Shard.Dependencies(
            instruments: registry,
            sink: recorder,
            publisher: recorder,
            source: source,
            generation: 1,
            clock: { 0 }
        )
        runtime = LiveRuntime(executors: executors, dependencies: dependencies)
    }

    /// Feeds the lines of files, so many bytes at a time.
    func run(_ paths: [String], chunkBytes: Int = 1 << 16, symbols: Set<String>? = nil) throws {
        let session = ReplaySession(registry: registry, sequence: SequenceSource(), symbols: symbols)
        let reader = RecordingReader(paths: paths)
        while true {
            let bytes = try reader.next()
            if bytes.isEmpty { break }
            var start = 0
            while start < bytes.count {
                let end = min(start + chunkBytes, bytes.count)
                feed { session.feed(Array(bytes[start..<end]), into: &$0) }
                start = end
            }
        }
        feed { session.finish(into: &$0) }
        runtime.finish { _ in }
    }

    private func feed(_ body: (inout EventBatch) -> Void) {
        var batch = EventBatch()
        body(&batch)
        runtime.process(batch, durability: .interval) { _ in }
    }
}

/// The recorded market data, if it is there.
enum Recordings {
    static let shared = ProcessInfo.processInfo.environment["TICKGATE_SHARED"] ?? "../shared"

    static let bitcoin = ["20240808", "20240809"].map { "\(shared)/data/binance_spot/btcusdt_\($0).gz" }

    static var isPresent: Bool { bitcoin.allSatisfy { FileManager.default.fileExists(atPath: $0) } }

    /// The rows of the golden file after its header, split at commas.
    static func golden() throws -> [[String]] {
        let path = "\(shared)/data/golden/golden_btcusdt_spot_per_depth_event.csv.gz"
        let reader = RecordingReader(paths: [path])
        var text: [UInt8] = []
        while true {
            let bytes = try reader.next()
            if bytes.isEmpty { break }
            text += bytes
        }
        return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst().map { line in
            line.split(separator: ",").map(String.init)
        }
    }
}
