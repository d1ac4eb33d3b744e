import Columnar
import Foundation
import QueryLang
import TestSupport

extension QueryInterpreter {
    func evaluate(_ expression: BoundExpression, _ row: [Scalar]) -> Scalar {
        evaluate(expression, row) { leaf in
            if case .column(let index, _) = leaf { row[index] } else { .null }
        }
    }

    func evaluate(_ expression: BoundExpression, _ row: [Scalar], _ leaf: (BoundExpression) -> Scalar) -> Scalar {
        switch expression {
        case .literal(let value, _): return value
        case .column, .bucket, .key, .aggregate: return leaf(expression)
        case .unary(.not, let operand, _):
            if case .boolean(let value) = evaluate(operand, row, leaf) { return .boolean(!value) }
            return .null
        case .unary(.negate, let operand, _):
            switch evaluate(operand, row, leaf) {
            case .int64(let value): return value == .min ? .null : .int64(-value)
            case .float64(let value): return .float64(-value)
            default: return .null
            }
        case .binary(let symbol, let left, let right, let type):
            return binary(symbol, evaluate(left, row, leaf), evaluate(right, row, leaf), type)
        case .inList(let operand, let values, let isNegated):
            let value = evaluate(operand, row, leaf)
            if value.isNull { return .null }
            let isMember = values.contains { binary(.equal, value, $0, .boolean) == .boolean(true) }
            return .boolean(isMember != isNegated)
        case .isNull(let operand, let isNegated): return .boolean(evaluate(operand, row, leaf).isNull != isNegated)
        case .call(.coalesce, let arguments, let type):
            for argument in arguments {
                let value = evaluate(argument, row, leaf)
                if case .int64(let integer) = value, type == .float64 { return .float64(Double(integer)) }
                if !value.isNull { return value }
            }
            return .null
        case .call(let function, let arguments, let type):
            return call(function, arguments.map { evaluate($0, row, leaf) }, type)
        }
    }

    private func binary(_ symbol: BinaryOperator, _ left: Scalar, _ right: Scalar, _ type: ColumnType) -> Scalar {
        switch symbol {
        case .and:
            if left == .boolean(false) || right == .boolean(false) { return .boolean(false) }
            return left.isNull || right.isNull ? .null : .boolean(true)
        case .or:
            if left == .boolean(true) || right == .boolean(true) { return .boolean(true) }
            return left.isNull || right.isNull ? .null : .boolean(false)
        default: break
        }
        if left.isNull || right.isNull { return .null }
        switch symbol {
        case .add, .subtract, .multiply, .divide, .modulo:
            if type == .float64 { return double(symbol, Self.double(left) ?? 0, Self.double(right) ?? 0) }
            return integer(symbol, Self.integer(left) ?? 0, Self.integer(right) ?? 0, type)
        default: return .boolean(comparison(symbol, left, right))
        }
    }

    private func double(_ symbol: BinaryOperator, _ a: Double, _ b: Double) -> Scalar {
        switch symbol {
        case .add: .float64(a + b)
        case .subtract: .float64(a - b)
        case .multiply: .float64(a * b)
        case .divide: .float64(a / b)
        default: .float64(fmod(a, b))
        }
    }

    private func integer(_ symbol: BinaryOperator, _ a: Int64, _ b: Int64, _ type: ColumnType) -> Scalar {
        let wide: Int128
        switch symbol {
        case .add: wide = Int128(a) + Int128(b)
        case .subtract: wide = Int128(a) - Int128(b)
        case .multiply: wide = Int128(a) * Int128(b)
        case .divide:
            if b == 0 { return .null }
            wide = Int128(a) / Int128(b)
        default:
            if b == 0 { return .null }
            wide = Int128(a) % Int128(b)
        }
        guard let value = Int64(exactly: wide) else { return .null }
        return type == .timestamp ? .timestamp(value) : .int64(value)
    }

    private func comparison(_ symbol: BinaryOperator, _ left: Scalar, _ right: Scalar) -> Bool {
        var a = left
        var b = right
        if let x = Self.double(left), let y = Self.double(right),
            Self.integer(left) == nil || Self.integer(right) == nil
        {
            if x.isNaN || y.isNaN { return symbol == .notEqual }
            a = .float64(x)
            b = .float64(y)
        } else if let x = Self.integer(left), let y = Self.integer(right) {
            a = .int64(x)
            b = .int64(y)
        }
        let order = Self.compare(a, b)
        switch symbol {
        case .equal: return order == 0
        case .notEqual: return order != 0
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        default: return order >= 0
        }
    }

    private func call(_ function: ScalarFunction, _ arguments: [Scalar], _ type: ColumnType) -> Scalar {
        if arguments.contains(.null) { return .null }
        if case .int64(let value) = arguments[0], type == .int64 {
            return function == .abs ? (value == .min ? .null : .int64(Swift.abs(value))) : .int64(value)
        }
        let x = Self.double(arguments[0]) ?? 0
        switch function {
        case .abs: return .float64(Swift.abs(x))
        case .sqrt: return .float64(x.squareRoot())
        case .ln: return .float64(log(x))
        case .exp: return .float64(Foundation.exp(x))
        case .floor: return .float64(Foundation.floor(x))
        case .ceil: return .float64(Foundation.ceil(x))
        case .round, .coalesce: return .float64(x.rounded(.toNearestOrAwayFromZero))
        }
    }
}
