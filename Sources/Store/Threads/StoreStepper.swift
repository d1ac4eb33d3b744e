/// Runs a store's background work on the caller's thread, a step at a time, for tests that must repeat exactly.
///
/// A store opened with a stepper starts no threads. Calls that wait (a `sync` append without a completion, ``Store/flush()``,
/// ``Store/createTable(_:)`` …) make the steps that they wait for. One thread only may use such a store.
public final class StoreStepper: @unchecked Sendable {
    // Sendable: by contract one thread uses the stepper and its store.

    /// Nanoseconds; what `interval` durability and retries are measured by.
    public let clock: @Sendable () -> UInt64

    private var commits: CommitLoop?
    private var flusher: Flusher?
    private var maintainer: Maintainer?

    /// Creates a stepper for one store.
    public init(clock: @escaping @Sendable () -> UInt64) { self.clock = clock }

    func attach(_ commits: CommitLoop, _ flusher: Flusher, _ maintainer: Maintainer) {
        self.commits = commits
        self.flusher = flusher
        self.maintainer = maintainer
    }

    /// Writes the next group of waiting batches, or does the next other request, or syncs if that is due. False if there
    /// was nothing to do.
    @discardableResult
    public func commit() -> Bool { commits?.step() ?? false }

    /// Tries to flush the oldest sealed memtable. False if there is none.
    @discardableResult
    public func flush() -> Bool { flusher?.step() ?? false }

    /// Does one merge of segments or one pass of retention. False if nothing was worth doing.
    @discardableResult
    public func compact() -> Bool { maintainer?.step() ?? false }

    /// One step of what is first in line; false if all is done.
    func stepAny() -> Bool { commit() || flush() || compact() }
}
