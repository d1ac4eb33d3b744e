import Columnar
import QueryLang

/// The conditions that a row must meet, ready to compute. Belongs to one thread, as nodes keep what they learned.
final class FilterConditions {
    private struct Condition {
        let node: any ExpressionNode
        /// What can tell from statistics that the condition holds for all rows of a source.
        let known: SlicePredicate?
    }

    private let conditions: [Condition]
    private let nodes: [any ExpressionNode]
    /// The source that ``open`` is for.
    private var source: (any ColumnSource)?
    /// Conditions that its statistics do not answer.
    private var open: [any ExpressionNode] = []

    /// Splits a predicate at its ANDs.
    init(_ predicate: BoundExpression) {
        conditions = predicate.conjuncts.map { term in
            Condition(node: ExpressionCompiler.compile(term), known: SlicePredicate.conditions(of: term).first)
        }
        nodes = conditions.map(\.node)
    }

    /// Rows are taken out before the next condition is computed if fewer than one in this many are left: copying what is
    /// left of a column costs about a quarter of comparing all of it and the copies are used again.
    private static let narrowingRatio = 4

    /// The rows of a batch for which every condition is true.
    func apply(_ batch: RowBatch) throws(QueryError) -> RowBatch {
        if source !== batch.source {
            source = batch.source
            open =
                batch.source.hasStatistics
                ? conditions.filter { !($0.known?.includes(batch.source) ?? false) }.map(\.node) : nodes
        }
        var current = batch
        var truth: Vector?
        for condition in open {
            let result = try condition.evaluate(current)
            if result.constant == .boolean(true) { continue }
            let joined = truth.map { Self.both($0, result) } ?? result
            let selection = current.selection.narrowed(by: joined)
            if selection.count == 0 { return current.narrowed(to: selection) }
            if selection.count * Self.narrowingRatio < current.rowCount {
                current = current.narrowed(to: selection)
                truth = nil
            } else {
                truth = joined
            }
        }
        if let truth {
            let selection = current.selection.narrowed(by: truth)
            if selection.count < current.rowCount { current = current.narrowed(to: selection) }
        }
        return current
    }

    /// True where both are; null counts as false.
    private static func both(_ left: Vector, _ right: Vector) -> Vector {
        let values = BinaryKernel.map(
            KernelOperand(booleans: left),
            KernelOperand(booleans: right),
            count: left.count,
            &
        )
        return Vector(type: .boolean, form: .boolean(values), validity: .both(left.validity, right.validity))
    }
}

/// The rows of a relation that meet conditions.
final class Filter: Relation {
    private let input: any Relation
    private let predicate: BoundExpression

    init(_ input: any Relation, _ predicate: BoundExpression) {
        self.input = input
        self.predicate = predicate
    }

    var series: [String] { input.series }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        // Where columns are compared and copied, values stay in cache if batches are small.
        FilteredRows(try input.open(index, worker, rowsMax: rowsMax ?? worker.context.batchRows), conditions(worker))
    }

    func parts(of index: Int, count: Int) throws(QueryError) -> [RelationPart] {
        try input.parts(of: index, count: count).map { part in
            RelationPart { [self] worker, rowsMax throws(QueryError) in
                FilteredRows(try part.open(worker, rowsMax ?? worker.context.batchRows), conditions(worker))
            }
        }
    }

    private func conditions(_ worker: Worker) -> FilterConditions {
        worker.state(of: self) { FilterConditions(predicate) }
    }
}

/// Takes the rows that meet the conditions.
final class FilteredRows: RowSource {
    private let input: any RowSource
    private let conditions: FilterConditions

    init(_ input: any RowSource, _ conditions: FilterConditions) {
        self.input = input
        self.conditions = conditions
    }

    func next() throws(QueryError) -> RowBatch? {
        while let batch = try input.next() {
            let selected = try conditions.apply(batch)
            if selected.rowCount > 0 { return selected }
        }
        return nil
    }

    func peekTime() throws(QueryError) -> Int64? { try input.peekTime() }
}
