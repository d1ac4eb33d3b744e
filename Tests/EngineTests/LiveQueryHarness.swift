import Columnar
import QueryLang
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// Does the work of live queries when it is told to.
final class ManualExecutor: LiveExecutor {
    private let waiting = Mutex<[@Sendable () -> Void]>([])

    func execute(_ work: @escaping @Sendable () -> Void) { waiting.withLock { $0.append(work) } }

    func run() {
        while true {
            let work = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            if work.isEmpty { return }
            for piece in work { piece() }
        }
    }
}

/// Rebuilds the answer of a live query out of what it is told.
final class LiveCollector: LiveQuerySubscriber {
    struct State {
        var epoch = ""
        var seq: Int64 = -1
        var snapshots = 0
        var changes: [LiveChange] = []
        var rows: [LiveRow] = []
        var places: [[Scalar]: Int] = [:]
        var isWhole = true
        var error: QueryError?
        var problems: [String] = []
    }

    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }
    /// The rows of the answer now.
    var rows: [[Scalar]] { now.rows.filter { !$0.isRemoved }.map(\.values) }
    var changes: [LiveChange] { now.changes }

    func receive(_ event: LiveEvent, of query: LiveQuery) {
        state.withLock { state in
            if state.error != nil { state.problems.append("told after the end") }
            switch event {
            case .snapshot(let snapshot):
                state.snapshots += 1
                state.epoch = snapshot.epoch
                state.seq = snapshot.seq
                state.rows = []
                state.places = [:]
                state.isWhole = snapshot.isWhole
                for row in snapshot.rows { Self.apply(row, query, &state) }
            case .change(let change):
                if change.prev != state.seq { state.problems.append("\(change.prev) follows \(state.seq)") }
                if change.seq <= change.prev { state.problems.append("\(change.seq) is not after \(change.prev)") }
                if change.rows.isEmpty { state.problems.append("a change of nothing") }
                state.seq = change.seq
                state.changes.append(change)
                for row in change.rows { Self.apply(row, query, &state) }
            case .ended(let error): state.error = error
            }
        }
    }

    private static func apply(_ row: LiveRow, _ query: LiveQuery, _ state: inout State) {
        if row.values.count != query.columns.count { state.problems.append("\(row.values.count) values") }
        guard !query.isAppending else { return state.rows.append(row) }
        if row.key != query.keyColumns.map({ row.values[$0] }) {
            state.problems.append("the key is not in the columns")
        }
        if let place = state.places[row.key] {
            state.rows[place] = row
        } else {
            state.places[row.key] = state.rows.count
            state.rows.append(row)
        }
    }
}

/// A live query beside the same query over history.
struct LiveBench {
    let feed: MemoryFeed
    let engine: QueryEngine
    let executor = ManualExecutor()
    let live: LiveQueries

    init(_ feed: MemoryFeed, limits: LiveQueryLimits = LiveQueryLimits()) {
        self.feed = feed
        engine = QueryEngine(source: feed, options: ExecutionOptions(isOrdered: true))
        live = LiveQueries(source: feed, limits: limits, wallClock: { 7 }, executor: executor)
    }

    func subscribe(_ text: String, _ collector: LiveCollector = LiveCollector()) throws -> (LiveQuery, LiveCollector) {
        (try live.subscribe(engine.prepare(text), collector), collector)
    }

    func answer(_ text: String) throws -> [[Scalar]] {
        let stream = try engine.execute(engine.prepare(text))
        var rows: [[Scalar]] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        return rows
    }
}

/// Rows of two answers as multisets; doubles bit by bit, but for NaN.
enum LiveComparison {
    static func difference(_ live: [[Scalar]], _ history: [[Scalar]]) -> String? {
        let (left, right) = (live.sorted(by: precedes), history.sorted(by: precedes))
        for (a, b) in zip(left, right) where !isSame(a, b) { return "live \(a), history \(b)" }
        if left.count != right.count {
            let more = left.count > right.count ? left : right
            return "live \(left.count) rows, history \(right.count): \(more[min(left.count, right.count)])"
        }
        return nil
    }

    private static func isSame(_ left: [Scalar], _ right: [Scalar]) -> Bool { left.isSame(as: right) }

    private static func precedes(_ left: [Scalar], _ right: [Scalar]) -> Bool {
        for (a, b) in zip(left, right) {
            let (x, y) = (text(a), text(b))
            if x != y { return x < y }
        }
        return false
    }

    private static func text(_ value: Scalar) -> String {
        if case .float64(let double) = value { return "\((double * 1e6).rounded())" }
        return "\(value)"
    }
}
