import Columnar
import QueryLang

/// AND and OR of three values. The right side is not computed if the left decides every row.
final class LogicNode: ExpressionNode {
    private let isAnd: Bool
    private let left: any ExpressionNode
    private let right: any ExpressionNode

    init(isAnd: Bool, _ left: any ExpressionNode, _ right: any ExpressionNode) {
        self.isAnd = isAnd
        self.left = left
        self.right = right
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let a = try left.evaluate(input)
        if a.constant == .boolean(!isAnd) { return a }
        if a.constant == .boolean(isAnd) { return try right.evaluate(input) }
        let b = try right.evaluate(input)
        if b.constant == .boolean(!isAnd) { return b }
        if b.constant == .boolean(isAnd) { return a }
        let count = input.rowCount
        let x = KernelOperand(booleans: a)
        let y = KernelOperand(booleans: b)
        if a.validity == nil, b.validity == nil, !a.isNull, !b.isNull {
            let values =
                isAnd ? BinaryKernel.map(x, y, count: count, &) : BinaryKernel.map(x, y, count: count, |)
            return Vector(type: .boolean, form: .boolean(values))
        }
        return withNulls(TernaryValues(a), TernaryValues(b), count)
    }

    /// The decisive value (false for AND) on either side decides; without it, null on either side gives null.
    private func withNulls(_ a: TernaryValues, _ b: TernaryValues, _ count: Int) -> Vector {
        let decisive: UInt8 = isAnd ? 0 : 1
        let values = Buffer<UInt8>.filled(count: count) { target in
            for row in 0..<count { target[row] = a[row] == decisive || b[row] == decisive ? decisive : 1 - decisive }
        }
        let validity = Validity.filled(count: count) { row in
            a[row] == decisive || b[row] == decisive || (a[row] != TernaryValues.null && b[row] != TernaryValues.null)
        }
        return Vector(type: .boolean, form: .boolean(values), validity: validity)
    }
}

/// A boolean vector row by row: 0, 1 or null.
struct TernaryValues {
    static let null: UInt8 = 2

    private let values: Buffer<UInt8>
    private let validity: Validity?
    private let isNull: Bool

    init(_ vector: Vector) {
        values = vector.booleanValues
        validity = vector.validity
        isNull = vector.isNull
    }

    subscript(row: Int) -> UInt8 {
        if isNull { return Self.null }
        if let validity, !validity[row] { return Self.null }
        return values[row]
    }
}

/// NOT of three values: null stays null.
final class NotNode: ExpressionNode {
    private let operand: any ExpressionNode

    init(_ operand: any ExpressionNode) { self.operand = operand }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let vector = try operand.evaluate(input)
        if vector.isNull { return vector }
        if case .boolean(let value) = vector.constant {
            return Vector(type: .boolean, form: .constant(.boolean(!value), count: vector.count))
        }
        let values = BinaryKernel.map(KernelOperand(booleans: vector), .constant(1), count: vector.count) { $0 ^ $1 }
        return Vector(type: .boolean, form: .boolean(values), validity: vector.validity)
    }
}

/// IS NULL and IS NOT NULL: never null themselves.
final class IsNullNode: ExpressionNode {
    private let operand: any ExpressionNode
    private let isNegated: Bool

    init(_ operand: any ExpressionNode, isNegated: Bool) {
        self.operand = operand
        self.isNegated = isNegated
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let vector = try operand.evaluate(input)
        guard let validity = vector.validity, !vector.isNull else {
            return Vector(
                type: .boolean,
                form: .constant(.boolean(vector.isNull != isNegated), count: vector.count)
            )
        }
        let values = Buffer<UInt8>.filled(count: vector.count) { target in
            for row in 0..<vector.count { target[row] = validity[row] == isNegated ? 1 : 0 }
        }
        return Vector(type: .boolean, form: .boolean(values))
    }
}

/// IN and NOT IN a list of constants.
final class InListNode: ExpressionNode {
    private let operand: any ExpressionNode
    private let type: ColumnType
    private let isNegated: Bool
    private let integers: Set<Int64>
    private let doubles: Set<Double>
    private let texts: Set<TextBytes>
    private let booleans: Set<Scalar>
    private var verdicts = DictionaryVerdicts()

    init(_ operand: any ExpressionNode, _ type: ColumnType, _ values: [Scalar], isNegated: Bool) {
        self.operand = operand
        self.type = type
        self.isNegated = isNegated
        self.integers = Set(values.compactMap(\.int64))
        self.doubles = Set(values.compactMap(\.double))
        self.texts = Set(values.compactMap { $0.text.map(TextBytes.init) })
        self.booleans = Set(values.filter { if case .boolean = $0 { true } else { false } })
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        let vector = try operand.evaluate(input)
        if vector.isNull { return .nulls(.boolean, count: vector.count) }
        switch type {
        case .symbol, .string: return verdicts.vector(vector) { texts.contains(TextBytes($0)) != isNegated }
        case .int64, .timestamp: return member(vector, vector.int64Values) { self.integers.contains($0) }
        case .float64: return member(vector, vector.float64Values) { self.doubles.contains($0) }
        case .boolean: return member(vector, vector.booleanValues) { self.booleans.contains(.boolean($0 != 0)) }
        }
    }

    private func member<Value>(_ vector: Vector, _ values: Buffer<Value>, _ contains: (Value) -> Bool) -> Vector {
        let result = Buffer<UInt8>.filled(count: values.count) { target in
            for row in 0..<values.count { target[row] = contains(values[row]) != isNegated ? 1 : 0 }
        }
        return Vector(type: .boolean, form: .boolean(result), validity: vector.validity)
            .constantIfBoth(vector, vector)
    }
}
