import Columnar
import QueryLang

/// The arguments of window calls, ready to compute. Belongs to one thread, as nodes keep what they learned.
final class WindowExpressions {
    private let arguments: [[any ExpressionNode]]
    private let filters: [(any ExpressionNode)?]

    init(_ calls: [WindowCall]) {
        arguments = calls.map { $0.arguments.map(ExpressionCompiler.compile) }
        filters = calls.map { $0.filter.map(ExpressionCompiler.compile) }
    }

    /// For each call the values of its arguments in all rows.
    func vectors(_ input: any EvaluationInput) throws(QueryError) -> [[Vector]] {
        var vectors: [[Vector]] = []
        for (nodes, filter) in zip(arguments, filters) {
            var values: [Vector] = []
            for node in nodes { values.append(try node.evaluate(input)) }
            if let filter { values = AggregateFilter.masked(values, try filter.evaluate(input)) }
            vectors.append(values)
        }
        return vectors
    }
}

/// FILTER: rows for which it is not true have no value.
enum AggregateFilter {
    /// The arguments of an aggregate, the first one null where `condition` is not true: a row without it is skipped.
    static func masked(_ arguments: [Vector], _ condition: Vector) -> [Vector] {
        guard let first = arguments.first, !first.isNull, condition.constant != .boolean(true) else { return arguments }
        if condition.isNull { return [.nulls(first.type, count: first.count)] + arguments.dropFirst() }
        let truth = condition.booleanValues
        let validity = Validity.filled(count: first.count) { row in
            truth.base[row] != 0 && condition.validity?[row] ?? true
        }
        withExtendedLifetime(truth) {}
        let masked = Vector(type: first.type, form: first.form, validity: .both(first.validity, validity))
        return [masked] + arguments.dropFirst()
    }
}
