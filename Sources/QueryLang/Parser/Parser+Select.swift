extension Parser {
    /// The clauses after FROM, by the order that is asked of them.
    private enum Stage: Int {
        case from, filter, shape, having, order, limit
    }

    private static let stages: [(Keyword, Stage)] = [
        (.where, .filter), (.sample, .shape), (.group, .shape), (.latest, .shape), (.having, .having), (.order, .order),
        (.limit, .limit),
    ]

    /// `SELECT` has been read.
    mutating func select() throws(QueryError) -> SelectStatement {
        let isDistinct = token.keyword == .distinct
        if isDistinct { try advance() }
        var items: [SelectItem] = []
        repeat {
            guard items.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) items in the select list")
            }
            items.append(try selectItem())
        } while try accept(.comma)
        try expect(.from)
        var select = SelectStatement(items: items, source: try source())
        select.isDistinct = isDistinct
        while let join = try join() { select.joins.append(join) }
        try clauses(of: &select)
        return select
    }

    private mutating func selectItem() throws(QueryError) -> SelectItem {
        let start = token.span.start
        if token.kind == .symbol(.star) {
            try advance()
            return SelectItem(.all(of: nil), span: SourceSpan(start: start, end: previousEnd))
        }
        if isFollowed(by: .symbol(.dot), .symbol(.star)), let qualifier = try acceptName() {
            try advance()
            try advance()
            return SelectItem(.all(of: qualifier), span: SourceSpan(start: start, end: previousEnd))
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
        while let (keyword, place) = Parser.stages.first(where: { $0.0 == token.keyword }) {
            let span = token.span
            guard seen.insert(keyword).inserted else {
                throw QueryError(.syntax, "\(keyword.rawValue) stands twice", at: span)
            }
            guard place.rawValue >= stage.rawValue else { throw misplaced(keyword, select) }
            stage = place
            try advance()
            try clause(keyword, start: span.start, into: &select)
        }
        for (keyword, place) in Parser.stages where place.rawValue >= stage.rawValue && !seen.contains(keyword) {
            expected.append(keyword.rawValue)
        }
    }

    private func misplaced(_ keyword: Keyword, _ select: SelectStatement) -> QueryError {
        let hint: String? =
            keyword == .where && select.latest != nil
            ? "WHERE filters rows before the latest of them is taken" : nil
        let order = "the order is FROM, WHERE, SAMPLE BY / GROUP BY / LATEST, HAVING, ORDER BY, LIMIT"
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
        case .having: select.having = try expression()
        case .order: select.orderBy = try orderBy()
        default: select.limit = try limit()
        }
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
        var time: ColumnReference?
        if try accept(.on) {
            time = try column()
            try expect(.partition)
        }
        try expect(.by)
        var keys: [ColumnReference] = []
        repeat {
            try checkTerms(keys.count, of: "LATEST")
            keys.append(try column())
        } while try accept(.comma)
        return LatestClause(time: time, keys: keys, span: SourceSpan(start: start, end: previousEnd))
    }

    /// `ORDER` has been read.
    mutating func orderBy() throws(QueryError) -> [OrderItem] {
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

    func checkTerms(_ count: Int, of clause: String) throws(QueryError) {
        guard count < QueryLimits.termsMax else {
            throw limit("more than \(QueryLimits.termsMax) terms in \(clause)")
        }
    }

    // MARK: LIMIT

    private mutating func limit() throws(QueryError) -> LimitClause {
        let start = token.span.start
        let first = try place()
        let range: RowRange
        if try accept(.comma) {
            range = RowRange(lower: first, upper: try place())
        } else if try accept(.offset) {
            range = try rows(first, from: start)
        } else {
            range = first < 0 ? RowRange(lower: first, upper: nil) : RowRange(lower: 0, upper: first)
        }
        return LimitClause(range, span: SourceSpan(start: start, end: previousEnd))
    }

    /// `LIMIT count OFFSET`, from the count at `start`; the offset is next.
    private mutating func rows(_ count: Int, from start: Int) throws(QueryError) -> RowRange {
        let offset = try place()
        let span = SourceSpan(start: start, end: previousEnd)
        guard count >= 0, offset >= 0 else {
            throw QueryError(
                .semantic,
                "LIMIT with OFFSET counts from the first row, so neither can be negative",
                at: span,
                hint: "LIMIT -10, -5 gives the rows from the tenth to the sixth from the end"
            )
        }
        let (end, overflow) = offset.addingReportingOverflow(count)
        return RowRange(lower: offset, upper: overflow ? Int.max : end)
    }

    /// The number of a row; negative ones count from the end.
    private mutating func place() throws(QueryError) -> Int {
        let start = token.span.start
        let isNegative = token.kind == .symbol(.minus)
        if isNegative { try advance() }
        guard case .integer(let digits) = token.kind else {
            expected.append("a whole number")
            throw unexpected()
        }
        guard let magnitude = Int(exactly: digits) else {
            throw QueryError(
                .semantic,
                "the LIMIT does not fit int64",
                at: SourceSpan(start: start, end: token.span.end)
            )
        }
        try advance()
        return isNegative ? -magnitude : magnitude
    }
}
