import Columnar
import QueryLang

/// Functions of one quote or trade. A row without one of the arguments has no value, nor has one whose divisor is 0.
final class QuoteFunctionNode: ExpressionNode {
    private let function: ScalarFunction
    private let arguments: [any ExpressionNode]

    init(_ function: ScalarFunction, _ arguments: [any ExpressionNode]) {
        self.function = function
        self.arguments = arguments
    }

    /// Whether a function is one of these.
    static func computes(_ function: ScalarFunction) -> Bool {
        switch function {
        case .mid, .spreadBps, .wmid, .microprice, .imbalance, .effectiveSpread, .realizedSpread, .priceImpact: true
        default: false
        }
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        var vectors: [Vector] = []
        for argument in arguments { vectors.append(try argument.evaluate(input)) }
        let count = input.rowCount
        if vectors.contains(where: \.isNull) { return .nulls(.float64, count: count) }
        var validity: Validity?
        for vector in vectors { validity = .both(validity, vector.validity) }
        let hasSide = function == .effectiveSpread || function == .realizedSpread || function == .priceImpact
        let sides = hasSide ? vectors.first.map(TakerSides.init) : nil
        let numbers = vectors.dropFirst(hasSide ? 1 : 0).map(\.float64Values)
        var results: [Double] = []
        results.reserveCapacity(count)
        var hasValue = [Bool](repeating: true, count: count)
        var operands = [Double](repeating: 0, count: 4)
        for row in 0..<count {
            for (index, values) in numbers.enumerated() { operands[index] = values[row] }
            if let sides {
                let sign = sides[row]
                if sign == 0 { hasValue[row] = false }
                operands[3] = numbers.count < 4 ? Double(sign) : operands[3]
            }
            guard let value = value(operands) else {
                hasValue[row] = false
                results.append(0)
                continue
            }
            results.append(value)
        }
        if hasValue.contains(false) { validity = .both(validity, Validity(hasValue)) }
        return Vector(type: .float64, form: .float64(Buffer(results)), validity: validity)
    }

    /// The value; nil if the divisor is 0. Of trades the last operand is the sign of who took.
    private func value(_ x: [Double]) -> Double? {
        switch function {
        case .mid: return (x[0] + x[1]) / 2
        case .spreadBps:
            let mid = (x[0] + x[1]) / 2
            return mid == 0 ? nil : (x[1] - x[0]) / mid * 10_000
        case .wmid:
            let total = x[0] + x[3]
            let share = x[0] / total
            return total == 0 ? nil : x[2] * share + x[1] * (1 - share)
        case .microprice:
            let total = x[1] + x[3]
            return total == 0 ? nil : (x[0] * x[3] + x[2] * x[1]) / total
        case .imbalance: return x[0] + x[1] == 0 ? nil : (x[0] - x[1]) / (x[0] + x[1])
        case .effectiveSpread: return x[1] == 0 ? nil : 2 * x[3] * (x[0] - x[1]) / x[1]
        case .realizedSpread: return x[1] == 0 ? nil : 2 * x[3] * (x[0] - x[2]) / x[1]
        case .priceImpact: return x[0] == 0 ? nil : 2 * x[3] * (x[1] - x[0]) / x[0]
        default: return nil
        }
    }
}
