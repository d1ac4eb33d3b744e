import Columnar
import QueryLang
import Synchronization

/// Set by any thread, seen by those that execute.
final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    func set() { flag.store(true, ordering: .relaxed) }
    var isSet: Bool { flag.load(ordering: .relaxed) }
}

/// What all operators of one execution share, on whatever thread they run.
final class ExecutionContext: Sendable {
    let limits: ExecutionLimits
    let options: ExecutionOptions
    let cancellation: CancellationFlag
    let counters = ExecutionCounters()
    /// Threads that may help with this execution; nil for none.
    let workers: WorkerPool?
    /// The windows of a plan whose input goes on, if their state is to be written down or was read; nil for none.
    let windows: FollowedWindows?
    private let now: @Sendable () -> Int64
    private let startTime: Int64
    private let deadline: Int64?
    /// Bytes of values that operators hold.
    private let heldBytes = Atomic<Int>(0)

    init(
        limits: ExecutionLimits,
        options: ExecutionOptions,
        cancellation: CancellationFlag,
        workers: WorkerPool?,
        windows: FollowedWindows? = nil,
        now: @escaping @Sendable () -> Int64
    ) {
        self.limits = limits
        self.options = options
        self.cancellation = cancellation
        self.workers = workers
        self.windows = windows
        self.now = now
        let startTime = now()
        self.startTime = startTime
        self.deadline = limits.timeoutNanoseconds.map { timeout in
            let (deadline, overflow) = startTime.addingReportingOverflow(timeout)
            return overflow ? .max : deadline
        }
    }

    /// The same execution along the ordered path, until the same deadline. What it holds is accounted for apart.
    init(ordered context: ExecutionContext) {
        var options = context.options
        options.isOrdered = true
        self.limits = context.limits
        self.options = options
        self.cancellation = context.cancellation
        self.workers = context.workers
        windows = nil
        self.now = context.now
        self.startTime = context.startTime
        self.deadline = context.deadline
    }

    var elapsedNanoseconds: Int64 { now() &- startTime }

    /// Rows of a batch at most.
    var batchRows: Int { options.batchRows }

    /// Rows of a batch where whole slices are welcome: nil hands them on as they lie, unless small batches were asked for.
    var sliceRows: Int? { options.batchRows < ExecutionOptions.batchRowsDefault ? options.batchRows : nil }

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

    /// Bytes that operators hold now.
    var held: Int { heldBytes.load(ordering: .relaxed) }

    /// Accounts for memory that an operator holds from now on (or, negative, no more).
    func hold(bytes: Int) throws(QueryError) {
        let held = heldBytes.wrappingAdd(bytes, ordering: .relaxed).newValue
        guard bytes <= 0 || held <= limits.memoryBytesMax else {
            throw QueryError(
                .limit,
                "the query needs more than \(limits.memoryBytesMax >> 20) MiB of memory",
                hint: "narrow the time range or the list of symbols, take fewer columns, or add LIMIT"
            )
        }
    }
}

/// What an execution did so far, counted by all its threads.
final class ExecutionCounters: Sendable {
    private let rowsScanned = Atomic<Int>(0)
    private let slicesScanned = Atomic<Int>(0)
    private let slicesSkipped = Atomic<Int>(0)
    private let slicesAnswered = Atomic<Int>(0)
    private let rowsReturned = Atomic<Int>(0)

    func addSkippedSlice() { slicesSkipped.wrappingAdd(1, ordering: .relaxed) }
    func addAnsweredSlice() { slicesAnswered.wrappingAdd(1, ordering: .relaxed) }
    func addReturned(rows: Int) { rowsReturned.wrappingAdd(rows, ordering: .relaxed) }

    func addSlice(rows: Int) {
        slicesScanned.wrappingAdd(1, ordering: .relaxed)
        rowsScanned.wrappingAdd(rows, ordering: .relaxed)
    }

    var statistics: QueryStatistics {
        var statistics = QueryStatistics()
        statistics.rowsScanned = rowsScanned.load(ordering: .relaxed)
        statistics.slicesScanned = slicesScanned.load(ordering: .relaxed)
        statistics.slicesSkipped = slicesSkipped.load(ordering: .relaxed)
        statistics.slicesAnswered = slicesAnswered.load(ordering: .relaxed)
        statistics.rowsReturned = rowsReturned.load(ordering: .relaxed)
        return statistics
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
