extension Parser {
    /// A table or a sub-query, with its alias.
    mutating func source() throws(QueryError) -> SourceClause {
        let start = token.span.start
        sourceCount += 1
        guard sourceCount <= QueryLimits.sourcesMax else {
            throw limit("more than \(QueryLimits.sourcesMax) tables and sub-queries")
        }
        let kind: SourceClause.Kind =
            if token.kind == .symbol(.leftParenthesis) { .query(try subquery()) } else { .table(try tableName()) }
        var alias: Identifier?
        if try accept(.as) {
            alias = try name("a name")
        } else {
            alias = try acceptName(where: Keyword.isSourceAlias)
            impliedAlias = alias ?? impliedAlias
        }
        return SourceClause(kind, alias: alias, span: SourceSpan(start: start, end: previousEnd))
    }

    private mutating func subquery() throws(QueryError) -> SelectStatement {
        depth += QueryLimits.subqueryLevels
        defer { depth -= QueryLimits.subqueryLevels }
        guard depth <= QueryLimits.nestingDepthMax else { throw tooDeep(token.span) }
        try advance()
        try expect(.select)
        let select = try select()
        try expect(.rightParenthesis)
        return select
    }

    // MARK: Joins

    /// The join that is next; nil if none is.
    mutating func join() throws(QueryError) -> JoinClause? {
        let start = token.span.start
        if case .word(let word) = token.kind, Keyword.isUnsupportedJoin(word) {
            throw QueryError(.syntax, "\(word.uppercased()) JOIN is not supported", at: token.span)
        }
        guard let kind = try joinKind() else { return nil }
        let words = SourceSpan(start: start, end: previousEnd)
        let source = try source()
        let constraint = try constraint()
        switch kind {
        case .asof, .lt:
            guard try accept(.tolerance) else { return JoinClause(kind, source, on: constraint, span: words) }
            let tolerance = try interval()
            let isStrict = if case .lt = kind { true } else { false }
            let limited: JoinClause.Kind = isStrict ? .lt(tolerance: tolerance) : .asof(tolerance: tolerance)
            if token.keyword == .on, constraint == nil {
                throw QueryError(.syntax, "ON stands before TOLERANCE", at: token.span)
            }
            return JoinClause(limited, source, on: constraint, span: words)
        case .inner, .left:
            guard constraint != nil else { throw unexpected() }
            return JoinClause(kind, source, on: constraint, span: words)
        case .window:
            return JoinClause(try window(), source, on: constraint, span: words)
        }
    }

    /// Reads the words up to JOIN. What follows the source is not in the kind yet.
    private mutating func joinKind() throws(QueryError) -> JoinClause.Kind? {
        let kind: JoinClause.Kind
        if try accept(.join) { return .inner }
        if try accept(.inner) {
            kind = .inner
        } else if try accept(.left) {
            _ = try accept(.outer)
            kind = .left
        } else if try accept(.asof) {
            kind = .asof(tolerance: nil)
        } else if try accept(.lt) {
            kind = .lt(tolerance: nil)
        } else if token.keyword == .window {
            let span = token.span
            try advance()
            kind = .window(
                FrameClause(.range, from: .currentRow, to: .currentRow, span: span),
                includesPrevailing: true
            )
        } else {
            expected.append(Keyword.window.rawValue)
            return nil
        }
        try expect(.join)
        return kind
    }

    private mutating func window() throws(QueryError) -> JoinClause.Kind {
        guard token.keyword == .range else {
            expected.append(Keyword.range.rawValue)
            throw unexpected()
        }
        let range = try frame()
        var includesPrevailing = true
        if try accept(.include) {
            try expect(.prevailing)
        } else if try accept(.exclude) {
            try expect(.prevailing)
            includesPrevailing = false
        }
        return .window(range, includesPrevailing: includesPrevailing)
    }

    // MARK: ON

    private mutating func constraint() throws(QueryError) -> JoinClause.Constraint? {
        guard try accept(.on) else { return nil }
        if let names = try columnList() { return .columns(names) }
        let condition = try expression()
        if case .column(let column) = condition.kind, column.qualifier == nil { return .columns([column.name]) }
        return .condition(condition)
    }

    /// `(a, b)`; nil, without moving, if an expression begins here instead.
    private mutating func columnList() throws(QueryError) -> [Identifier]? {
        guard token.kind == .symbol(.leftParenthesis) else { return nil }
        var ahead = self
        try ahead.advance()
        var names: [Identifier] = []
        repeat {
            try ahead.checkTerms(names.count, of: "ON")
            guard let name = try ahead.acceptName() else { return nil }
            names.append(name)
        } while try ahead.accept(.comma)
        guard ahead.token.kind == .symbol(.rightParenthesis) || names.count > 1 else { return nil }
        try ahead.expect(.rightParenthesis)
        // `(a) = b` is an expression.
        guard names.count > 1 || !ahead.isOperatorNext else { return nil }
        self = ahead
        return names
    }

    /// Whether an operator is next that can stand after an operand.
    private var isOperatorNext: Bool {
        switch token.kind {
        case .symbol(let symbol): symbol.binaryOperator != nil
        default:
            switch token.keyword {
            case .and, .or, .in, .between, .is, .not: true
            default: false
            }
        }
    }
}
