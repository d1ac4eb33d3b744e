import Columnar
import QueryLang

/// The first argument that is not null.
final class CoalesceNode: ExpressionNode {
    private let arguments: [any ExpressionNode]
    private let type: ColumnType

    init(_ arguments: [any ExpressionNode], _ type: ColumnType) {
        self.arguments = arguments
        self.type = type
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        var vectors: [Vector] = []
        for argument in arguments {
            let vector = try argument.evaluate(input)
            if vector.isNull { continue }
            vectors.append(vector)
            if vector.validity == nil { break }
        }
        guard let first = vectors.first else { return .nulls(type, count: input.rowCount) }
        if vectors.count == 1, first.type == type { return first }
        return Self.choose(vectors, type, input.rowCount)
    }

    /// Copies runs of rows for which the same argument is the first that is not null.
    private static func choose(_ vectors: [Vector], _ type: ColumnType, _ count: Int) -> Vector {
        let builder = VectorBuilder(type)
        var start = 0
        var chosen = -1
        for row in 0...count {
            let choice =
                row == count ? -1 : vectors.firstIndex { $0.validity.map { $0[row] } ?? true } ?? vectors.count - 1
            if choice == chosen, row < count { continue }
            if start < row { builder.append(vectors[chosen], start..<row) }
            chosen = choice
            start = row
        }
        return builder.take()
    }
}
