extension Parser {
    /// The clauses after WHERE, by the order that is asked of them.
    private enum Stage: Int {
        case from, filter, shape, order, limit
    }

    /// `SELECT` has been read.
    mutating func select() throws(QueryError) -> SelectStatement {
        if case .word(let word) = token.kind, word.uppercased() == "DISTINCT" { throw unexpected() }
        var items: [SelectItem] = []
        repeat {
            guard items.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) items in the select list")
            }
            items.append(try selectItem())
        } while try accept(.comma)
        try expect(.from)
        var select = SelectStatement(items: items, table: try tableName())
        try clauses(of: &select)
        return select
    }

    private mutating func selectItem() throws(QueryError) -> SelectItem {
        let start = token.span.start
        if token.kind == .symbol(.star) {
            try advance()
            return SelectItem(.all, span: SourceSpan(start: start, end: previousEnd))
        }
        let expression = try expression()
        var alias: Identifier?
        if try accept(.as) {
            alias = try name("a name")
        } else {
            alias = try acceptName()
            impliedAlias = alias ?? impliedAlias
        }
        return SelectItem(.expression(expression, alias: alias), span: SourceSpan(start: start, end: previousEnd))
    }

    /// Each clause once. SAMPLE BY, GROUP BY and LATEST may stand in any order: they are one shape.
    private mutating func clauses(of select: inout SelectStatement) throws(QueryError) {
        var stage = Stage.from
        var seen: Set<Keyword> = []
        let order: [(Keyword, Stage)] = [
            (.where, .filter), (.sample, .shape), (.group, .shape), (.latest, .shape), (.order, .order),
            (.limit, .limit),
        ]
        while let (keyword, place) = order.first(where: { $0.0 == token.keyword }) {
            let span = token.span
            guard seen.insert(keyword).inserted else {
                throw QueryError(.syntax, "\(keyword.rawValue) stands twice", at: span)
            }
            guard place.rawValue >= stage.rawValue else { throw misplaced(keyword, select) }
            stage = place
            try advance()
            try clause(keyword, start: span.start, into: &select)
        }
        for (keyword, place) in order where place.rawValue >= stage.rawValue && !seen.contains(keyword) {
            expected.append(keyword.rawValue)
        }
    }

    private func misplaced(_ keyword: Keyword, _ select: SelectStatement) -> QueryError {
        let hint: String? =
            keyword == .where && select.latest != nil
            ? "WHERE filters rows before the latest of them is taken" : nil
        let order = "the order is FROM, WHERE, SAMPLE BY / GROUP BY / LATEST, ORDER BY, LIMIT"
        return QueryError(.syntax, "\(keyword.rawValue) stands too late: \(order)", at: token.span, hint: hint)
    }

    private mutating func clause(
        _ keyword: Keyword,
        start: Int,
        into select: inout SelectStatement
    ) throws(QueryError) {
        switch keyword {
        case .where: select.filter = try expression()
        case .sample: select.sampleBy = try sample(start: start)
        case .group: select.groupBy = try groupBy()
        case .latest: select.latest = try latest(start: start)
        case .order: select.orderBy = try orderBy()
        default: select.limit = try limitCount()
        }
    }

    private mutating func sample(start: Int) throws(QueryError) -> SampleClause {
        try expect(.by)
        guard case .interval(let interval) = token.kind else {
            expected.append("an interval such as 1m")
            throw unexpected()
        }
        guard interval.count > 0, interval.nanoseconds != nil else {
            let why = interval.count == 0 ? "an interval cannot be empty" : "the interval is longer than 292 years"
            throw QueryError(.semantic, why, at: token.span)
        }
        try advance()
        return SampleClause(interval, span: SourceSpan(start: start, end: previousEnd))
    }

    private mutating func groupBy() throws(QueryError) -> [Expression] {
        try expect(.by)
        var terms: [Expression] = []
        repeat {
            try checkTerms(terms.count, of: "GROUP BY")
            terms.append(try expression())
        } while try accept(.comma)
        return terms
    }

    private mutating func latest(start: Int) throws(QueryError) -> LatestClause {
        var time: Identifier?
        if try accept(.on) {
            time = try name("a column")
            try expect(.partition)
        }
        try expect(.by)
        var keys: [Identifier] = []
        repeat {
            try checkTerms(keys.count, of: "LATEST")
            keys.append(try name("a column"))
        } while try accept(.comma)
        return LatestClause(time: time, keys: keys, span: SourceSpan(start: start, end: previousEnd))
    }

    private mutating func orderBy() throws(QueryError) -> [OrderItem] {
        try expect(.by)
        var terms: [OrderItem] = []
        repeat {
            try checkTerms(terms.count, of: "ORDER BY")
            let start = token.span.start
            let expression = try expression()
            var isDescending = false
            if try !accept(.asc) { isDescending = try accept(.desc) }
            let span = SourceSpan(start: start, end: previousEnd)
            terms.append(OrderItem(expression, isDescending: isDescending, span: span))
        } while try accept(.comma)
        return terms
    }

    private mutating func limitCount() throws(QueryError) -> LimitClause {
        guard case .integer(let digits) = token.kind else {
            expected.append("a whole number")
            throw unexpected()
        }
        guard let count = Int(exactly: digits) else {
            throw QueryError(.semantic, "the LIMIT does not fit int64", at: token.span)
        }
        let span = token.span
        try advance()
        return LimitClause(count, span: span)
    }

    private func checkTerms(_ count: Int, of clause: String) throws(QueryError) {
        guard count < QueryLimits.termsMax else {
            throw limit("more than \(QueryLimits.termsMax) terms in \(clause)")
        }
    }
}
