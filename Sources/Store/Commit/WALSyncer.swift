import Columnar
import Synchronization

/// The thread that makes `interval` writes durable, so that the WAL thread goes on writing meanwhile.
///
/// A `sync` write does not wait for its turn: the WAL thread syncs the file itself. The two never overlap: the kernel tells
/// of a failure once, and the call that it does not tell would be taken for a success.
final class WALSyncer: Sendable {
    private struct Request {
        let file: any WritableFile
        let lsn: LSN
    }

    private struct State {
        var wanted: Request?
        var isStopping = false
    }

    private let state = Monitor(State())
    /// The first failure; held during each call.
    private let failure = Mutex<TableError?>(nil)
    /// Records up to this one are on disk by its doing.
    let durableLSN = Atomic<LSN>(0)

    /// Asks for what was written to a file, records up to `lsn`, to be made durable. A request that has not begun is
    /// replaced: the later one covers it, as an earlier file was synced before this one was created.
    func request(_ file: any WritableFile, upTo lsn: LSN) {
        state.update { $0.wanted = Request(file: file, lsn: lsn) }
    }

    /// Makes a file durable, on the calling thread. Fails for good once a call has failed.
    func sync(_ file: any WritableFile) throws(TableError) {
        try failure.withLock { failure -> Result<Void, TableError> in
            if let failure { return .failure(failure) }
            do throws(TableError) {
                return .success(try file.sync())
            } catch {
                failure = error
                return .failure(error)
            }
        }.get()
    }

    /// Ends the thread; what was asked for last is left to the caller.
    func stop() { state.update { $0.isStopping = true } }

    /// Runs until stopped.
    ///
    /// - Parameters:
    ///   - clock: measures the calls.
    ///   - isAllowed: whether the store still writes.
    ///   - record: told how long a call took, or why it failed.
    func run(
        clock: () -> UInt64,
        isAllowed: () -> Bool,
        record: (Result<UInt64, TableError>) -> Void
    ) {
        while let request = next() {
            guard isAllowed() else { continue }
            let start = clock()
            do throws(TableError) {
                try sync(request.file)
            } catch {
                record(.failure(error))
                continue
            }
            durableLSN.store(request.lsn, ordering: .releasing)
            record(.success(clock() - start))
        }
    }

    private func next() -> Request? {
        state.wait { state -> Request?? in
            if state.isStopping { return .some(nil) }
            guard let wanted = state.wanted else { return nil }
            state.wanted = nil
            return .some(wanted)
        } ?? nil
    }
}
