extension Parser {
    // MARK: Before OVER

    /// Reads `IGNORE NULLS` or `RESPECT NULLS` if it is next. Without NULLS these words are names.
    mutating func nullTreatment() throws(QueryError) -> FunctionCall.NullTreatment? {
        for treatment in FunctionCall.NullTreatment.allCases
        where isNext(word: treatment.rawValue) && isFollowed(byWord: "NULLS") {
            try advance()
            try advance()
            return treatment
        }
        return nil
    }

    /// Reads `FILTER (WHERE condition)` if it is next. Without a parenthesis the word is a name.
    mutating func aggregateFilter() throws(QueryError) -> Expression? {
        guard isNext(word: "FILTER"), isFollowed(by: .symbol(.leftParenthesis)) else { return nil }
        try advance()
        try advance()
        try expect(.where)
        let condition = try expression()
        try expect(.rightParenthesis)
        return condition
    }

    // MARK: Windows

    /// `OVER` has been read: a name or a window in parentheses.
    mutating func overClause() throws(QueryError) -> WindowClause {
        if let name = try acceptName() { return WindowClause(base: name, span: name.span) }
        expected.append("the name of a window")
        return try windowClause()
    }

    /// `WINDOW` has been read: windows with names.
    mutating func namedWindows() throws(QueryError) -> [NamedWindow] {
        var windows: [NamedWindow] = []
        repeat {
            try checkTerms(windows.count, of: "WINDOW")
            let name = try name("the name of a window")
            try expect(.as)
            windows.append(NamedWindow(name, try windowClause()))
        } while try accept(.comma)
        return windows
    }

    private mutating func windowClause() throws(QueryError) -> WindowClause {
        let start = token.span.start
        try expect(.leftParenthesis)
        var window = WindowClause(span: token.span)
        window.base = try baseWindow()
        if try accept(.partition) {
            try expect(.by)
            repeat {
                try checkTerms(window.partition.count, of: "PARTITION BY")
                window.partition.append(try expression())
            } while try accept(.comma)
        }
        if try accept(.order) { window.order = try orderBy() }
        window.frame = try windowFrame()
        try expect(.rightParenthesis)
        window.span = SourceSpan(start: start, end: previousEnd)
        return window
    }

    /// The name of a window; nil, without moving, if none is next, or nothing that can follow it.
    private mutating func baseWindow() throws(QueryError) -> Identifier? {
        if isWindowPartNext { return nil }
        var ahead = self
        guard let name = try ahead.acceptName() else { return nil }
        guard ahead.token.kind == .symbol(.rightParenthesis) || ahead.isWindowPartNext else { return nil }
        self = ahead
        return name
    }

    /// Whether a word is next that begins a part of a window: in quotes it would be a name.
    private var isWindowPartNext: Bool {
        guard case .word(let word) = token.kind else { return false }
        return WindowClause.partWords.contains(word.uppercased())
    }

    /// The frame, and what it leaves out; nil if none is next.
    private mutating func windowFrame() throws(QueryError) -> FrameClause? {
        let start = token.span.start
        var frame: FrameClause
        if token.keyword == .rows || token.keyword == .range || isNext(word: "GROUPS") {
            frame = try self.frame()
        } else if isNext(word: "CUMULATIVE") {
            try advance()
            let span = SourceSpan(start: start, end: previousEnd)
            frame = FrameClause(.rows, from: .unboundedPreceding, to: .currentRow, span: span)
        } else {
            expected += [Keyword.rows.rawValue, Keyword.range.rawValue, "GROUPS", "CUMULATIVE"]
            return nil
        }
        if try accept(.exclude) {
            frame.exclusion = try exclusion()
            frame.span = SourceSpan(start: start, end: previousEnd)
        }
        return frame
    }

    /// `EXCLUDE` has been read.
    private mutating func exclusion() throws(QueryError) -> WindowFrame.Exclusion {
        if try accept(.current) {
            try expect(.row)
            return .currentRow
        }
        if try accept(.group) { return .group }
        for (first, second, exclusion) in [("TIES", nil, WindowFrame.Exclusion.ties), ("NO", "OTHERS", .noOthers)] {
            guard isNext(word: first) else {
                expected.append(first)
                continue
            }
            try advance()
            guard let second else { return exclusion }
            guard isNext(word: second) else {
                expected.append(second)
                throw unexpected()
            }
            try advance()
            return exclusion
        }
        throw unexpected()
    }

    // MARK: Frames

    /// `ROWS`, `RANGE` or `GROUPS` is next.
    mutating func frame() throws(QueryError) -> FrameClause {
        let start = token.span.start
        let unit: WindowFrame.Unit =
            switch token.keyword {
            case .rows: .rows
            case .range: .range
            default: .groups
            }
        try advance()
        let (first, last): (FrameClause.Bound, FrameClause.Bound)
        if try accept(.between) {
            first = try bound()
            try expect(.and)
            last = try bound()
        } else {
            first = try bound(isShort: unit == .range)
            last = .currentRow
        }
        return FrameClause(unit, from: first, to: last, span: SourceSpan(start: start, end: previousEnd))
    }

    /// One bound of a frame.
    ///
    /// - Parameter isShort: whether PRECEDING may be left out at the end of the window: `RANGE 1s`.
    private mutating func bound(isShort: Bool = false) throws(QueryError) -> FrameClause.Bound {
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
            if isShort, token.kind == .symbol(.rightParenthesis) { return .preceding(distance) }
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
