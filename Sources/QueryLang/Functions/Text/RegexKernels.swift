import Columnar

extension ScalarKernel {
    /// `~`, `~*` and regexp_replace: the pattern is a constant, so that what is wrong with it is told before anything runs.
    static func regularExpression(_ call: Call) throws(Fault) -> ScalarKernel? {
        switch call.function {
        case .matches, .matchesAnyCase:
            guard let expression = try compiled(call, ignoresCase: call.function == .matchesAnyCase) else {
                return ScalarKernel(.rows { _ in .null }, of: [0])
            }
            return ScalarKernel(.rows { $0[0].string.map { .boolean(expression.matches($0)) } ?? .null }, of: [0])
        case .regexpReplace:
            guard let expression = try compiled(call, ignoresCase: false) else {
                return ScalarKernel(.rows { _ in .null }, of: [0])
            }
            return ScalarKernel(
                .rows { values in
                    guard let text = values[0].string, let template = values[1].string else { return .null }
                    return expression.replacing(in: text, by: template).map { .text($0) } ?? .null
                },
                of: [0, 2]
            )
        default: return nil
        }
    }

    /// The second argument as a regular expression; nil if it is NULL.
    private static func compiled(_ call: Call, ignoresCase: Bool) throws(Fault) -> RegularExpression? {
        guard call.constants.indices.contains(1), let constant = call.constants[1] else {
            throw Fault(
                argument: 1,
                message: "a regular expression has to be a constant",
                hint: "LIKE takes patterns out of columns"
            )
        }
        guard let pattern = constant.string else { return nil }
        do throws(RegularExpression.Fault) {
            return try RegularExpression(pattern, ignoresCase: ignoresCase)
        } catch {
            throw Fault(
                argument: 1,
                message: "\(error.message) (character \(error.position + 1) of the regular expression)",
                hint: error.hint
            )
        }
    }
}

extension ExpressionBinder {
    /// `text ~ pattern` or `text ~* pattern`; also the inside of `!~` and `!~*`.
    func matches(_ symbol: InfixOperator, _ operands: [Operand]) throws(QueryError) -> BoundExpression {
        var operands = operands
        for index in operands.indices {
            if operands[index].expression.isNullConstant { operands[index].expression = .null(.string) }
            guard operands[index].type.isText else {
                throw QueryError(
                    .type,
                    "'\(symbol.rawValue)' takes text, not \(operands[index].typeName)",
                    at: operands[index].span,
                    hint: "CAST(… AS string) makes text of it"
                )
            }
        }
        return try Self.call(symbol.function, operands, .boolean)
    }
}
