import QueryLang
import Synchronization

/// Runs the steps of an operator on as many threads as the execution may use.
///
/// Every step's result is kept at its index, so that what follows does not depend on who did what when. After a failure no
/// step begins any more; of several failures the one with the least index is thrown.
enum ParallelLoop {
    static func map<Result>(
        count: Int,
        _ worker: Worker,
        _ body: @escaping (Worker, Int) throws(QueryError) -> Result
    ) throws(QueryError) -> [Result] {
        let context = worker.context
        let threads = min(context.options.threads, count)
        guard threads > 1, let pool = context.workers else {
            var results: [Result] = []
            results.reserveCapacity(count)
            for index in 0..<count { results.append(try body(worker, index)) }
            return results
        }
        let state = State(count: count, threads: threads, worker, body)
        pool.run(count: count, threads: threads) { participant, index in state.step(participant, index) }
        return try state.finish()
    }

    /// What the threads of a loop share.
    private final class State<Result>: @unchecked Sendable {
        // Sendable: each slot of `results` and `workers` belongs to one step or thread; `failures` is behind its mutex.

        private let results: UnsafeMutablePointer<Result?>
        private let count: Int
        private let workers: [Worker]
        private let body: (Worker, Int) throws(QueryError) -> Result
        private let failure = Mutex<(index: Int, error: QueryError)?>(nil)
        private let hasFailed = Atomic<Bool>(false)

        init(
            count: Int,
            threads: Int,
            _ worker: Worker,
            _ body: @escaping (Worker, Int) throws(QueryError) -> Result
        ) {
            self.count = count
            self.body = body
            self.workers = [worker] + (1..<threads).map { _ in Worker(worker.context) }
            self.results = .allocate(capacity: count)
            results.initialize(repeating: nil, count: count)
        }

        deinit {
            results.deinitialize(count: count)
            results.deallocate()
        }

        func step(_ participant: Int, _ index: Int) {
            if hasFailed.load(ordering: .relaxed) { return }
            do throws(QueryError) {
                results[index] = try body(workers[participant], index)
            } catch {
                hasFailed.store(true, ordering: .relaxed)
                failure.withLock { known in
                    if index < known?.index ?? .max { known = (index, error) }
                }
            }
        }

        func finish() throws(QueryError) -> [Result] {
            if let failure = failure.withLock({ $0 }) { throw failure.error }
            var finished: [Result] = []
            finished.reserveCapacity(count)
            for index in 0..<count {
                guard let result = results[index] else { throw QueryError(.bug, "BUG: a step of a loop was left out") }
                finished.append(result)
            }
            return finished
        }
    }
}
