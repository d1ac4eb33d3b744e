import Columnar
import Foundation
import QueryLang

/// What operators and scalar functions give for values of one row.
enum ScalarFormulas {
    static func unary(_ symbol: UnaryOperator, _ operand: Scalar) -> Scalar {
        switch (symbol, operand) {
        case (.not, .boolean(let value)): .boolean(!value)
        case (.negate, .int64(let value)): value == .min ? .null : .int64(-value)
        case (.negate, .float64(let value)): .float64(-value)
        default: .null
        }
    }

    static func binary(_ symbol: BinaryOperator, _ left: Scalar, _ right: Scalar, _ type: ColumnType) -> Scalar {
        switch symbol {
        case .and:
            if left == .boolean(false) || right == .boolean(false) { return .boolean(false) }
            return left.isNull || right.isNull ? .null : .boolean(true)
        case .or:
            if left == .boolean(true) || right == .boolean(true) { return .boolean(true) }
            return left.isNull || right.isNull ? .null : .boolean(false)
        case .add, .subtract, .multiply, .divide, .modulo:
            if left.isNull || right.isNull { return .null }
            if type == .float64 { return .float64(doubles(symbol, Value(left).double ?? 0, Value(right).double ?? 0)) }
            return integers(symbol, Value(left).integer ?? 0, Value(right).integer ?? 0, type)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            if left.isNull || right.isNull { return .null }
            return .boolean(comparison(symbol, left, right))
        }
    }

    private static func doubles(_ symbol: BinaryOperator, _ left: Double, _ right: Double) -> Double {
        switch symbol {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        default: fmod(left, right)
        }
    }

    private static func integers(_ symbol: BinaryOperator, _ left: Int64, _ right: Int64, _ type: ColumnType) -> Scalar
    {
        let wide: Int128
        switch symbol {
        case .add: wide = Int128(left) + Int128(right)
        case .subtract: wide = Int128(left) - Int128(right)
        case .multiply: wide = Int128(left) * Int128(right)
        default:
            if right == 0 { return .null }
            wide = symbol == .divide ? Int128(left) / Int128(right) : Int128(left) % Int128(right)
        }
        guard let value = Int64(exactly: wide) else { return .null }
        return type == .timestamp ? .timestamp(value) : .int64(value)
    }

    /// As IEEE 754 has it: NaN is different from everything, and neither smaller nor larger than anything.
    static func comparison(_ symbol: BinaryOperator, _ left: Scalar, _ right: Scalar) -> Bool {
        if isNaN(left) || isNaN(right) { return symbol == .notEqual }
        let order = ValueOrder.compare(left, right)
        switch symbol {
        case .equal: return order == 0
        case .notEqual: return order != 0
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        default: return order >= 0
        }
    }

    private static func isNaN(_ value: Scalar) -> Bool {
        if case .float64(let value) = value { value.isNaN } else { false }
    }

    static func call(_ function: ScalarFunction, _ arguments: [Scalar], _ type: ColumnType) -> Scalar {
        if arguments.contains(.null) { return .null }
        if type == .int64, case .int64(let value) = arguments[0] {
            switch function {
            case .abs: return value == .min ? .null : .int64(Swift.abs(value))
            case .round where arguments.count > 1: return rounded(value, digits: Value(arguments[1]).integer ?? 0)
            default: return .int64(value)
            }
        }
        let x = Value(arguments[0]).double ?? 0
        switch function {
        case .abs: return .float64(Swift.abs(x))
        case .sqrt: return .float64(x.squareRoot())
        case .ln: return .float64(log(x))
        case .exp: return .float64(Foundation.exp(x))
        case .floor: return .float64(Foundation.floor(x))
        case .ceil: return .float64(Foundation.ceil(x))
        case .round: return .float64(rounded(x, digits: arguments.count > 1 ? Value(arguments[1]).integer ?? 0 : 0))
        default: return .null
        }
    }

    /// Whether there is a formula; other functions are compared with DuckDB and with cases instead.
    static func knows(_ function: ScalarFunction) -> Bool {
        switch function {
        case .abs, .sqrt, .ln, .exp, .floor, .ceil, .round: true
        default: false
        }
    }

    // MARK: Rounding

    /// Half away from zero, to tens, hundreds, … for negative digits; null if it does not fit.
    private static func rounded(_ value: Int64, digits: Int64) -> Scalar {
        if digits >= 0 { return .int64(value) }
        if digits < -19 { return .int64(0) }
        let power = (0..<Int(-digits)).reduce(Int128(1)) { power, _ in power * 10 }
        let tens = (Int128(value).magnitude + power.magnitude / 2) / power.magnitude * power.magnitude
        return Int64(exactly: value < 0 ? -Int128(tens) : Int128(tens)).map { .int64($0) } ?? .null
    }

    /// Half away from zero, as one who reads the number's shortest decimal text would do it.
    private static func rounded(_ value: Double, digits: Int64) -> Double {
        guard value.isFinite, digits < 308 else { return value }
        if digits == 0 { return value.rounded(.toNearestOrAwayFromZero) }
        if digits < -308 { return 0 }
        guard digits > 0 else {
            let power = pow(10, Double(-digits))
            return (value / power).rounded(.toNearestOrAwayFromZero) * power
        }
        // Doubles of this size are whole numbers, and may be too long for a Decimal.
        if value.magnitude >= 0x1p53 { return value }
        let decimal = Decimal(string: "\(value)") ?? 0
        var (source, result) = (decimal, Decimal())
        NSDecimalRound(&result, &source, Int(digits), .plain)
        return Double("\(result)") ?? value
    }
}
