internal import Engine
internal import QueryLang
internal import Synchronization

/// Has the texts of queries understood away from the event loops: parsing, binding and planning one takes as long as some
/// hundred deltas.
final class QueryPreparer: Sendable {
    /// Texts that may wait, of all connections: at a millisecond each nobody waits much longer than a quarter of a second.
    static let waitingMax = 256

    private let source: any StreamQuerySource
    private let executor: any LiveExecutor
    private let waiting = Mutex(0)

    /// - Parameters:
    ///   - source: understands the texts.
    ///   - executor: where that is done.
    init(_ source: any StreamQuerySource, _ executor: any LiveExecutor) {
        self.source = source
        self.executor = executor
    }

    /// Takes a text, unless too many wait: then false.
    ///
    /// - Parameter done: called on another thread, with what is wrong with the text; nil if nothing is.
    func prepare(_ text: String, done: @escaping @Sendable (QueryError?) -> Void) -> Bool {
        let isTaken = waiting.withLock { waiting in
            guard waiting < Self.waitingMax else { return false }
            waiting += 1
            return true
        }
        guard isTaken else { return false }
        executor.execute { [self] in
            waiting.withLock { $0 -= 1 }
            do throws(QueryError) {
                try source.prepare(text)
                done(nil)
            } catch {
                done(error)
            }
        }
        return true
    }
}
