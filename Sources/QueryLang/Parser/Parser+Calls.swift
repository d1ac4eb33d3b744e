extension Parser {
    /// The call of a function whose name has been read; `(` is next.
    mutating func call(_ name: Identifier) throws(QueryError) -> Expression {
        try advance()
        let arguments = try arguments()
        try expect(.rightParenthesis)
        var call = FunctionCall(name, arguments)
        if try accept(.over) { call.window = try windowClause() }
        return try node(.call(call), from: name.span.start)
    }

    private mutating func arguments() throws(QueryError) -> FunctionCall.Arguments {
        if token.kind == .symbol(.rightParenthesis) { return .list([]) }
        if token.kind == .symbol(.star) {
            try advance()
            return .all
        }
        if token.keyword == .distinct {
            try advance()
            return .distinct(try expression())
        }
        var arguments: [Expression] = []
        repeat {
            guard arguments.count < QueryLimits.argumentsMax else {
                throw limit("more than \(QueryLimits.argumentsMax) arguments in a call")
            }
            arguments.append(try expression())
        } while try accept(.comma)
        return .list(arguments)
    }

    // MARK: OVER

    /// `OVER` has been read.
    private mutating func windowClause() throws(QueryError) -> WindowClause {
        let start = token.span.start
        try expect(.leftParenthesis)
        var window = WindowClause(span: token.span)
        if try accept(.partition) {
            try expect(.by)
            repeat {
                try checkTerms(window.partition.count, of: "PARTITION BY")
                window.partition.append(try expression())
            } while try accept(.comma)
        }
        if try accept(.order) { window.order = try orderBy() }
        if token.keyword == .rows || token.keyword == .range {
            window.frame = try frame()
        } else {
            expected += [Keyword.rows.rawValue, Keyword.range.rawValue]
        }
        try expect(.rightParenthesis)
        window.span = SourceSpan(start: start, end: previousEnd)
        return window
    }

    /// `ROWS` or `RANGE` is next.
    mutating func frame() throws(QueryError) -> FrameClause {
        let start = token.span.start
        let unit: WindowFrame.Unit = token.keyword == .rows ? .rows : .range
        try advance()
        let (first, last): (FrameClause.Bound, FrameClause.Bound)
        if try accept(.between) {
            first = try bound()
            try expect(.and)
            last = try bound()
        } else {
            first = try bound()
            last = .currentRow
        }
        return FrameClause(unit, from: first, to: last, span: SourceSpan(start: start, end: previousEnd))
    }

    private mutating func bound() throws(QueryError) -> FrameClause.Bound {
        if try accept(.unbounded) { return try isPreceding() ? .unboundedPreceding : .unboundedFollowing }
        if try accept(.current) {
            try expect(.row)
            return .currentRow
        }
        expected.append("a whole number")
        let distance: FrameClause.Distance
        if case .integer(let count) = token.kind, !isIntervalNext {
            try advance()
            distance = .rows(count)
        } else {
            distance = .time(try interval())
        }
        return try isPreceding() ? .preceding(distance) : .following(distance)
    }

    /// Reads PRECEDING or FOLLOWING.
    private mutating func isPreceding() throws(QueryError) -> Bool {
        if try accept(.preceding) { return true }
        try expect(.following)
        return false
    }
}
