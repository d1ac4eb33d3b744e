public import QueryLang

/// The answer of an execution, pulled batch by batch.
///
/// One thread at a time pulls; ``cancel()`` may come from any.
public final class ResultStream: @unchecked Sendable {
    // Sendable: all mutable state belongs to the one puller, who may hand the stream on but not share it; `cancellation`
    // is atomic and is all that `cancel()` touches; `progress` reads atomic counters.

    /// The answer's columns.
    public let columns: [ResultColumn]
    private let context: ExecutionContext
    private let cancellation: CancellationFlag
    private var build: (() throws(QueryError) -> any PhysicalOperator)?
    private var state = State.unstarted
    private var elapsedAtEnd: Int64?

    private enum State {
        case unstarted
        case running(any PhysicalOperator)
        case ended
    }

    init(
        columns: [ResultColumn],
        _ context: ExecutionContext,
        _ cancellation: CancellationFlag,
        build: @escaping () throws(QueryError) -> any PhysicalOperator
    ) {
        self.columns = columns
        self.context = context
        self.cancellation = cancellation
        self.build = build
    }

    /// The next rows, at least one and some thousands at most; nil after the last, and after an error.
    public func next() throws(QueryError) -> RecordBatch? {
        do throws(QueryError) {
            if case .ended = state { return nil }
            // What a statement has changed is changed, however late it is.
            if case .running(let root) = state, root is CommandOperator {} else { try context.checkpoint() }
            let root: any PhysicalOperator
            if case .running(let running) = state {
                root = running
            } else {
                guard let build else { return nil }
                root = try build()
                state = .running(root)
            }
            if let batch = try root.next() {
                context.counters.addReturned(rows: batch.rowCount)
                return batch
            }
            end()
            return nil
        } catch {
            end()
            throw error
        }
    }

    /// Lets go of the operators and of the snapshot that they read.
    private func end() {
        state = .ended
        build = nil
        elapsedAtEnd = context.elapsedNanoseconds
    }

    /// Makes the next batch, or the one being computed, fail with code `cancelled`. From any thread.
    public func cancel() { cancellation.set() }

    /// What was done so far, by all threads. From any thread.
    public var progress: QueryStatistics {
        var statistics = context.counters.statistics
        statistics.elapsedNanoseconds = context.elapsedNanoseconds
        return statistics
    }

    /// What was done so far. Only the puller may ask.
    public var statistics: QueryStatistics {
        var statistics = context.counters.statistics
        statistics.elapsedNanoseconds = elapsedAtEnd ?? context.elapsedNanoseconds
        return statistics
    }
}
