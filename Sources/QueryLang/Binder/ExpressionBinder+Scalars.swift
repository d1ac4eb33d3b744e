import Columnar

extension BoundExpression {
    /// Whether it may stand twice in a tree: with a few nodes only, so that such in one another do not double each time.
    var isSmall: Bool {
        var open = [self]
        var count = 0
        while let expression = open.popLast() {
            count += 1 + expression.children.count
            if count > 8 { return false }
            open += expression.children
        }
        return true
    }
}

extension ExpressionBinder {
    /// A call of a scalar function with arguments that fit; a constant if all of them are.
    static func call(
        _ function: ScalarFunction,
        _ operands: [Operand],
        _ type: ColumnType
    ) throws(QueryError) -> BoundExpression {
        let constants = operands.map(\.expression.constant)
        let call = ScalarKernel.Call(function: function, types: operands.map(\.type), constants: constants, type: type)
        let kernel: ScalarKernel?
        do throws(ScalarKernel.Fault) {
            kernel = try ScalarKernel.make(call)
        } catch {
            let span = operands.indices.contains(error.argument) ? operands[error.argument].span : nil
            throw QueryError(.semantic, error.message, at: span, hint: error.hint)
        }
        let values = constants.compactMap { $0 }
        guard let kernel, values.count == operands.count else {
            return .call(function, operands.map(\.expression), type)
        }
        let value = kernel.value(values, type)
        // NaN is no good as a constant: two trees that have it would never be equal.
        if case .float64(let number) = value, number.isNaN { return .call(function, operands.map(\.expression), type) }
        return .literal(value, type)
    }

    /// A call by name, of arguments that its signature accepts.
    func scalar(
        _ function: ScalarFunction,
        _ signature: FunctionSignature,
        _ operands: [Operand],
        span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        switch function {
        case .now, .systimestamp, .today, .yesterday, .tomorrow: return Self.instant(function)
        case .extract: return try Self.extract(operands)
        case .if:
            let values = try Self.common(Array(operands.dropFirst()), of: "if()")
            return Self.choice(
                [(operands[0].expression, values.expressions[0])],
                otherwise: values.expressions[1],
                values.type
            )
        case .nullif:
            guard let (left, right) = try TypeRules.unified(operands[0], operands[1]) else {
                throw Self.together("nullif()", operands[0], operands[1])
            }
            let sides = [
                Operand(expression: left, span: operands[0].span), Operand(expression: right, span: operands[1].span),
            ]
            return try Self.call(.nullif, sides, left.type)
        case .concat:
            return try Self.call(.concat, Self.texts(operands), .string)
        default: break
        }
        switch signature.result {
        case .fixed(let type): return try Self.call(function, operands, type)
        case .firstArgument: return try Self.call(function, operands, operands.first?.type ?? .float64)
        case .common:
            let values = try Self.common(operands, of: "\(function.rawValue)()")
            return try Self.call(function, values.operands, values.type)
        }
    }

    // MARK: Common types

    /// Values of one type, or of types that mix.
    struct CommonValues {
        let operands: [Operand]
        let type: ColumnType

        var expressions: [BoundExpression] { operands.map(\.expression) }
    }

    /// The values, turned into the type that they have in common.
    static func common(_ operands: [Operand], of user: String) throws(QueryError) -> CommonValues {
        let typed = operands.filter { !$0.expression.isNullConstant }
        // A type that a column brings wins over that of a constant, which can be turned into it.
        guard var leader = typed.first(where: { $0.expression.constant == nil }) ?? typed.first else {
            return CommonValues(operands: operands, type: operands.first?.type ?? .string)
        }
        if leader.type == .int64, let double = typed.first(where: { $0.type == .float64 }) { leader = double }
        if leader.expression.constant != nil, leader.type == .string,
            let time = typed.first(where: { $0.type == .timestamp })
        {
            leader = time
        }
        var values: [Operand] = []
        for operand in operands {
            guard let (value, _) = try TypeRules.unified(operand, leader) else { throw together(user, leader, operand) }
            values.append(Operand(expression: value, span: operand.span))
        }
        return CommonValues(operands: values, type: leader.type)
    }

    private static func together(_ user: String, _ left: Operand, _ right: Operand) -> QueryError {
        QueryError(.type, "\(user) does not take \(left.typeName) and \(right.typeName) together", at: right.span)
    }

    // MARK: Operators

    /// `||`, bits and shifts.
    mutating func infix(
        _ symbol: InfixOperator,
        _ left: Expression,
        _ right: Expression
    ) throws(QueryError) -> BoundExpression {
        let operands = [try operand(left), try operand(right)]
        switch symbol {
        case .matches, .matchesAnyCase: return try matches(symbol, operands)
        case .doesNotMatch, .doesNotMatchAnyCase: return not(try matches(symbol, operands))
        default: break
        }
        guard symbol != .concatenate else {
            guard operands.contains(where: { $0.type.isText }) else {
                let types = operands.map(\.typeName).joined(separator: " and ")
                throw QueryError(
                    .type,
                    "'||' does not take \(types)",
                    at: operands[1].span,
                    hint: "one side has to be text; write OR between conditions"
                )
            }
            return try Self.call(.concatenate, Self.texts(operands), .string)
        }
        let integers = [
            try Self.integer(operands[0], of: symbol.rawValue), try Self.integer(operands[1], of: symbol.rawValue),
        ]
        return try Self.call(symbol.function, integers, .int64)
    }

    /// `~x`.
    mutating func complement(_ expression: Expression) throws(QueryError) -> BoundExpression {
        try Self.call(.bitNot, [try Self.integer(try operand(expression), of: "~")], .int64)
    }

    private static func integer(_ operand: Operand, of symbol: String) throws(QueryError) -> Operand {
        if operand.expression.isNullConstant { return Operand(expression: .null(.int64), span: operand.span) }
        guard operand.type == .int64 else {
            let hint = operand.type == .boolean ? "write AND or OR between conditions" : nil
            throw QueryError(.type, "'\(symbol)' takes int64, not \(operand.typeName)", at: operand.span, hint: hint)
        }
        return operand
    }

    /// The operands as text.
    private static func texts(_ operands: [Operand]) throws(QueryError) -> [Operand] {
        var texts = operands
        for (index, operand) in operands.enumerated() where !operand.type.isText {
            texts[index].expression = try cast(operand, to: .string)
        }
        return texts
    }

    /// `x LIKE pattern`.
    mutating func like(_ expression: Expression, _ clause: LikeClause) throws(QueryError) -> BoundExpression {
        let name = clause.ignoresCase ? "ILIKE" : "LIKE"
        var operands = [try operand(expression), try operand(clause.pattern)]
        for index in operands.indices {
            if operands[index].expression.isNullConstant { operands[index].expression = .null(.string) }
            guard operands[index].type.isText else {
                throw QueryError(
                    .type,
                    "\(name) takes text, not \(operands[index].typeName)",
                    at: operands[index].span,
                    hint: "CAST(… AS string) makes text of it"
                )
            }
        }
        operands.append(Operand(expression: .literal(.text(clause.escape ?? "\\"), .string), span: clause.pattern.span))
        let isLike = try Self.call(clause.ignoresCase ? .ilike : .like, operands, .boolean)
        return clause.isNegated ? not(isLike) : isLike
    }

    // MARK: CAST

    /// `CAST(x AS type)`.
    mutating func cast(_ expression: Expression, as name: Identifier) throws(QueryError) -> BoundExpression {
        let operand = try operand(expression)
        guard let type = CastType(spelling: name.name) else {
            let names = CastType.spellings.keys.sorted()
            throw QueryError(
                .type,
                "unknown type '\(QueryDiagnostic.shortened(name.name))'",
                at: name.span,
                expected: names,
                hint: NearestName.find(name.name, among: names).map { "did you mean '\($0)'?" }
                    ?? "the types are boolean, int, long, double, timestamp, date, string, symbol and char"
            )
        }
        if dialect == .questdb, let moment = try questDBCast(operand, to: name.name) {
            return try Self.cast(moment, to: type)
        }
        return try Self.cast(operand, to: type)
    }

    static func cast(_ operand: Operand, to type: CastType) throws(QueryError) -> BoundExpression {
        if operand.expression.isNullConstant { return .null(type.columnType) }
        let isWhole = type == .long || type.integers == nil && type != .date && type != .char
        if operand.type == type.columnType, isWhole { return operand.expression }
        guard type.accepts(operand.type) else {
            let hint: String? =
                switch (operand.type, type.columnType) {
                case (.timestamp, .float64): "epoch(t) gives seconds"
                case (.float64, .timestamp): "from_epoch_ns(n) takes int64 nanoseconds"
                default: nil
                }
            throw QueryError(.type, "cannot cast \(operand.typeName) to \(type.rawValue)", at: operand.span, hint: hint)
        }
        let name = Operand(expression: .literal(.text(type.rawValue), .string), span: operand.span)
        return try call(.cast, [operand, name], type.columnType)
    }
}
