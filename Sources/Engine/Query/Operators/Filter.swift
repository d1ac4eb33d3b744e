import Columnar
import QueryLang

/// The conditions that a row must meet, ready to compute. Shared by all series of an execution.
final class FilterConditions {
    private let conditions: [any ExpressionNode]

    /// Splits a predicate at its ANDs.
    init(_ predicate: BoundExpression) {
        conditions = predicate.conjuncts.map(ExpressionCompiler.compile)
    }

    /// Rows are taken out before the next condition is computed if fewer than one in this many are left: copying what is
    /// left of a column costs about a quarter of comparing all of it and the copies are used again.
    private static let narrowingRatio = 4

    /// The rows of a batch for which every condition is true.
    func apply(_ batch: RowBatch) throws(QueryError) -> RowBatch {
        var current = batch
        var truth: Vector?
        for condition in conditions {
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

/// Takes the rows of one series that meet the conditions.
final class Filter: RowSource {
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
}
