import Columnar
import QueryLang

/// + − × ÷ % of doubles, as IEEE 754 has them: nothing fails, a division by zero gives an infinity or NaN.
final class DoubleArithmeticNode: ExpressionNode {
    private let symbol: BinaryOperator
    private let left: any ExpressionNode
    private let right: any ExpressionNode

    init(_ symbol: BinaryOperator, _ left: any ExpressionNode, _ right: any ExpressionNode) {
        self.symbol = symbol
        self.left = left
        self.right = right
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let a = try left.evaluate(input)
        let b = try right.evaluate(input)
        let count = input.rowCount
        if a.isNull || b.isNull { return .nulls(.float64, count: count) }
        let values = Self.compute(symbol, KernelOperand(doubles: a), KernelOperand(doubles: b), count)
        return Vector(type: .float64, form: .float64(values), validity: .both(a.validity, b.validity))
            .constantIfBoth(a, b)
    }

    private static func compute(
        _ symbol: BinaryOperator,
        _ a: KernelOperand<Double>,
        _ b: KernelOperand<Double>,
        _ count: Int
    ) -> Buffer<Double> {
        switch symbol {
        case .add: BinaryKernel.map(a, b, count: count, +)
        case .subtract: BinaryKernel.map(a, b, count: count, -)
        case .multiply: BinaryKernel.map(a, b, count: count, *)
        case .divide: BinaryKernel.map(a, b, count: count, /)
        case .modulo: BinaryKernel.map(a, b, count: count) { $0.truncatingRemainder(dividingBy: $1) }
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or:
            preconditionFailure("BUG: '\(symbol.rawValue)' is no arithmetic")
        }
    }
}

/// + − × ÷ % of integers and timestamps. A result that does not fit, and a division by zero, is null.
final class IntegerArithmeticNode: ExpressionNode {
    private let symbol: BinaryOperator
    private let left: any ExpressionNode
    private let right: any ExpressionNode
    private let type: ColumnType

    init(_ symbol: BinaryOperator, _ left: any ExpressionNode, _ right: any ExpressionNode, _ type: ColumnType) {
        self.symbol = symbol
        self.left = left
        self.right = right
        self.type = type
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let a = try left.evaluate(input)
        let b = try right.evaluate(input)
        let count = input.rowCount
        if a.isNull || b.isNull { return .nulls(type, count: count) }
        var isDefined = [Bool](repeating: true, count: count)
        var undefinedCount = 0
        let x = a.int64Values
        let y = b.int64Values
        let values = Buffer<Int64>.filled(count: count) { target in
            for row in 0..<count {
                let (value, overflow) = compute(x[row], y[row])
                target[row] = value
                if overflow {
                    isDefined[row] = false
                    undefinedCount += 1
                }
            }
        }
        var validity = Validity.both(a.validity, b.validity)
        if undefinedCount > 0 { validity = .both(validity, Validity(isDefined)) }
        return Vector(type: type, form: .int64(values), validity: validity).constantIfBoth(a, b)
    }

    @inline(__always)
    private func compute(_ a: Int64, _ b: Int64) -> (partialValue: Int64, overflow: Bool) {
        switch symbol {
        case .add: a.addingReportingOverflow(b)
        case .subtract: a.subtractingReportingOverflow(b)
        case .multiply: a.multipliedReportingOverflow(by: b)
        case .divide: b == 0 ? (0, true) : a.dividedReportingOverflow(by: b)
        case .modulo: b == 0 ? (0, true) : (b == -1 ? 0 : a % b, false)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or:
            preconditionFailure("BUG: '\(symbol.rawValue)' is no arithmetic")
        }
    }
}

/// Negation of numbers. The smallest integer has no negation: null.
final class NegateNode: ExpressionNode {
    private let operand: any ExpressionNode
    private let type: ColumnType

    init(_ operand: any ExpressionNode, _ type: ColumnType) {
        self.operand = operand
        self.type = type
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let vector = try operand.evaluate(input)
        if vector.isNull { return vector }
        let count = vector.count
        if type == .float64 {
            let values = BinaryKernel.map(KernelOperand(doubles: vector), .constant(0), count: count) { value, _ in
                -value
            }
            return Vector(type: type, form: .float64(values), validity: vector.validity).constantIfBoth(vector, vector)
        }
        let source = vector.int64Values
        let values = BinaryKernel.map(.values(source), .constant(0), count: count) { value, _ in 0 &- value }
        var validity = vector.validity
        if source.withUnsafeBufferPointer({ $0.contains(.min) }) {
            validity = .both(validity, .filled(count: count) { source[$0] != .min })
        }
        return Vector(type: type, form: .int64(values), validity: validity).constantIfBoth(vector, vector)
    }
}
