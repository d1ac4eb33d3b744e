import Columnar
import QueryLang

/// EXPLAIN: the steps of a plan. With ANALYZE it runs them first, drops the answer, and tells what each step gave.
final class Explain: PhysicalOperator {
    private let select: BoundSelect
    private let isAnalyze: Bool
    private let snapshot: any TableSnapshot
    private let worker: Worker
    private var result: Values?

    init(_ select: BoundSelect, isAnalyze: Bool, snapshot: any TableSnapshot, worker: Worker) {
        self.select = select
        self.isAnalyze = isAnalyze
        self.snapshot = snapshot
        self.worker = worker
    }

    func next() throws(QueryError) -> RecordBatch? {
        if result == nil { result = Values(Show.plan(try text()), rowsMax: worker.context.batchRows) }
        return try result?.next()
    }

    private func plan(_ select: BoundSelect) -> PhysicalPlan {
        PhysicalPlanner.plan(select, worker.context.options)
    }

    private func text() throws(QueryError) -> String {
        let context = worker.context
        guard isAnalyze else { return PlanDescription.text(plan(select)) }
        let plan = plan(try SubqueryAnswers(snapshot: snapshot, worker: worker).answered(select))
        let meters = PlanMeters()
        let root = try OperatorBuilder(snapshot: snapshot, worker: worker, meters: meters).stream(plan)
        var rowCount = 0
        while let batch = try root.next() { rowCount += batch.rowCount }
        let statistics = context.counters.statistics
        let summary = """
            rows \(rowCount), elapsed \(context.elapsedNanoseconds / 1000) us, scanned \(statistics.rowsScanned) rows in \
            \(statistics.slicesScanned) blocks, skipped \(statistics.slicesSkipped) blocks, answered \
            \(statistics.slicesAnswered) blocks from statistics
            """
        return PlanDescription.text(plan, meters.meters.map(\.text)) + "\n" + summary
    }
}
