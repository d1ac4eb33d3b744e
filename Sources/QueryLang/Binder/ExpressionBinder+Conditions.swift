import Columnar

extension ExpressionBinder {
    // MARK: CASE

    /// `CASE … END`. Branches are bound as if they were taken, but what overflows in one is NULL: it may never be.
    mutating func caseOf(_ clause: CaseClause) throws(QueryError) -> BoundExpression {
        branchDepth += 1
        defer { branchDepth -= 1 }
        let subject = try clause.operand.map { (operand: Expression) throws(QueryError) in try self.operand(operand) }
        var conditions: [Operand] = []
        var values: [Operand] = []
        for branch in clause.branches {
            conditions.append(try operand(branch.condition))
            values.append(try operand(branch.value))
        }
        if let otherwise = clause.otherwise {
            values.append(try operand(otherwise))
        } else {
            values.append(
                Operand(
                    expression: .null(.string),
                    span: clause.branches.last?.value.span ?? SourceSpan(start: 0, end: 0)
                )
            )
        }
        let common = try Self.common(values, of: "CASE")
        guard let subject, !subject.expression.isSmall else {
            var branches: [(BoundExpression, BoundExpression)] = []
            for (condition, value) in zip(conditions, common.expressions) {
                let holds =
                    if let subject { try compare(.equal, subject, condition) } else {
                        try TypeRules.boolean(condition, of: "WHEN")
                    }
                branches.append((holds, value))
            }
            return Self.choice(branches, otherwise: common.expressions[values.count - 1], common.type)
        }
        var arguments = [subject.expression]
        for (condition, value) in zip(conditions, common.expressions) {
            arguments += [try Self.comparable(subject, condition), value]
        }
        arguments.append(common.expressions[values.count - 1])
        return .call(.caseOf, arguments, common.type)
    }

    /// The value of the first branch whose condition is true. Those that never are go, and so does what follows one that
    /// always is.
    static func choice(
        _ branches: [(condition: BoundExpression, value: BoundExpression)],
        otherwise: BoundExpression,
        _ type: ColumnType
    ) -> BoundExpression {
        var arguments: [BoundExpression] = []
        var last = otherwise
        for branch in branches {
            if let constant = branch.condition.constant {
                guard constant == .boolean(true) else { continue }
                last = branch.value
                break
            }
            arguments += [branch.condition, branch.value]
        }
        // One value that is of another type needs the call, so that it becomes one of the type of all.
        if arguments.isEmpty, last.type == type || last.constant != nil {
            return last.constant.map { .literal($0.of(type), type) } ?? last
        }
        return .call(.caseWhen, arguments + [last], type)
    }

    /// The other side of an equality that the engine makes of `subject` and it.
    private static func comparable(_ subject: Operand, _ other: Operand) throws(QueryError) -> BoundExpression {
        // Fails where the two cannot be compared; constants are turned into the subject's type.
        _ = try TypeRules.compare(.equal, subject, other)
        return try TypeRules.unified(subject, other)?.1 ?? other.expression
    }

    // MARK: Ranges and lists

    /// `x BETWEEN lower AND upper`.
    mutating func between(
        _ expression: Expression,
        _ lower: Expression,
        _ upper: Expression,
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let operands = try operands([expression, lower, upper])
        // QuestDB takes the bounds of a moment in either order.
        if dialect == .questdb, operands[0].type == .timestamp {
            let isBetween = try betweenSymmetric(operands)
            return isNegated ? not(isBetween) : isBetween
        }
        let (value, lower, upper) = (operands[0], operands[1], operands[2])
        let isAbove = try compare(.greaterOrEqual, value, lower)
        let isBelow = try compare(.lessOrEqual, value, upper)
        var isBetween = ConstantFolding.logical(.and, [isAbove, isBelow])
        if !value.expression.isSmall, isBetween.constant == nil {
            let bounds = [try Self.comparable(value, lower), try Self.comparable(value, upper)]
            isBetween = .call(.between, [value.expression] + bounds, .boolean)
        }
        return isNegated ? not(isBetween) : isBetween
    }

    /// `x BETWEEN SYMMETRIC a AND b`.
    mutating func betweenSymmetric(
        _ value: Expression,
        _ one: Expression,
        _ other: Expression,
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let isBetween = try betweenSymmetric(try operands([value, one, other]))
        return isNegated ? not(isBetween) : isBetween
    }

    /// `x BETWEEN SYMMETRIC a AND b`: of three operands.
    func betweenSymmetric(_ operands: [Operand]) throws(QueryError) -> BoundExpression {
        let (value, one, other) = (operands[0], operands[1], operands[2])
        func isWithin(_ lower: Operand, _ upper: Operand) throws(QueryError) -> BoundExpression {
            let isAbove = try compare(.greaterOrEqual, value, lower)
            let isBelow = try compare(.lessOrEqual, value, upper)
            return ConstantFolding.logical(.and, [isAbove, isBelow])
        }
        // Spelled out it can be pushed down to a scan; what is large must not stand in a tree several times.
        let isBetween = ConstantFolding.logical(.or, [try isWithin(one, other), try isWithin(other, one)])
        if operands.allSatisfy(\.expression.isSmall) || isBetween.constant != nil { return isBetween }
        var sides = [value]
        for bound in [one, other] {
            sides.append(Operand(expression: try Self.comparable(value, bound), span: bound.span))
        }
        return try Self.call(.betweenSymmetric, sides, .boolean)
    }

    /// `x IN (a, 1, b)`, some of which are no constants.
    func isOneOf(_ value: Operand, _ others: [Operand]) throws(QueryError) -> BoundExpression {
        var equalities: [BoundExpression] = []
        for other in others { equalities.append(try compare(.equal, value, other)) }
        guard !value.expression.isSmall else { return ConstantFolding.logical(.or, equalities) }
        var arguments = [value.expression]
        for other in others { arguments.append(try Self.comparable(value, other)) }
        return .call(.oneOf, arguments, .boolean)
    }

    // MARK: IS

    /// `x IS TRUE`, `x IS NOT FALSE`.
    mutating func isTruth(
        _ expression: Expression,
        _ truth: Bool,
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let value = try operand(expression)
        let condition = try TypeRules.boolean(value, of: truth ? "IS TRUE" : "IS FALSE")
        let wanted = truth ? condition : ConstantFolding.not(condition)
        let operands = [
            Operand(expression: wanted, span: value.span), Operand(expression: .boolean(false), span: value.span),
        ]
        let holds = try Self.call(.coalesce, operands, .boolean)
        return isNegated ? ConstantFolding.not(holds) : holds
    }

    /// `a IS DISTINCT FROM b`: NULL is a value here, and NaN is equal to itself.
    mutating func isDistinct(
        _ left: Expression,
        _ right: Expression,
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let (left, right) = (try operand(left), try operand(right))
        guard let (a, b) = try TypeRules.unified(left, right) else {
            throw QueryError(.type, "cannot compare \(left.typeName) with \(right.typeName)", at: right.span)
        }
        let sides = [Operand(expression: a, span: left.span), Operand(expression: b, span: right.span)]
        let isDistinct = try Self.call(.isDistinct, sides, .boolean)
        return isNegated ? ConstantFolding.not(isDistinct) : isDistinct
    }
}
