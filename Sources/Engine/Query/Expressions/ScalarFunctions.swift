import Columnar
import Glibc
import QueryLang

/// Functions of one number, and `round(x, digits)`.
final class ScalarFunctionNode: ExpressionNode {
    private let function: ScalarFunction
    private let arguments: [any ExpressionNode]
    private let type: ColumnType

    init(_ function: ScalarFunction, _ arguments: [any ExpressionNode], _ type: ColumnType) {
        self.function = function
        self.arguments = arguments
        self.type = type
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        guard let first = arguments.first else {
            throw QueryError(.bug, "BUG: \(function.rawValue)() without argument")
        }
        let argument = try first.evaluate(input)
        let digits = arguments.count > 1 ? try arguments[1].evaluate(input) : nil
        if argument.isNull || digits?.isNull ?? false { return .nulls(type, count: input.rowCount) }
        let result = type == .int64 ? integers(argument, digits) : doubles(argument, digits)
        return result.constantIfBoth(argument, digits ?? argument)
    }

    private func doubles(_ argument: Vector, _ digits: Vector?) -> Vector {
        let x = KernelOperand(doubles: argument)
        let count = argument.count
        let none = KernelOperand<Double>.constant(0)
        let values: Buffer<Double> =
            switch function {
            case .abs: BinaryKernel.map(x, none, count: count) { value, _ in value.magnitude }
            case .sqrt: BinaryKernel.map(x, none, count: count) { value, _ in value.squareRoot() }
            case .ln: BinaryKernel.map(x, none, count: count) { value, _ in log(value) }
            case .exp: BinaryKernel.map(x, none, count: count) { value, _ in Glibc.exp(value) }
            case .floor: BinaryKernel.map(x, none, count: count) { value, _ in value.rounded(.down) }
            case .ceil: BinaryKernel.map(x, none, count: count) { value, _ in value.rounded(.up) }
            case .round, .coalesce:
                BinaryKernel.map(
                    x,
                    digits.map { KernelOperand(doubles: $0) } ?? none,
                    count: count,
                    Rounding.round
                )
            }
        let validity = Validity.both(argument.validity, digits?.validity)
        return Vector(type: .float64, form: .float64(values), validity: validity)
    }

    /// Of integers only `abs` and rounding to tens change anything; what does not fit is null.
    private func integers(_ argument: Vector, _ digits: Vector?) -> Vector {
        let source = argument.int64Values
        let places = digits?.int64Values
        guard function == .abs || (function == .round && places != nil) else { return argument }
        let results = (0..<source.count).map { row -> Int64? in
            if let places { return Rounding.round(source[row], digits: places[row]) }
            return source[row] == .min ? nil : abs(source[row])
        }
        var validity = Validity.both(argument.validity, digits?.validity)
        if results.contains(nil) { validity = .both(validity, Validity(results.map { $0 != nil })) }
        return Vector(type: .int64, form: .int64(Buffer(results.map { $0 ?? 0 })), validity: validity)
    }
}

/// Rounding to decimal places, half away from zero.
enum Rounding {
    /// Rounds a double to `digits` decimals, which may be negative.
    ///
    /// The tie is judged by the shortest decimal text of the value, as a reader sees it: 1.005 rounds to 1.01.
    static func round(_ value: Double, digits: Double) -> Double {
        guard value.isFinite, digits < 308 else { return value }
        if digits == 0 { return value.rounded(.toNearestOrAwayFromZero) }
        if digits < -308 { return 0.0 }
        if digits < 0 {
            let power = Glibc.pow(10.0, -digits)
            return (value / power).rounded(.toNearestOrAwayFromZero) * power
        }
        guard digits <= 22 else { return value }
        let power = ScaledInteger.powersOfTen[Int(digits)]
        let scaled = value * power
        guard scaled.magnitude < 0x1p52 else { return value }
        let nearest = scaled.rounded(.toNearestOrAwayFromZero)
        let truncated = scaled.rounded(.towardZero)
        let isTie = (truncated + (value < 0 ? -0.5 : 0.5)) / power == value
        return (isTie ? truncated + (value < 0 ? -1 : 1) : nearest) / power
    }

    /// Rounds an integer to tens, hundreds, ... for negative `digits`; nil if the result does not fit.
    static func round(_ value: Int64, digits: Int64) -> Int64? {
        if digits >= 0 { return value }
        if digits < -19 { return 0 }
        var power: Int128 = 1
        for _ in 0..<(-digits) { power *= 10 }
        let half = value < 0 ? -(power / 2) : power / 2
        return Int64(exactly: (Int128(value) + half) / power * power)
    }
}

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
