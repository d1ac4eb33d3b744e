extension Parser {
    // MARK: Queries

    /// Whether a query begins here: SELECT, WITH, VALUES, `(` before one of them, or a table with clauses behind.
    ///
    /// - Parameters:
    ///   - allowsTable: whether `trades WHERE price > 1` and `FROM trades` count.
    func isQueryNext(allowsTable: Bool = true) -> Bool {
        var ahead = self
        while ahead.token.kind == .symbol(.leftParenthesis) {
            guard (try? ahead.advance()) != nil else { return false }
        }
        switch ahead.token.keyword {
        case .select, .with: return true
        case .values: return ahead.isFollowed(by: .symbol(.leftParenthesis))
        case .from: return allowsTable
        default: return allowsTable && ahead.isTableQueryNext
        }
    }

    /// Whether a table is next of which nothing is selected: what follows it can follow FROM only.
    private var isTableQueryNext: Bool {
        switch token.kind {
        case .word(let word) where !Keyword.isName(word) || Keyword.beginsStatement(word):
            return false
        case .word, .quotedName: break
        default: return false
        }
        var ahead = self
        guard (try? ahead.advance()) != nil else { return false }
        switch ahead.token.kind {
        case .end, .symbol(.semicolon), .symbol(.rightParenthesis): return true
        default: break
        }
        switch ahead.token.keyword {
        case .where, .sample, .group, .latest, .order, .limit, .union, .except, .intersect, .join, .inner, .left,
            .right, .full, .cross, .asof, .lt, .splice, .window:
            return true
        default: return false
        }
    }

    /// Whether what follows IN is a query, and not a list, the first value of which may be a query in parentheses.
    var isQueryOfInNext: Bool {
        guard token.kind == .symbol(.leftParenthesis), isQueryNext(allowsTable: false) else { return false }
        var ahead = self
        guard (try? ahead.advance()) != nil, ahead.token.kind == .symbol(.leftParenthesis) else { return true }
        var open = 0
        repeat {
            switch ahead.token.kind {
            case .symbol(.leftParenthesis): open += 1
            case .symbol(.rightParenthesis): open -= 1
            case .end: return false
            default: break
            }
            guard (try? ahead.advance()) != nil else { return false }
        } while open > 0
        switch ahead.token.keyword {
        case .union, .except, .intersect, .order, .limit: return true
        default: return false
        }
    }

    /// A query with what it may begin and end with: `[WITH …] … [ORDER BY …] [LIMIT …]`.
    mutating func query() throws(QueryError) -> SelectStatement {
        let start = token.span.start
        let with = try commonTables()
        var arm = try setTerm(tighter: false)
        // After a SELECT they have been read; after one in parentheses they are of the whole.
        if token.keyword == .order || token.keyword == .limit, arm.isParenthesised || arm.select.bareSource != nil {
            let span = SourceSpan(start: start, end: previousEnd)
            let isBare = arm.select.bareSource != nil
            arm.select = isBare ? arm.select : SelectStatement(allOf: .query(arm.select), span: span)
            try tail(of: &arm.select)
        }
        guard !with.isEmpty else { return arm.select }
        if arm.isParenthesised, !arm.select.with.isEmpty {
            let span = SourceSpan(start: start, end: previousEnd)
            arm.select = SelectStatement(allOf: .query(arm.select), span: span)
        }
        arm.select.with = with
        return arm.select
    }

    /// A query in parentheses, the left one of which is next.
    mutating func parenthesisedQuery() throws(QueryError) -> SelectStatement {
        depth += QueryLimits.subqueryLevels
        defer { depth -= QueryLimits.subqueryLevels }
        guard depth <= QueryLimits.nestingDepthMax else { throw tooDeep(token.span) }
        try expect(.leftParenthesis)
        let query = try query()
        try expect(.rightParenthesis)
        return query
    }

    // MARK: WITH

    private mutating func commonTables() throws(QueryError) -> [CommonTable] {
        guard try accept(.with) else { return [] }
        if isNext(word: "RECURSIVE") {
            var ahead = self
            try ahead.advance()
            if ahead.token.keyword != .as {
                throw QueryError(.syntax, "WITH RECURSIVE is not supported", at: token.span)
            }
        }
        var tables: [CommonTable] = []
        repeat {
            guard tables.count < QueryLimits.sourcesMax else {
                throw limit("more than \(QueryLimits.sourcesMax) queries in WITH")
            }
            let name = try tableName()
            let columns = try columnNames()
            try expect(.as)
            tables.append(CommonTable(name, columns: columns, try parenthesisedQuery()))
        } while try accept(.comma)
        return tables
    }

    /// `(a, b)`, new names of columns; none if no parenthesis is next.
    mutating func columnNames() throws(QueryError) -> [Identifier] {
        guard token.kind == .symbol(.leftParenthesis) else { return [] }
        try advance()
        var names: [Identifier] = []
        repeat {
            guard names.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) columns")
            }
            names.append(try name("a name"))
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return names
    }

    // MARK: Set operations

    /// One side of a set operation.
    private struct Arm {
        var select: SelectStatement
        /// Whether it stands in parentheses, so that its ORDER BY and LIMIT are its own.
        var isParenthesised: Bool
    }

    /// Queries with UNION and EXCEPT between them, from left to right; `tighter` for those with INTERSECT only.
    private mutating func setTerm(tighter: Bool) throws(QueryError) -> Arm {
        let start = token.span.start
        var left = try tighter ? arm() : setTerm(tighter: true)
        while let operation = setOperation, operation.bindsTighter == tighter {
            if !left.isParenthesised, left.select.hasTail { throw tailBeforeSet(operation) }
            depth += 1
            defer { depth -= 1 }
            guard depth <= QueryLimits.nestingDepthMax else { throw tooDeep(token.span) }
            let words = token.span.start
            try advance()
            let isAll = try accept(.all)
            if !isAll { _ = try accept(.distinct) }
            let span = SourceSpan(start: words, end: previousEnd)
            var right = try tighter ? arm() : setTerm(tighter: true)
            // ORDER BY and LIMIT after the last SELECT are of the whole.
            var order: [OrderItem] = []
            var limit: LimitClause?
            if !right.isParenthesised {
                (order, limit) = (right.select.orderBy, right.select.limit)
                (right.select.orderBy, right.select.limit) = ([], nil)
            }
            let set = SetClause(operation, isAll: isAll, left.select, right.select, span: span)
            setDepth += 1
            guard setDepth <= QueryLimits.sourcesMax else {
                throw self.limit("more than \(QueryLimits.sourcesMax) UNION, EXCEPT and INTERSECT")
            }
            var select = SelectStatement(allOf: .set(set), span: SourceSpan(start: start, end: previousEnd))
            (select.orderBy, select.limit) = (order, limit)
            left = Arm(select: select, isParenthesised: false)
        }
        return left
    }

    private var setOperation: SetOperation? {
        switch token.keyword {
        case .union: .union
        case .except: .except
        case .intersect: .intersect
        default: nil
        }
    }

    private func tailBeforeSet(_ operation: SetOperation) -> QueryError {
        QueryError(
            .syntax,
            "\(operation.rawValue) follows ORDER BY or LIMIT",
            at: token.span,
            hint: "those of the whole stand at its end; put a SELECT with its own into parentheses"
        )
    }

    /// SELECT, VALUES, a table with clauses, or a query in parentheses.
    private mutating func arm() throws(QueryError) -> Arm {
        if token.kind == .symbol(.leftParenthesis) {
            return Arm(select: try parenthesisedQuery(), isParenthesised: true)
        }
        if token.keyword == .values, isFollowed(by: .symbol(.leftParenthesis)) {
            let start = token.span.start
            try advance()
            let rows = try valueRows()
            var select = SelectStatement(allOf: .values(rows), span: SourceSpan(start: start, end: previousEnd))
            try tail(of: &select)
            return Arm(select: select, isParenthesised: false)
        }
        if token.keyword == .from || isTableQueryNext {
            let start = token.span.start
            if token.keyword == .from { try advance() }
            let span = SourceSpan(start: start, end: token.span.end)
            var select = SelectStatement(items: [SelectItem(.all(of: nil), span: span)], source: try source())
            try afterFrom(&select)
            return Arm(select: select, isParenthesised: false)
        }
        try expect(.select)
        return Arm(select: try select(), isParenthesised: false)
    }

    // MARK: VALUES

    private mutating func valueRows() throws(QueryError) -> [[Expression]] {
        var rows: [[Expression]] = []
        repeat {
            guard rows.count < QueryLimits.listValuesMax else {
                throw limit("more than \(QueryLimits.listValuesMax) rows in VALUES")
            }
            let start = token.span.start
            try expect(.leftParenthesis)
            var row: [Expression] = []
            repeat {
                guard row.count < QueryLimits.outputColumnsMax else {
                    throw limit("more than \(QueryLimits.outputColumnsMax) columns in VALUES")
                }
                row.append(try expression())
            } while try accept(.comma)
            try expect(.rightParenthesis)
            if let first = rows.first, first.count != row.count {
                throw QueryError(
                    .syntax,
                    "a row of VALUES has \(row.count) values, the first one \(first.count)",
                    at: SourceSpan(start: start, end: previousEnd)
                )
            }
            rows.append(row)
        } while try accept(.comma)
        return rows
    }
}
