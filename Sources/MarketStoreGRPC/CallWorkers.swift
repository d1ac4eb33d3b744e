internal import GRPCCore
internal import MarketStore
internal import NIOPosix
internal import Synchronization

/// The threads that calls run on: they wait for the disk and compute, which no event loop and no thread of a task may.
final class CallWorkers: Sendable {
    /// Calls that may run or wait for a thread; beyond it the answer is RESOURCE_EXHAUSTED.
    static let callsMax = 256

    private let pool: NIOThreadPool
    private let calls = Atomic<Int>(0)

    init(threadCount: Int) {
        pool = NIOThreadPool(numberOfThreads: threadCount)
        pool.start()
    }

    func stop() async { try? await pool.shutdownGracefully() }

    /// Runs a call. What it throws becomes status UNKNOWN with its text, as of MarketStore's errors.
    func run<Answer: Sendable>(
        _ call: @escaping @Sendable () throws(DataServiceError) -> Answer
    ) async throws(RPCError) -> Answer {
        guard calls.add(1, ordering: .relaxed).newValue <= Self.callsMax else {
            calls.subtract(1, ordering: .relaxed)
            throw RPCError(code: .resourceExhausted, message: "\(Self.callsMax) calls wait already; try again")
        }
        defer { calls.subtract(1, ordering: .relaxed) }
        do {
            return try await pool.runIfActive { try call() }
        } catch let error as DataServiceError {
            throw RPCError(code: .unknown, message: Self.clipped(error.message))
        } catch {
            throw RPCError(code: .unavailable, message: "the server is shutting down")
        }
    }

    /// The text goes into a header, of which clients take some kilobytes.
    private static func clipped(_ message: String) -> String {
        message.utf8.count <= 2_000 ? message : String(message.prefix(500)) + "…"
    }
}
