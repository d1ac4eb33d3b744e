import Columnar
import QueryLang

/// Rows of the left side, as they come, with those of the right side that have the same keys.
///
/// The general way to join two streams: the right side is read first and held, grouped by its keys; then each left row finds
/// its partners among the rows of its key. For joins by time the right rows must come by time, the left ones need not.
final class KeyedJoin: PhysicalOperator {
    private let left: any PhysicalOperator
    /// Nil once it was read, so that it keeps no rows of its own.
    private var right: (any PhysicalOperator)?
    private let plan: KeyedJoinPlan
    private let context: ExecutionContext
    private var held: HeldRows?
    private var probe: (any JoinProbe)?

    init(
        _ left: any PhysicalOperator,
        _ right: any PhysicalOperator,
        _ plan: KeyedJoinPlan,
        _ context: ExecutionContext
    ) {
        self.left = left
        self.right = right
        self.plan = plan
        self.context = context
    }

    func next() throws(QueryError) -> RecordBatch? {
        if let right {
            let held = try HeldRows.read(right, plan, needsTimes: plan.isByTime, context)
            self.right = nil
            self.held = held
            probe = try makeProbe(held)
        }
        guard let held, let probe else { return nil }
        while true {
            if let batch = try probe.next() { return batch }
            try context.checkpoint()
            guard let batch = try left.next() else {
                if let rest = probe.unmatched() { return rest }
                self.held = nil
                self.probe = nil
                return nil
            }
            try probe.begin(LeftRows(batch, try groups(of: batch, held)))
        }
    }

    private func makeProbe(_ held: HeldRows) throws(QueryError) -> (any JoinProbe)? {
        switch plan.kind {
        case .inner: held.rowCount == 0 ? nil : PairProbe(held, plan, keepsUnmatched: false, context)
        case .left: PairProbe(held, plan, keepsUnmatched: true, context)
        case .full: PairProbe(held, plan, keepsUnmatched: true, keepsUnmatchedHeld: true, context)
        case .asof(let tolerance): AsofProbe(held, try leftTime(), tolerance: tolerance, isStrict: false, plan.arrival)
        case .lt(let tolerance): AsofProbe(held, try leftTime(), tolerance: tolerance, isStrict: true, plan.arrival)
        case .window(let window):
            try WindowProbe(held, try leftTime(), window, leftTypes: plan.left.types, context)
        }
    }

    private func leftTime() throws(QueryError) -> Int {
        guard let time = plan.left.time else {
            throw QueryError(.bug, "BUG: the left side of a join by time has no time")
        }
        return time
    }

    /// The number of each left row's key; none for a row that can have no partner.
    private func groups(of batch: RecordBatch, _ held: HeldRows) throws(QueryError) -> Buffer<UInt32> {
        let groups = held.groups(of: plan.keys.map { batch.columns[$0.left] }, rowCount: batch.rowCount)
        guard plan.isByTime else { return groups }
        let time = batch.columns[try leftTime()]
        if time.validity == nil, !time.isNull { return groups }
        return .filled(count: batch.rowCount) { target in
            for row in 0..<batch.rowCount {
                target[row] = !time.isNull && time.validity?[row] ?? true ? groups[row] : JoinKeys.none
            }
        }
    }
}

extension KeyedJoinPlan {
    /// Whether times decide which rows belong together.
    fileprivate var isByTime: Bool {
        switch kind {
        case .inner, .left, .full: false
        case .asof, .lt, .window: true
        }
    }
}

/// A batch of the left side with the numbers of its rows' keys.
final class LeftRows: EvaluationInput {
    let batch: RecordBatch
    /// ``JoinKeys/none`` for rows that can have no partner.
    let groups: Buffer<UInt32>

    init(_ batch: RecordBatch, _ groups: Buffer<UInt32>) {
        self.batch = batch
        self.groups = groups
    }

    var rowCount: Int { batch.rowCount }
    func column(_ index: Int) throws(QueryError) -> Vector { batch.columns[index] }
}

/// Finds the partners of left rows among held ones, in the way of one kind of join.
protocol JoinProbe: AnyObject {
    /// Takes the next rows of the left side, when those before are done.
    func begin(_ rows: LeftRows) throws(QueryError)
    /// The next joined rows; nil when the left rows at hand are done.
    func next() throws(QueryError) -> RecordBatch?
    /// Held rows that no left row was joined with, once there are no more of these; nil when there are none left.
    func unmatched() -> RecordBatch?
}

extension JoinProbe {
    func unmatched() -> RecordBatch? { nil }
}
