import Columnar
import QueryLang
import Synchronization

/// What the steps of a plan gave, in the order in which the plan's text lists them.
final class PlanMeters {
    private(set) var meters: [PlanMeter] = []

    /// The meter of the next step.
    func next() -> PlanMeter {
        let meter = PlanMeter()
        meters.append(meter)
        return meter
    }
}

/// What one step gave, on all threads.
final class PlanMeter: Sendable {
    private let rows = Atomic<Int>(0)
    private let batches = Atomic<Int>(0)
    private let nanoseconds = Atomic<Int64>(0)

    func add(rows count: Int, nanoseconds elapsed: Int64) {
        rows.wrappingAdd(count, ordering: .relaxed)
        batches.wrappingAdd(count > 0 ? 1 : 0, ordering: .relaxed)
        nanoseconds.wrappingAdd(elapsed, ordering: .relaxed)
    }

    /// Rows and batches given, and the time of all threads from asking to getting, steps below included.
    var text: String {
        let time = nanoseconds.load(ordering: .relaxed) / 1000
        return "rows \(rows.load(ordering: .relaxed)), batches \(batches.load(ordering: .relaxed)), \(time) us"
    }
}

/// A stream that counts what it gives.
final class MeteredOperator: PhysicalOperator {
    private let input: any PhysicalOperator
    private let meter: PlanMeter
    private let context: ExecutionContext

    init(_ input: any PhysicalOperator, _ meter: PlanMeter, _ context: ExecutionContext) {
        self.input = input
        self.meter = meter
        self.context = context
    }

    func next() throws(QueryError) -> RecordBatch? {
        let start = context.elapsedNanoseconds
        let batch = try input.next()
        meter.add(rows: batch?.rowCount ?? 0, nanoseconds: context.elapsedNanoseconds - start)
        return batch
    }
}

/// A relation that counts what its series give.
final class MeteredRelation: Relation {
    private let input: any Relation
    private let meter: PlanMeter
    private let context: ExecutionContext

    init(_ input: any Relation, _ meter: PlanMeter, _ context: ExecutionContext) {
        self.input = input
        self.meter = meter
        self.context = context
    }

    var series: [String] { input.series }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        let start = context.elapsedNanoseconds
        let rows = try input.open(index, worker, rowsMax: rowsMax)
        meter.add(rows: 0, nanoseconds: context.elapsedNanoseconds - start)
        return Source(rows, meter, context)
    }

    func parts(of index: Int, count: Int) throws(QueryError) -> [RelationPart] {
        try input.parts(of: index, count: count).map { part in
            RelationPart { [meter, context] worker, rowsMax throws(QueryError) in
                Source(try part.open(worker, rowsMax), meter, context)
            }
        }
    }

    private final class Source: RowSource {
        private let input: any RowSource
        private let meter: PlanMeter
        private let context: ExecutionContext

        init(_ input: any RowSource, _ meter: PlanMeter, _ context: ExecutionContext) {
            self.input = input
            self.meter = meter
            self.context = context
        }

        func next() throws(QueryError) -> RowBatch? {
            let start = context.elapsedNanoseconds
            let batch = try input.next()
            meter.add(rows: batch?.rowCount ?? 0, nanoseconds: context.elapsedNanoseconds - start)
            return batch
        }

        func peekTime() throws(QueryError) -> Int64? { try input.peekTime() }
    }
}
