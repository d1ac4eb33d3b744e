extension Parser {
    /// The clauses after FROM, by the order that is asked of them.
    private enum Stage: Int {
        case from, filter, shape, having, window, order, limit
    }

    private static let stages: [(Keyword, Stage)] = [
        (.where, .filter), (.sample, .shape), (.group, .shape), (.latest, .shape), (.having, .having),
        (.window, .window), (.order, .order), (.limit, .limit),
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
            // A comma too many is forgiven, as QuestDB does.
            if token.kind == .symbol(.comma), isFollowed(byWord: Keyword.from.rawValue) { try advance(); break }
        } while try accept(.comma)
        var select = SelectStatement(items: items, source: try selectSource())
        select.isDistinct = isDistinct
        try afterFrom(&select)
        return select
    }

    /// FROM with its source; without FROM, something must follow that can.
    private mutating func selectSource() throws(QueryError) -> SourceClause {
        if try accept(.from) { return try source() }
        switch token.kind {
        case .end, .symbol(.semicolon), .symbol(.rightParenthesis): break
        default:
            let isClause = Parser.stages.contains { $0.0 == token.keyword }
            let isSet = token.keyword == .union || token.keyword == .except || token.keyword == .intersect
            guard isClause || isSet else { throw unexpected() }
        }
        return SourceClause(.nothing, span: SourceSpan(start: previousEnd, end: previousEnd))
    }

    /// The joins and clauses after FROM.
    mutating func afterFrom(_ select: inout SelectStatement) throws(QueryError) {
        if select.source.kind != .nothing {
            while let join = try join() { select.joins.append(join) }
        }
        try clauses(of: &select, from: .from)
    }

    /// ORDER BY and LIMIT of a query that is no SELECT.
    mutating func tail(of select: inout SelectStatement) throws(QueryError) {
        try clauses(of: &select, from: .order)
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
        let span = SourceSpan(start: start, end: previousEnd)
        // A column gives its name, an alias is one.
        let isNamed = if case .column = expression.kind { true } else { alias != nil }
        let text = isNamed ? nil : String(decoding: lexer.bytes[start..<previousEnd], as: UTF8.self)
        return SelectItem(.expression(expression, alias: alias), span: span, text: text)
    }

    /// Each clause once. SAMPLE BY, GROUP BY and LATEST may stand in any order: they are one shape.
    private mutating func clauses(of select: inout SelectStatement, from first: Stage) throws(QueryError) {
        var stage = first
        var seen: Set<Keyword> = []
        while let (keyword, place) = Parser.stages.first(where: { $0.0 == token.keyword }) {
            let span = token.span
            guard seen.insert(keyword).inserted else {
                throw QueryError(.syntax, "\(keyword.rawValue) stands twice", at: span)
            }
            // QuestDB's older order, `LATEST BY symbol WHERE …`, means the same.
            let isAfterLatest = keyword == .where && stage == .shape && seen.subtracting([.where]) == [.latest]
            guard place.rawValue >= stage.rawValue || isAfterLatest else { throw misplaced(keyword) }
            stage = isAfterLatest ? stage : place
            try advance()
            try clause(keyword, start: span.start, into: &select)
        }
        for (keyword, place) in Parser.stages where place.rawValue >= stage.rawValue && !seen.contains(keyword) {
            expected.append(keyword.rawValue)
        }
    }

    private func misplaced(_ keyword: Keyword) -> QueryError {
        let order = "the order is FROM, WHERE, SAMPLE BY / GROUP BY / LATEST, HAVING, WINDOW, ORDER BY, LIMIT"
        return QueryError(.syntax, "\(keyword.rawValue) stands too late: \(order)", at: token.span)
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
        case .window: select.windows = try namedWindows()
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
            let nulls = try nullsPlace()
            let span = SourceSpan(start: start, end: previousEnd)
            terms.append(OrderItem(expression, isDescending: isDescending, nulls: nulls, span: span))
        } while try accept(.comma)
        return terms
    }

    /// `NULLS FIRST` or `NULLS LAST`.
    private mutating func nullsPlace() throws(QueryError) -> NullsPlace? {
        guard try accept(word: "NULLS") else { return nil }
        if try accept(.first) { return .first }
        guard try accept(word: "LAST") else { throw unexpected() }
        return .last
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

    /// The number of a row, or a sum or product of whole numbers; negative ones count from the end.
    private mutating func place() throws(QueryError) -> Int {
        let start = token.span.start
        if token.kind == .symbol(.minus) || token.kind == .symbol(.plus) {
            var ahead = self
            try ahead.advance()
            switch ahead.token.kind {
            case .integer, .symbol: break
            default: self = ahead
            }
        }
        switch token.kind {
        case .integer, .symbol(.minus), .symbol(.plus), .symbol(.leftParenthesis): break
        default:
            expected.append("a whole number")
            throw unexpected()
        }
        let expression = try expression(.sum)
        guard let value = ConstantPlace.value(of: expression) else {
            throw QueryError(
                .semantic,
                ConstantPlace.isOfIntegers(expression)
                    ? "the LIMIT does not fit int64" : "LIMIT takes whole numbers, and + - * / of them",
                at: SourceSpan(start: start, end: previousEnd)
            )
        }
        return value
    }
}

/// The whole number that an expression of constants in LIMIT gives.
private enum ConstantPlace {
    /// Nil if it does not fit, or is of something else.
    static func value(of expression: Expression) -> Int? {
        switch expression.kind {
        case .literal(.integer(let digits)): return Int(exactly: digits)
        case .unary(.negate, let operand):
            return value(of: operand).flatMap { $0 == .min ? nil : -$0 }
        case .binary(let symbol, let left, let right):
            guard let left = value(of: left), let right = value(of: right) else { return nil }
            let result: (partialValue: Int, overflow: Bool)
            switch symbol {
            case .add: result = left.addingReportingOverflow(right)
            case .subtract: result = left.subtractingReportingOverflow(right)
            case .multiply: result = left.multipliedReportingOverflow(by: right)
            case .divide where right != 0: result = left.dividedReportingOverflow(by: right)
            default: return nil
            }
            return result.overflow ? nil : result.partialValue
        default: return nil
        }
    }

    static func isOfIntegers(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .literal(.integer): true
        case .unary(.negate, let operand): isOfIntegers(operand)
        case .binary(let symbol, let left, let right):
            symbol.precedence > .comparison && isOfIntegers(left) && isOfIntegers(right)
        default: false
        }
    }
}
