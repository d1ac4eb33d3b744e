import Columnar
import QueryLang
import Synchronization

/// Set by any thread, seen by the one that executes.
final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    func set() { flag.store(true, ordering: .relaxed) }
    var isSet: Bool { flag.load(ordering: .relaxed) }
}

/// What all operators of one execution share. Belongs to the thread that pulls.
final class ExecutionContext {
    let limits: ExecutionLimits
    let cancellation: CancellationFlag
    var statistics = QueryStatistics()
    private let now: @Sendable () -> Int64
    private let startTime: Int64
    private let deadline: Int64?
    /// Bytes of values that operators hold.
    private var heldBytes = 0

    init(limits: ExecutionLimits, cancellation: CancellationFlag, now: @escaping @Sendable () -> Int64) {
        self.limits = limits
        self.cancellation = cancellation
        self.now = now
        let startTime = now()
        self.startTime = startTime
        self.deadline = limits.timeoutNanoseconds.map { timeout in
            let (deadline, overflow) = startTime.addingReportingOverflow(timeout)
            return overflow ? .max : deadline
        }
    }

    var elapsedNanoseconds: Int64 { now() &- startTime }

    /// Called by every operator once per batch or slice: the places where an execution can end early.
    func checkpoint() throws(QueryError) {
        if cancellation.isSet { throw QueryError(.cancelled, "the query was cancelled") }
        if let deadline, now() > deadline {
            let milliseconds = (limits.timeoutNanoseconds ?? 0) / 1_000_000
            throw QueryError(
                .timeout,
                "the query took longer than \(milliseconds) ms",
                hint: "narrow the time range or the list of symbols, or ask with a larger timeout"
            )
        }
    }

    /// Accounts for memory that an operator holds from now on (or, negative, no more).
    func hold(bytes: Int) throws(QueryError) {
        heldBytes += bytes
        guard heldBytes <= limits.memoryBytesMax else {
            throw QueryError(
                .limit,
                "the query needs more than \(limits.memoryBytesMax >> 20) MiB of memory",
                hint: "narrow the time range or the list of symbols, take fewer columns, or add LIMIT"
            )
        }
    }
}

extension QueryError {
    /// What a reader of tables reported, as the failure of a query.
    init(_ error: TableError) {
        switch error.code {
        case .unknownTable: self.init(.unknownTable, error.message)
        case .tableExists, .invalid, .corrupt, .diskFull, .readOnly, .congested, .closed, .io:
            self.init(.storage, error.message)
        }
    }
}
