import Columnar
import QueryLang

/// Comparisons of values that have an order, into one byte a row.
enum ComparisonKernel {
    static func compare<Value: Comparable & BitwiseCopyable & Sendable>(
        _ symbol: BinaryOperator,
        _ left: KernelOperand<Value>,
        _ right: KernelOperand<Value>,
        count: Int
    ) -> Buffer<UInt8> {
        switch symbol {
        case .equal: BinaryKernel.map(left, right, count: count) { $0 == $1 ? 1 : 0 }
        case .notEqual: BinaryKernel.map(left, right, count: count) { $0 != $1 ? 1 : 0 }
        case .less: BinaryKernel.map(left, right, count: count) { $0 < $1 ? 1 : 0 }
        case .lessOrEqual: BinaryKernel.map(left, right, count: count) { $0 <= $1 ? 1 : 0 }
        case .greater: BinaryKernel.map(left, right, count: count) { $0 > $1 ? 1 : 0 }
        case .greaterOrEqual: BinaryKernel.map(left, right, count: count) { $0 >= $1 ? 1 : 0 }
        case .add, .subtract, .multiply, .divide, .modulo, .and, .or:
            preconditionFailure("BUG: '\(symbol.rawValue)' is no comparison")
        }
    }

    /// The result of comparing two vectors by their values alone.
    static func vector(_ values: Buffer<UInt8>, _ left: Vector, _ right: Vector) -> Vector {
        Vector(type: .boolean, form: .boolean(values), validity: .both(left.validity, right.validity))
            .constantIfBoth(left, right)
    }
}

/// Integers and timestamps.
final class IntegerComparisonNode: ExpressionNode {
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
        if a.isNull || b.isNull { return .nulls(.boolean, count: input.rowCount) }
        let values = ComparisonKernel.compare(
            symbol,
            KernelOperand(integers: a),
            KernelOperand(integers: b),
            count: input.rowCount
        )
        return ComparisonKernel.vector(values, a, b)
    }
}

/// Truth values, false before true.
final class BooleanComparisonNode: ExpressionNode {
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
        if a.isNull || b.isNull { return .nulls(.boolean, count: input.rowCount) }
        let values = ComparisonKernel.compare(
            symbol,
            KernelOperand(booleans: a),
            KernelOperand(booleans: b),
            count: input.rowCount
        )
        return ComparisonKernel.vector(values, a, b)
    }
}

/// Doubles and decimals, and these with integers. As IEEE 754 has it, NaN is unequal to everything and in no order.
final class DoubleComparisonNode: ExpressionNode {
    private let symbol: BinaryOperator
    private let left: any ExpressionNode
    private let right: any ExpressionNode
    private var thresholds = DecimalThresholds()

    init(_ symbol: BinaryOperator, _ left: any ExpressionNode, _ right: any ExpressionNode) {
        self.symbol = symbol
        self.left = left
        self.right = right
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let a = try left.evaluate(input)
        let b = try right.evaluate(input)
        if a.isNull || b.isNull { return .nulls(.boolean, count: input.rowCount) }
        let values =
            compareDecimals(a, b)
            ?? ComparisonKernel.compare(
                symbol,
                KernelOperand(doubles: a),
                KernelOperand(doubles: b),
                count: input.rowCount
            )
        return ComparisonKernel.vector(values, a, b)
    }

    /// Compares mantissas where that gives what comparing the nearest doubles would; nil where it might not.
    private func compareDecimals(_ a: Vector, _ b: Vector) -> Buffer<UInt8>? {
        switch (a.form, b.form) {
        case (.scaledInteger(let mantissas, let scale), .constant(let value, _)):
            guard let literal = value.double else { return nil }
            return thresholds.compare(symbol, mantissas, scale: scale, literal)
        case (.constant(let value, _), .scaledInteger(let mantissas, let scale)):
            guard let literal = value.double else { return nil }
            return thresholds.compare(symbol.mirrored, mantissas, scale: scale, literal)
        case (.scaledInteger(let left, let leftScale), .scaledInteger(let right, let rightScale))
        where leftScale == rightScale:
            // Decimals of up to 15 digits have doubles of their own.
            let bits =
                left.withUnsafeBufferPointer { $0.magnitudeBits } | right.withUnsafeBufferPointer { $0.magnitudeBits }
            guard bits < 1 << 49 else { return nil }
            return ComparisonKernel.compare(symbol, .values(left), .values(right), count: a.count)
        default: return nil
        }
    }
}

/// Turns `decimal < double` into a comparison of mantissas.
///
/// Rounding to the nearest double never changes the order, so the mantissas whose double is below (or at most) the literal
/// are all those below some bound, which a binary search finds once per scale.
struct DecimalThresholds {
    /// Of one scale and literal: the least mantissas whose double is at least, and above, the literal.
    private struct Bounds {
        let atLeast: Int64
        let above: Int64
    }

    private var scale = -1
    private var literal = Double.nan
    private var bounds: Bounds?

    /// Compares every mantissa's double with the literal; nil if mantissas cannot decide.
    mutating func compare(
        _ symbol: BinaryOperator,
        _ mantissas: Buffer<Int64>,
        scale: Int,
        _ literal: Double
    ) -> Buffer<UInt8>? {
        if scale != self.scale || literal != self.literal {
            self.scale = scale
            self.literal = literal
            bounds = Self.bounds(scale: scale, literal)
        }
        guard let bounds else { return nil }
        let count = mantissas.count
        let values = KernelOperand.values(mantissas)
        let atLeast = KernelOperand.constant(bounds.atLeast)
        let above = KernelOperand.constant(bounds.above)
        switch symbol {
        case .less: return ComparisonKernel.compare(.less, values, atLeast, count: count)
        case .lessOrEqual: return ComparisonKernel.compare(.less, values, above, count: count)
        case .greater: return ComparisonKernel.compare(.greaterOrEqual, values, above, count: count)
        case .greaterOrEqual: return ComparisonKernel.compare(.greaterOrEqual, values, atLeast, count: count)
        case .equal, .notEqual:
            let isEqual: UInt8 = symbol == .equal ? 1 : 0
            let (lower, upper) = (bounds.atLeast, bounds.above)
            return BinaryKernel.map(values, atLeast, count: count) { value, _ in
                (value >= lower && value < upper ? 1 : 0) == isEqual ? 1 : 0
            }
        case .add, .subtract, .multiply, .divide, .modulo, .and, .or: return nil
        }
    }

    private static func bounds(scale: Int, _ literal: Double) -> Bounds? {
        guard !literal.isNaN, let atLeast = least(where: { ScaledInteger.double($0, scale: scale) >= literal }),
            let above = least(where: { ScaledInteger.double($0, scale: scale) > literal })
        else { return nil }
        return Bounds(atLeast: atLeast, above: above)
    }

    /// The least integer for which a predicate holds that holds for every larger one too; nil if it holds for none.
    private static func least(where holds: (Int64) -> Bool) -> Int64? {
        guard holds(.max) else { return nil }
        var lower = Int64.min
        var upper = Int64.max
        while lower < upper {
            let middle = Int64(truncatingIfNeeded: (Int128(lower) + Int128(upper)) >> 1)
            if holds(middle) { upper = middle } else { lower = middle + 1 }
        }
        return lower
    }
}

extension BinaryOperator {
    /// The comparison with its sides exchanged.
    var mirrored: BinaryOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .equal, .notEqual, .add, .subtract, .multiply, .divide, .modulo, .and, .or: self
        }
    }
}
