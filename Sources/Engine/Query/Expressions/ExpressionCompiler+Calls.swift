import Columnar
import QueryLang

extension ExpressionCompiler {
    /// The node of a call.
    static func call(
        _ function: ScalarFunction,
        _ arguments: [BoundExpression],
        _ type: ColumnType
    ) -> any ExpressionNode {
        switch function {
        case .finite where arguments.count == 1: return FiniteNode(compile(arguments[0]))
        case .coalesce: return CoalesceNode(arguments.map(compile), type)
        case .caseWhen:
            let (conditions, values) = branches(arguments[...])
            return CaseNode(conditions.map(compile), values.map(compile), type)
        case .caseOf, .between, .oneOf: return shared(function, arguments, type)
        case _ where QuoteFunctionNode.computes(function):
            return QuoteFunctionNode(function, arguments.map(compile))
        default:
            guard let kernel = ScalarKernel(function, arguments, type) else {
                return UnplannedNode(.call(function, arguments, type))
            }
            return KernelNode(kernel, kernel.operands.map { compile(arguments[$0]) }, type)
        }
    }

    /// Every other expression from the first on, those between them, and the last.
    private static func branches(
        _ arguments: ArraySlice<BoundExpression>
    ) -> (conditions: [BoundExpression], values: [BoundExpression]) {
        var conditions: [BoundExpression] = []
        var values: [BoundExpression] = []
        for (place, argument) in arguments.enumerated() {
            let isCondition = place % 2 == 0 && place < arguments.count - 1
            if isCondition { conditions.append(argument) } else { values.append(argument) }
        }
        return (conditions, values)
    }

    /// What compares its first argument with others.
    private static func shared(
        _ function: ScalarFunction,
        _ arguments: [BoundExpression],
        _ type: ColumnType
    ) -> any ExpressionNode {
        guard let operand = arguments.first, arguments.count >= 2 else {
            return UnplannedNode(.call(function, arguments, type))
        }
        let held = HeldNode()
        func compare(_ symbol: BinaryOperator, _ other: BoundExpression) -> any ExpressionNode {
            comparison(symbol, (held, operand.type), (compile(other), other.type))
        }
        let body: any ExpressionNode
        switch function {
        case .between where arguments.count == 3:
            body = LogicNode(isAnd: true, compare(.greaterOrEqual, arguments[1]), compare(.lessOrEqual, arguments[2]))
        case .oneOf:
            body = arguments[2...].reduce(compare(.equal, arguments[1])) { node, other in
                LogicNode(isAnd: false, node, compare(.equal, other))
            }
        default:
            let (conditions, values) = branches(arguments[1...])
            body = CaseNode(conditions.map { compare(.equal, $0) }, values.map(compile), type)
        }
        return SharedOperandNode(compile(operand), held, body)
    }
}
