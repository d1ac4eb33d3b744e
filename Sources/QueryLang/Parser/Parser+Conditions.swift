extension Parser {
    // MARK: BETWEEN

    /// `BETWEEN [SYMMETRIC | ASYMMETRIC] a AND b` is next.
    mutating func between(_ operand: Expression, isNegated: Bool, _ start: Int) throws(QueryError) -> Expression {
        try expect(.between)
        var isSymmetric = false
        if isWordOfBetween("SYMMETRIC") || isWordOfBetween("ASYMMETRIC") {
            isSymmetric = isNext(word: "SYMMETRIC")
            try advance()
        }
        let lower = try expression(.bitOr)
        try expect(.and)
        let upper = try expression(.bitOr)
        let kind: Expression.Kind =
            isSymmetric
            ? .betweenSymmetric(operand, lower, upper, isNegated: isNegated)
            : .between(operand, lower: lower, upper: upper, isNegated: isNegated)
        return try node(kind, from: start)
    }

    /// Whether the word is next and no column of that name: an operand follows it.
    private func isWordOfBetween(_ word: String) -> Bool {
        guard isNext(word: word) else { return false }
        var ahead = lexer
        guard let next = try? ahead.next() else { return false }
        switch next.kind {
        case .word: return next.keyword != .and
        case .quotedName, .string, .integer, .decimal, .interval, .parameter: return true
        case .symbol(.leftParenthesis), .symbol(.minus), .symbol(.plus), .symbol(.tilde): return true
        case .symbol, .end: return false
        }
    }

    // MARK: Typed text

    /// `TIMESTAMP '2024-08-08'`, `DATE '2024-08-08'`, and `TIMESTAMP WITH TIME ZONE '…'`; nil, without moving, if a column
    /// of that name is next.
    mutating func typedText() throws(QueryError) -> Expression? {
        guard case .word(let word) = token.kind, ["TIMESTAMP", "DATE"].contains(word.uppercased()) else { return nil }
        var ahead = self
        try ahead.advance()
        if ahead.isNext(word: "WITH"), ahead.isFollowed(byWord: "TIME") {
            try ahead.advance()
            try ahead.advance()
            guard try ahead.accept(word: "ZONE") else { return nil }
        }
        guard case .string(let text) = ahead.token.kind else { return nil }
        let type = Identifier(word.lowercased(), span: token.span)
        let start = token.span.start
        self = ahead
        // Unlike a CAST, which gives NULL, what is written so was meant to be one.
        _ = try TypeRules.interval(text, token.span)
        let content = Expression(.literal(.string(text)), span: token.span)
        try advance()
        return try node(.cast(content, type), from: start)
    }
}
