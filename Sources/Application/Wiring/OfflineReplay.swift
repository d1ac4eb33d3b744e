import Columnar
import Engine
import Foundation
import Ingest
import Market
import NIOCore
import Store
import Synchronization

/// Replays straight into a data directory: the same shards and store as a server's, without the server.
final class OfflineReplay: ReplayTarget {
    private let pipeline: Pipeline
    private let session: ReplaySession
    private let inFlight = InFlight()
    private let stream = AppendStream()
    private var reportedProblems = 0

    init(directory: String, shards: Int, symbols: Set<String>?) throws {
        var settings = ResolvedSettings()
        try settings.set("data", to: directory, from: .flag("--data"))
        try settings.set("shards", to: "\(shards)", from: .flag("--shards"))
        pipeline = try Pipeline(try Configuration(settings)) { _ in NoPublisher() }
        session = ReplaySession(registry: pipeline.registry, sequence: pipeline.sequence, symbols: symbols)
    }

    func send(_ bytes: [UInt8]) async throws {
        var batch = EventBatch()
        session.feed(bytes, into: &batch)
        try await process(batch)
    }

    func finish() async throws -> String {
        var batch = EventBatch()
        session.finish(into: &batch)
        try await process(batch)
        try await pipeline.close()
        try inFlight.check()
        let counts = pipeline.runtime.statistics.map(\.counts)
        let rows = counts.reduce(0) { $0 + $1.rows }
        let changes = counts.reduce(0) { $0 + $1.changes }
        return "\(session.lineCount) lines, \(session.problemCount) of them rejected; \(changes) book changes; "
            + "\(rows) rows stored"
    }

    func abandon() async { try? await pipeline.close() }

    private func process(_ batch: EventBatch) async throws {
        for problem in session.problems.dropFirst(reportedProblems) {
            FileHandle.standardError.write(Data("\(problem.description)\n".utf8))
        }
        reportedProblems = session.problems.count
        while pipeline.store.isCongested { try await Task.sleep(for: .milliseconds(2)) }
        await inFlight.enter()
        try inFlight.check()
        pipeline.runtime.process(batch, durability: .interval, stream: stream) { [inFlight] in inFlight.leave($0) }
    }
}

/// Nobody listens.
private struct NoPublisher: FeaturePublisher {
    func publish(_ batch: FeatureBatch, shard: Int) {}
}

/// Bounds the batches that wait for shards and disk, and keeps the first failure.
final class InFlight: Sendable {
    /// Batches of 256 KiB of text that may wait: enough to keep decoder, shards and disk busy at the same time.
    private static let batchesMax = 8

    private struct State {
        var count = 0
        var failure: TableError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Waits for a free place and takes it. One caller at a time.
    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                state.count += 1
                if state.count <= Self.batchesMax { return true }
                state.waiter = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Gives a place back.
    func leave(_ result: Result<LSN, TableError>) {
        let waiter = state.withLock { state in
            state.count -= 1
            if case .failure(let error) = result, state.failure == nil { state.failure = error }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Throws the first failure.
    func check() throws(TableError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}
