extension Parser {
    /// An expression whose operators all bind at least as tightly as `minimum`.
    mutating func expression(_ minimum: Precedence = .or) throws(QueryError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= QueryLimits.nestingDepthMax else { throw tooDeep(token.span) }
        let start = token.span.start
        var left = try prefix(minimum)
        while let next = try continuation(of: left, start: start, minimum) { left = next }
        return left
    }

    /// A node from `start` to the last token read, unless the tree gets too high. Read the operands before the call:
    /// in an argument they would come after `self` is taken.
    func node(_ kind: Expression.Kind, from start: Int) throws(QueryError) -> Expression {
        let node = Expression(kind, span: SourceSpan(start: start, end: previousEnd))
        guard node.height <= QueryLimits.nestingDepthMax else { throw tooDeep(node.span) }
        return node
    }

    func tooDeep(_ span: SourceSpan) -> QueryError {
        QueryError(.limit, "more than \(QueryLimits.nestingDepthMax) operators or parentheses in one another", at: span)
    }

    // MARK: Operators after an operand

    /// `left` and the operator that follows it with its other operands; nil if none follows that binds tightly enough.
    private mutating func continuation(
        of left: Expression,
        start: Int,
        _ minimum: Precedence
    ) throws(QueryError) -> Expression? {
        switch token.kind {
        case .symbol(let symbol):
            return try operation(symbol, left, start, minimum)
        case .word:
            switch token.keyword {
            case .and where minimum <= .and: return try logical(.and, .and, left, start)
            case .or where minimum <= .or: return try logical(.or, .or, left, start)
            case .in, .between, .is, .not, .like, .ilike:
                return minimum <= .comparison ? try predicate(on: left, start) : nil
            default: return nil
            }
        default:
            return nil
        }
    }

    private mutating func operation(
        _ symbol: Token.Symbol,
        _ left: Expression,
        _ start: Int,
        _ minimum: Precedence
    ) throws(QueryError) -> Expression? {
        if let infix = InfixOperator(rawValue: symbol.rawValue), infix.precedence >= minimum {
            try advance()
            let right = try expression(infix.precedence.tighter)
            return try node(.infix(infix, left, right), from: start)
        }
        if symbol == .cast, minimum <= .cast {
            try advance()
            let type = try typeName()
            return try node(.cast(left, type), from: start)
        }
        guard let symbol = symbol.binaryOperator, symbol.precedence >= minimum else { return nil }
        try advance()
        allowsUnit = symbol.precedence == .sum
        let right = try expression(symbol.precedence.tighter)
        return try node(.binary(symbol, left, right), from: start)
    }

    private mutating func logical(
        _ symbol: LogicalOperator,
        _ keyword: Keyword,
        _ first: Expression,
        _ start: Int
    ) throws(QueryError) -> Expression {
        var operands: [Expression] = []
        func flatten(_ operand: Expression) {
            if case .logical(symbol, let inner) = operand.kind {
                operands += inner
            } else {
                operands.append(operand)
            }
        }
        flatten(first)
        while token.keyword == keyword {
            try advance()
            flatten(try expression(symbol.precedence.tighter))
        }
        return try node(.logical(symbol, operands), from: start)
    }

    private mutating func predicate(on operand: Expression, _ start: Int) throws(QueryError) -> Expression {
        if try accept(.is) { return try isPredicate(on: operand, start) }
        let isNegated = try accept(.not)
        if token.keyword == .like || token.keyword == .ilike {
            return try like(operand, isNegated: isNegated, start)
        }
        if try accept(.in) {
            if isQueryOfInNext {
                let query = try parenthesisedQuery()
                return try node(.inQuery(operand, query, isNegated: isNegated), from: start)
            }
            let values = try listValues()
            return try node(.inList(operand, values, isNegated: isNegated), from: start)
        }
        if isNegated { expected += [Keyword.like.rawValue, Keyword.ilike.rawValue] }
        return try between(operand, isNegated: isNegated, start)
    }

    private mutating func listValues() throws(QueryError) -> [Expression] {
        if case .string = token.kind { return [try expression(.primary)] }
        try expect(.leftParenthesis)
        var values: [Expression] = []
        repeat {
            guard values.count < QueryLimits.listValuesMax else {
                throw limit("more than \(QueryLimits.listValuesMax) values in a list")
            }
            values.append(try expression())
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return values
    }

    // MARK: Operands

    private mutating func prefix(_ minimum: Precedence) throws(QueryError) -> Expression {
        let start = token.span.start
        let allowsUnit = allowsUnit
        self.allowsUnit = false
        if allowsUnit, let duration = try countAndUnit() { return duration }
        // `a = NOT b` needs parentheses, as in SQL: with them the printer would need more than the text had.
        if token.keyword == .not, minimum <= .not {
            try advance()
            let operand = try expression(.not)
            return try node(.unary(.not, operand), from: start)
        }
        switch token.kind {
        case .symbol(.minus):
            try advance()
            let operand = try expression(.sign)
            return try node(.unary(.negate, operand), from: start)
        case .symbol(.plus):
            try advance()
            return try expression(.sign)
        case .symbol(.tilde):
            try advance()
            let operand = try expression(.sign)
            return try node(.complement(operand), from: start)
        default:
            return try primary()
        }
    }

    private mutating func primary() throws(QueryError) -> Expression {
        let start = token.span.start
        if let literal {
            try advance()
            return try node(.literal(literal), from: start)
        }
        if token.kind == .symbol(.leftParenthesis) {
            if isQueryNext(allowsTable: false) { return try query(from: start) }
            try advance()
            let inner = try expression()
            try expect(.rightParenthesis)
            return inner
        }
        if case .interval = token.kind { return try duration() }
        if case .parameter(let key) = token.kind { return try parameter(key) }
        if token.keyword == .case { return try caseClause() }
        if token.keyword == .cast || isTryCast { return try cast() }
        if let exists = try exists() { return exists }
        if let interval = try intervalOperand() { return interval }
        if let moment = try typedText() { return moment }
        guard let name = try acceptName() else {
            expected.append("an expression")
            throw unexpected()
        }
        if token.kind == .symbol(.leftParenthesis) {
            if let extraction = try extraction(name) { return extraction }
            return try call(name)
        }
        let column = try qualified(name)
        return try node(.column(column), from: start)
    }

    private var isTryCast: Bool {
        guard case .word(let word) = token.kind, word.uppercased() == "TRY_CAST" else { return false }
        return isFollowed(by: .symbol(.leftParenthesis))
    }

    /// `EXISTS (SELECT …)`; nil if that is not what comes: `exists` can be a name.
    private mutating func exists() throws(QueryError) -> Expression? {
        let start = token.span.start
        guard token.keyword == .exists, isFollowed(by: .symbol(.leftParenthesis)) else { return nil }
        var ahead = self
        try ahead.advance()
        guard ahead.isQueryNext(allowsTable: false) else { return nil }
        self = ahead
        let query = try parenthesisedQuery()
        return try node(.exists(query), from: start)
    }

    /// A query in parentheses as a value, or an expression in parentheses that begins with one: `((SELECT 1) + 2)`.
    private mutating func query(from start: Int) throws(QueryError) -> Expression {
        var ahead = self
        try ahead.advance()
        if ahead.token.kind == .symbol(.leftParenthesis) {
            // One pair of parentheses more than the query has may be those of an expression.
            let inner = try ahead.expression()
            if ahead.token.kind == .symbol(.rightParenthesis) {
                try ahead.advance()
                self = ahead
                return inner
            }
        }
        let query = try parenthesisedQuery()
        return try node(.query(query), from: start)
    }

    /// The literal that is next.
    var literal: Literal? {
        switch token.kind {
        case .integer(let value): .integer(value)
        case .decimal(let value): .decimal(value)
        case .string(let text): .string(text)
        case .word:
            switch token.keyword {
            case .null: .null
            case .true: .boolean(true)
            case .false: .boolean(false)
            default: nil
            }
        default: nil
        }
    }
}

extension Token.Symbol {
    /// The operator that the symbol is between two operands.
    var binaryOperator: BinaryOperator? {
        switch self {
        case .plus, .minus, .star, .slash, .percent, .equal, .notEqual, .less, .lessOrEqual, .greater,
            .greaterOrEqual:
            BinaryOperator(rawValue: rawValue)
        case .leftParenthesis, .rightParenthesis, .comma, .dot, .semicolon, .concatenate, .ampersand, .bar, .caret,
            .tilde, .shiftLeft, .shiftRight, .cast, .matchesAnyCase, .doesNotMatch, .doesNotMatchAnyCase:
            nil
        }
    }
}
