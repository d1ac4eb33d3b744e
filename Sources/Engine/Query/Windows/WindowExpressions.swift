import Columnar
import QueryLang

/// The arguments of window calls, ready to compute. Belongs to one thread, as nodes keep what they learned.
final class WindowExpressions {
    private let arguments: [[any ExpressionNode]]

    init(_ calls: [WindowCall]) {
        arguments = calls.map { $0.arguments.map(ExpressionCompiler.compile) }
    }

    /// For each call the values of its arguments in all rows.
    func vectors(_ input: any EvaluationInput) throws(QueryError) -> [[Vector]] {
        var vectors: [[Vector]] = []
        for nodes in arguments {
            var values: [Vector] = []
            for node in nodes { values.append(try node.evaluate(input)) }
            vectors.append(values)
        }
        return vectors
    }
}
