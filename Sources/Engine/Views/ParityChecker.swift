import Columnar
import QueryLang

/// Computes live rows again from what is stored, and compares them bit by bit: on a thread of its own, which yields to all others,
/// for a view whose windows depend on everything before reads all of its instrument's history.
final class ParityChecker: Sendable {
    /// A live row, and the store as it was when the row was told.
    struct Request: Sendable {
        let plan: FeatureViewPlan
        let symbol: String
        let time: Int64
        let seq: Int64
        let values: [Double?]
        let snapshot: any TableSnapshot
    }

    private struct State {
        var request: Request?
        var isBusy = false
        var isStopped = false
        /// How long the last comparison took.
        var elapsed: Int64 = 0

        var isIdle: Bool { request == nil && !isBusy }
    }

    /// A comparison may take so long; then it is given up.
    private static let nanosecondsMax: Int64 = 30_000_000_000
    /// Comparisons take one part in so many of the time, at most.
    private static let restFactor: Int64 = 100

    private let state = Monitor(State())
    private let cancellation = CancellationFlag()
    private let statistics: FeatureViewStatistics

    init(_ statistics: FeatureViewStatistics) { self.statistics = statistics }

    /// Nanoseconds to let pass after the last comparison.
    var restNanoseconds: Int64 { state.change({ $0.elapsed }, wakes: { _ in false }) &* Self.restFactor }

    /// Takes a row, unless another one waits.
    func offer(_ request: Request) -> Bool {
        state.change { state in
            guard state.isIdle, !state.isStopped else { return false }
            state.request = request
            return true
        } wakes: {
            $0
        }
    }

    /// Compares what is offered until it is stopped.
    func run() {
        while let next = state.wait({ Self.next(&$0) }), let request = next {
            let start = MonotonicClock.now()
            compare(request)
            state.change { state in
                state.isBusy = false
                state.elapsed = MonotonicClock.now() &- start
            }
        }
    }

    /// The row to compare; nothing yet, or nothing any more.
    private static func next(_ state: inout State) -> Request?? {
        if state.isStopped { return .some(nil) }
        guard let request = state.request else { return nil }
        state.request = nil
        state.isBusy = true
        return request
    }

    func waitUntilIdle() { _ = state.wait { $0.isIdle || $0.isStopped ? true : nil } }

    func stop() {
        cancellation.set()
        state.change { state in
            state.isStopped = true
            state.request = nil
        }
    }

    private func compare(_ request: Request) {
        let context = ExecutionContext(
            limits: ExecutionLimits(timeoutNanoseconds: Self.nanosecondsMax),
            options: ExecutionOptions(isOrdered: true),
            cancellation: cancellation,
            workers: nil,
            now: MonotonicClock.now
        )
        let history = FeatureHistory(plan: request.plan, snapshot: request.snapshot, context: context)
        let (end, overflow) = request.time.addingReportingOverflow(1)
        let range = TimeRange(start: request.time, end: overflow ? .max : end)
        var found: [Double?]?
        do throws(QueryError) {
            try history.forEach(request.symbol, range) { (rows, row) throws(QueryError) in
                if rows.seqs[row] == request.seq { found = rows.values(row) }
            }
        } catch {
            // Not compared: a store that cannot be read is told of elsewhere.
            return
        }
        statistics.parityChecks.add()
        let isSame = found.map { zip($0, request.values).allSatisfy { $0?.bitPattern == $1?.bitPattern } } ?? false
        if !isSame { statistics.parityMismatches.add() }
    }
}
