import Columnar
import QueryLang

/// Doubles, with NULL for those that are no finite numbers.
final class FiniteNode: ExpressionNode {
    private let operand: any ExpressionNode

    init(_ operand: any ExpressionNode) { self.operand = operand }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let vector = try operand.evaluate(input)
        switch vector.form {
        case .scaledInteger: return vector
        case .constant(.float64(let value), let count) where !value.isFinite: return .nulls(.float64, count: count)
        case .constant: return vector
        default: break
        }
        if vector.isNull { return vector }
        let values = vector.float64Values
        guard (0..<values.count).contains(where: { !values[$0].isFinite }) else { return vector }
        let isFinite = Validity((0..<values.count).map { values[$0].isFinite })
        return Vector(type: .float64, form: .float64(values), validity: .both(vector.validity, isFinite))
    }
}
