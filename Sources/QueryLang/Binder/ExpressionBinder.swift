import Columnar

/// A value of a list, equal only to itself: text by its bytes, where `String` would take `é` for `e` and an accent.
private struct ListKey: Hashable {
    let value: Scalar
    let bytes: [UInt8]

    init(_ value: Scalar) {
        self.value = value
        if case .text(let text) = value { self.bytes = Array(text.utf8) } else { self.bytes = [] }
    }
}

/// Resolves names and types of expressions over one table.
///
/// An aggregate call becomes `.aggregate(i, …)`, i its index in `aggregates`; all other leaves are columns and
/// constants. ``GroupRewriter`` turns columns into keys afterwards.
struct ExpressionBinder {
    /// Where an expression stands: decides whether aggregates and aliases may be used.
    enum Place: Equatable {
        case filter
        case selectList
        case groupBy
        case orderBy
        case aggregate(String)

        /// What an error calls it.
        var name: String {
            switch self {
            case .filter: "WHERE"
            case .selectList: "SELECT"
            case .groupBy: "GROUP BY"
            case .orderBy: "ORDER BY"
            case .aggregate(let name): "\(name)()"
            }
        }
    }

    /// The table.
    let schema: TableSchema
    /// The columns of the answer with what they are, as ORDER BY sees them; empty until they are known.
    var outputs: [(name: String, expression: BoundExpression)] = []
    /// Names of the select list, for hints.
    var aliases: [String] = []
    /// The aggregate calls met so far, each once.
    private(set) var aggregates: [AggregateCall] = []
    private var aggregateIndices: [AggregateCall: Int] = [:]
    private var place = Place.selectList

    init(schema: TableSchema) { self.schema = schema }

    /// Binds an expression that stands in `place`.
    mutating func bind(_ expression: Expression, in place: Place) throws(QueryError) -> BoundExpression {
        let outer = self.place
        self.place = place
        defer { self.place = outer }
        return try bind(expression)
    }

    private mutating func operand(_ expression: Expression) throws(QueryError) -> Operand {
        Operand(expression: try bind(expression), span: expression.span)
    }

    private mutating func bind(_ expression: Expression) throws(QueryError) -> BoundExpression {
        switch expression.kind {
        case .literal(let literal):
            return try bound(literal, isNegated: false, expression.span)
        case .column(let name):
            return try column(name)
        case .unary(.negate, let operand):
            if case .literal(let literal) = operand.kind {
                return try bound(literal, isNegated: true, expression.span)
            }
            return try TypeRules.negated(self.operand(operand))
        case .unary(.not, let operand):
            return ConstantFolding.not(try TypeRules.boolean(self.operand(operand), of: "NOT"))
        case .binary(let symbol, let left, let right):
            let (left, right) = (try operand(left), try operand(right))
            return symbol.precedence == .comparison
                ? try TypeRules.compare(symbol, left, right) : try TypeRules.arithmetic(symbol, left, right)
        case .logical(let symbol, let operands):
            var bound: [BoundExpression] = []
            for term in operands { bound.append(try TypeRules.boolean(operand(term), of: symbol.rawValue)) }
            return ConstantFolding.logical(symbol, bound)
        case .inList(let operand, let values, let isNegated):
            return try inList(operand, values, isNegated: isNegated)
        case .between(let operand, let lower, let upper, let isNegated):
            let value = try self.operand(operand)
            let isAbove = try TypeRules.compare(.greaterOrEqual, value, self.operand(lower))
            let isBelow = try TypeRules.compare(.lessOrEqual, value, self.operand(upper))
            let isBetween = ConstantFolding.logical(.and, [isAbove, isBelow])
            return isNegated ? ConstantFolding.not(isBetween) : isBetween
        case .isNull(let operand, let isNegated):
            let value = try bind(operand)
            if let constant = value.constant { return .boolean(constant.isNull != isNegated) }
            return .isNull(value, isNegated: isNegated)
        case .call(let name, let arguments):
            return try call(name, arguments, span: expression.span)
        case .callOfAll(let name):
            let function = try signature(of: name)
            guard function.function == .aggregate(.count) else {
                throw QueryError(.semantic, "only count takes *", at: expression.span)
            }
            return try call(name, [], span: expression.span)
        }
    }

    // MARK: Leaves

    private func bound(_ literal: Literal, isNegated: Bool, _ span: SourceSpan) throws(QueryError) -> BoundExpression {
        switch literal {
        case .null: return .null(isNegated ? .int64 : .string)
        case .boolean(let value) where !isNegated: return .boolean(value)
        case .string(let text) where !isNegated: return .literal(.text(text), .string)
        case .boolean, .string: throw QueryError(.type, "'-' takes a number", at: span)
        case .decimal(let value): return .literal(.float64(isNegated ? -value : value), .float64)
        case .integer(let magnitude):
            let value = isNegated ? negative(magnitude) : Int64(exactly: magnitude)
            guard let value else { throw QueryError(.type, "the integer does not fit int64", at: span) }
            return .literal(.int64(value), .int64)
        }
    }

    private func negative(_ magnitude: UInt64) -> Int64? {
        magnitude == Int64.min.magnitude ? .min : Int64(exactly: magnitude).map { -$0 }
    }

    private func column(_ name: Identifier) throws(QueryError) -> BoundExpression {
        if let index = schema.index(of: name.name) { return .column(index, schema.columns[index].type) }
        let wanted = name.name.lowercased()
        if place == .orderBy, let output = outputs.first(where: { $0.name.lowercased() == wanted }) {
            return output.expression
        }
        throw unknownColumn(name)
    }

    /// The error for a name that is no column.
    func unknownColumn(_ name: Identifier) -> QueryError {
        let columns = schema.columns.map(\.name)
        let shown = QueryDiagnostic.shortened(name.name)
        let hint: String
        if aliases.contains(where: { $0.lowercased() == name.name.lowercased() }) {
            hint = "'\(shown)' is an alias of the select list, which \(place.name) does not see"
        } else if let near = NearestName.find(name.name, among: columns + outputs.map(\.name)) {
            hint = "did you mean '\(QueryDiagnostic.shortened(near))'?"
        } else if name.isQuoted {
            hint = "names stand in \"double quotes\", text in 'single quotes'"
        } else {
            hint = "SHOW COLUMNS FROM \(Identifier(schema.name, span: name.span).text) lists the columns"
        }
        return QueryError(.unknownColumn, "unknown column '\(shown)'", at: name.span, expected: columns, hint: hint)
    }

    // MARK: IN

    private mutating func inList(
        _ expression: Expression,
        _ values: [Expression],
        isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let operand = try operand(expression)
        if operand.type == .timestamp, values.count == 1, case .literal(.string(let text)) = values[0].kind {
            let inside = Self.inside(operand.expression, try TypeRules.interval(text, values[0].span))
            return isNegated ? ConstantFolding.not(inside) : inside
        }
        var list: [Scalar] = []
        var seen: Set<ListKey> = []
        var hasNull = false
        for value in values {
            guard let scalar = try listValue(value, of: operand) else { continue }
            if scalar.isNull {
                hasNull = true
            } else if seen.insert(ListKey(scalar)).inserted {
                list.append(scalar)
            }
        }
        guard !operand.expression.isNullConstant else { return .null(.boolean) }
        let isIn = BoundExpression.inList(operand.expression, list, isNegated: isNegated)
        // `x IN (1, NULL)` is true or unknown, and its negation false or unknown.
        return hasNull ? ConstantFolding.logical(isNegated ? .and : .or, [isIn, .null(.boolean)]) : isIn
    }

    /// A value of the operand's type; nil if the operand can never equal it.
    private mutating func listValue(_ expression: Expression, of operand: Operand) throws(QueryError) -> Scalar? {
        let value = try self.operand(expression)
        guard let constant = value.expression.constant else {
            throw QueryError(.semantic, "a list holds constants only", at: value.span)
        }
        if case .float64(let number) = constant, operand.type == .int64 {
            return Int64(exactly: number).map { .int64($0) }
        }
        if let converted = try TypeRules.converted(value, to: operand.type)?.constant { return converted }
        if operand.expression.isNullConstant { return .null }
        throw QueryError(.type, "cannot compare \(operand.typeName) with \(value.typeName)", at: value.span)
    }

    /// `time` in an interval.
    private static func inside(_ time: BoundExpression, _ interval: TimeRange) -> BoundExpression {
        let start = BoundExpression.literal(.timestamp(interval.start), .timestamp)
        let isAfter = BoundExpression.binary(.greaterOrEqual, time, start, .boolean)
        guard interval.end != .max else { return isAfter }
        let end = BoundExpression.literal(.timestamp(interval.end), .timestamp)
        return .binary(.and, isAfter, .binary(.less, time, end, .boolean), .boolean)
    }

    // MARK: Calls

    private func signature(of name: Identifier) throws(QueryError) -> FunctionSignature {
        if let signature = FunctionCatalog.function(named: name.name) { return signature }
        let names = FunctionCatalog.all.map(\.name)
        let near = NearestName.find(name.name, among: names).map { "did you mean '\($0)'?" }
        throw QueryError(
            .unknownFunction,
            "unknown function '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            expected: names,
            hint: near ?? "the functions are " + names.joined(separator: ", ")
        )
    }

    /// The signature of the aggregate that the expression calls; nil if it calls none.
    static func aggregate(_ expression: Expression) -> FunctionSignature? {
        guard case .call(let name, _) = expression.kind, let signature = FunctionCatalog.function(named: name.name),
            case .aggregate = signature.function
        else { return nil }
        return signature
    }

    private mutating func call(
        _ name: Identifier,
        _ arguments: [Expression],
        span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        let signature = try signature(of: name)
        guard case .aggregate(let function) = signature.function else {
            return try scalar(signature, self.arguments(arguments, of: signature, span: span))
        }
        guard signature.columns.isEmpty else {
            let columns = signature.columns.joined(separator: ", ")
            throw QueryError(
                .semantic,
                "\(signature.name)() expands to several columns (\(columns)), so it cannot stand within an expression",
                at: span,
                hint: "it can be an item of the select list"
            )
        }
        return try aggregate(function, arguments, span: span)[0]
    }

    /// Binds a call of an aggregate; one expression for each of its columns.
    mutating func aggregate(
        _ function: AggregateFunction,
        _ arguments: [Expression],
        span: SourceSpan
    ) throws(QueryError) -> [BoundExpression] {
        let signature = FunctionCatalog.signature(of: function)
        switch place {
        case .selectList, .orderBy: break
        case .aggregate(let outer):
            throw QueryError(.semantic, "\(signature.name)() cannot stand within \(outer)()", at: span)
        case .filter, .groupBy:
            throw QueryError(.semantic, "\(signature.name)() cannot stand in \(place.name)", at: span)
        }
        let outer = place
        place = .aggregate(signature.name)
        defer { place = outer }
        var operands = try self.arguments(arguments, of: signature, span: span)
        // count(1) counts rows, as count() does.
        if function == .count { operands.removeAll { $0.expression.constant.map { !$0.isNull } ?? false } }
        let call = AggregateCall(function: function, arguments: operands.map(\.expression))
        let index = aggregateIndices[call] ?? aggregates.count
        if index == aggregates.count {
            aggregates.append(call)
            aggregateIndices[call] = index
        }
        let type =
            switch signature.result {
            case .fixed(let type): type
            case .firstArgument, .common: operands.first?.type ?? .int64
            }
        return (0..<max(signature.columns.count, 1)).map { .aggregate(index, output: $0, type) }
    }

    private mutating func scalar(
        _ signature: FunctionSignature,
        _ operands: [Operand]
    ) throws(QueryError) -> BoundExpression {
        guard case .scalar(let function) = signature.function else { return .null(.string) }
        switch signature.result {
        case .fixed(let type): return .call(function, operands.map(\.expression), type)
        case .firstArgument: return .call(function, operands.map(\.expression), operands.first?.type ?? .float64)
        case .common: return try common(function, operands)
        }
    }

    /// A call whose arguments are all turned into the type that they have in common.
    private func common(_ function: ScalarFunction, _ operands: [Operand]) throws(QueryError) -> BoundExpression {
        let typed = operands.filter { !$0.expression.isNullConstant }
        // A type that a column brings wins over that of a constant, which can be turned into it.
        guard var leader = typed.first(where: { $0.expression.constant == nil }) ?? typed.first else {
            return .null(operands.first?.type ?? .string)
        }
        if leader.type == .int64, let double = typed.first(where: { $0.type == .float64 }) { leader = double }
        var arguments: [BoundExpression] = []
        for operand in operands {
            guard let (argument, _) = try TypeRules.unified(operand, leader) else {
                let types = "\(leader.typeName) and \(operand.typeName)"
                throw QueryError(.type, "\(function.rawValue)() does not take \(types) together", at: operand.span)
            }
            arguments.append(argument)
        }
        return .call(function, arguments, leader.type)
    }

    private mutating func arguments(
        _ expressions: [Expression],
        of signature: FunctionSignature,
        span: SourceSpan
    ) throws(QueryError) -> [Operand] {
        let isTooLong = expressions.count > signature.parameters.count && !signature.isVariadic
        guard expressions.count >= signature.requiredCount, !isTooLong else {
            let count = "\(expressions.count) argument\(expressions.count == 1 ? "" : "s")"
            throw QueryError(
                .semantic,
                "\(signature.name)() does not take \(count)",
                at: span,
                hint: "it is \(signature.text)"
            )
        }
        var operands: [Operand] = []
        for (index, expression) in expressions.enumerated() {
            var operand = try operand(expression)
            let parameter = signature.parameters[min(index, signature.parameters.count - 1)]
            if operand.expression.isNullConstant, !parameter.accepts.accepts(operand.type) {
                operand.expression = .null(parameter.accepts == .integer ? .int64 : .float64)
            }
            guard parameter.accepts.accepts(operand.type) else {
                throw QueryError(
                    .type,
                    "\(signature.name)() takes \(parameter.accepts.rawValue), not \(operand.type.name)",
                    at: operand.span,
                    hint: "it is \(signature.text)"
                )
            }
            operands.append(operand)
        }
        return operands
    }
}
