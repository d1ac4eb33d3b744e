import Columnar
import QueryLang

/// Rows that expressions are computed over.
protocol EvaluationInput: AnyObject {
    /// The number of rows.
    var rowCount: Int { get }
    /// The values of a column.
    func column(_ index: Int) throws(QueryError) -> Vector
}

/// An expression made ready to compute, a batch at a time. May keep what it learned about dictionaries and scales, so it
/// belongs to one execution.
protocol ExpressionNode: AnyObject {
    /// One value a row.
    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector
}

/// Makes bound expressions ready to compute.
enum ExpressionCompiler {
    static func compile(_ expression: BoundExpression) -> any ExpressionNode {
        switch expression {
        case .literal(let value, let type): LiteralNode(value, type)
        case .column(let index, _): ColumnNode(index)
        case .bucket, .key, .aggregate, .window, .query: UnplannedNode(expression)
        case .unary(.negate, let operand, let type): NegateNode(compile(operand), type)
        case .unary(.not, let operand, _): NotNode(compile(operand))
        case .binary(let symbol, let left, let right, let type): binary(symbol, left, right, type)
        case .inList(let operand, let values, let isNegated):
            InListNode(compile(operand), operand.type, values, isNegated: isNegated)
        case .isNull(let operand, let isNegated): IsNullNode(compile(operand), isNegated: isNegated)
        case .call(let function, let arguments, let type): call(function, arguments, type)
        }
    }

    private static func binary(
        _ symbol: BinaryOperator,
        _ left: BoundExpression,
        _ right: BoundExpression,
        _ type: ColumnType
    ) -> any ExpressionNode {
        switch symbol {
        case .and, .or: return LogicNode(isAnd: symbol == .and, compile(left), compile(right))
        case .add, .subtract, .multiply, .divide, .modulo:
            if type == .float64 { return DoubleArithmeticNode(symbol, compile(left), compile(right)) }
            return IntegerArithmeticNode(symbol, compile(left), compile(right), type)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            return comparison(symbol, (compile(left), left.type), (compile(right), right.type))
        }
    }

    /// A comparison of values of two types that can be compared.
    static func comparison(
        _ symbol: BinaryOperator,
        _ left: (node: any ExpressionNode, type: ColumnType),
        _ right: (node: any ExpressionNode, type: ColumnType)
    ) -> any ExpressionNode {
        if left.type.isText { return TextComparisonNode(symbol, left.node, right.node) }
        if left.type == .boolean { return BooleanComparisonNode(symbol, left.node, right.node) }
        if left.type == .float64 || right.type == .float64 {
            return DoubleComparisonNode(symbol, left.node, right.node)
        }
        return IntegerComparisonNode(symbol, left.node, right.node)
    }
}

/// The same value in every row.
final class LiteralNode: ExpressionNode {
    let value: Scalar
    private let type: ColumnType

    init(_ value: Scalar, _ type: ColumnType) {
        self.value = value
        self.type = type
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        Vector(type: type, form: .constant(value, count: input.rowCount))
    }
}

/// A column of the input.
final class ColumnNode: ExpressionNode {
    let index: Int

    init(_ index: Int) { self.index = index }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector { try input.column(index) }
}

/// A leaf that planning should have turned into a column.
final class UnplannedNode: ExpressionNode {
    private let expression: BoundExpression

    init(_ expression: BoundExpression) { self.expression = expression }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        throw QueryError(.bug, "BUG: \(expression) was not planned")
    }
}
