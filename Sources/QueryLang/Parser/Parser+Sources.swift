extension Parser {
    /// A table, a table function or a query in parentheses, with its alias.
    mutating func source() throws(QueryError) -> SourceClause {
        let start = token.span.start
        sourceCount += 1
        guard sourceCount <= QueryLimits.sourcesMax else {
            throw limit("more than \(QueryLimits.sourcesMax) tables and sub-queries")
        }
        let kind = try sourceKind()
        let timestamp = try sourceTimestamp()
        var alias: Identifier?
        var columns: [Identifier] = []
        if try accept(.as) {
            alias = try name("a name")
        } else {
            alias = try acceptName(where: Keyword.isSourceAlias)
            impliedAlias = alias ?? impliedAlias
        }
        if alias != nil { columns = try columnNames() }
        return SourceClause(
            kind,
            timestamp: timestamp,
            alias: alias,
            columns: columns,
            span: SourceSpan(start: start, end: previousEnd)
        )
    }

    /// `TIMESTAMP (column)`; nil if that is not what comes: it can be an alias.
    private mutating func sourceTimestamp() throws(QueryError) -> Identifier? {
        guard isNext(word: "TIMESTAMP"), isFollowed(by: .symbol(.leftParenthesis)) else { return nil }
        try advance()
        try advance()
        let column = try name("a column")
        try expect(.rightParenthesis)
        return column
    }

    private mutating func sourceKind() throws(QueryError) -> SourceClause.Kind {
        if token.kind == .symbol(.leftParenthesis) {
            let query = try parenthesisedQuery()
            return query.bareSource ?? .query(query)
        }
        let name = try tableName()
        guard token.kind == .symbol(.leftParenthesis), !name.isQuoted else { return .table(name) }
        let call = try call(name)
        guard case .call(let call) = call.kind, call.window == nil, case .list = call.arguments else {
            throw QueryError(.syntax, "'\(QueryDiagnostic.shortened(name.name))' gives no rows", at: call.span)
        }
        return .function(call)
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
        case .cross:
            guard constraint == nil else {
                throw QueryError(.syntax, "CROSS JOIN has no ON", at: words, hint: "write JOIN")
            }
            return JoinClause(kind, source, on: nil, span: words)
        case .splice: return JoinClause(kind, source, on: constraint, span: words)
        case .inner, .left, .right, .full:
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
        if token.kind == .symbol(.comma) {
            try advance()
            return .cross
        }
        if try accept(.inner) {
            kind = .inner
        } else if try accept(.left) {
            _ = try accept(.outer)
            kind = .left
        } else if try accept(.right) {
            _ = try accept(.outer)
            kind = .right
        } else if try accept(.full) {
            _ = try accept(.outer)
            kind = .full
        } else if try accept(.cross) {
            kind = .cross
        } else if try accept(.splice) {
            kind = .splice
        } else if try accept(.asof) {
            kind = .asof(tolerance: nil)
        } else if try accept(.lt) {
            kind = .lt(tolerance: nil)
        } else if token.keyword == .window, isFollowed(byWord: Keyword.join.rawValue) {
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
