/// Words that mean something in one place only, and are names everywhere else.
extension Parser {
    /// Moves past a word if it is next; in capitals, without quotes.
    mutating func accept(word: String) throws(QueryError) -> Bool {
        guard isNext(word: word) else {
            expected.append(word)
            return false
        }
        try advance()
        return true
    }

    /// Moves past a word, which must be next.
    mutating func expect(word: String) throws(QueryError) {
        guard try accept(word: word) else { throw unexpected() }
    }

    /// Whether a word is next.
    func isNext(word: String) -> Bool { Parser.isWord(token, word) }

    /// Whether a word comes after `token`.
    func isFollowed(byWord word: String) -> Bool {
        var ahead = lexer
        guard let next = try? ahead.next() else { return false }
        return Parser.isWord(next, word)
    }

    private static func isWord(_ token: Token, _ word: String) -> Bool {
        guard case .word(let found) = token.kind, found.utf8.count == word.utf8.count else { return false }
        return found.uppercased() == word
    }

    /// `IF NOT EXISTS`, if it is next.
    mutating func acceptIfNotExists() throws(QueryError) -> Bool {
        guard isNext(word: "IF"), isFollowed(byWord: "NOT") else {
            expected.append("IF")
            return false
        }
        try advance()
        try advance()
        try expect(word: "EXISTS")
        return true
    }

    /// `IF EXISTS`, if it is next.
    mutating func acceptIfExists() throws(QueryError) -> Bool {
        guard isNext(word: "IF"), isFollowed(byWord: "EXISTS") else {
            expected.append("IF")
            return false
        }
        try advance()
        try advance()
        return true
    }

    /// Names in parentheses, at least one; `what` says in an error what they are.
    mutating func nameList(_ what: String) throws(QueryError) -> [Identifier] {
        try expect(.leftParenthesis)
        var names: [Identifier] = []
        repeat {
            guard names.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) names in a list")
            }
            names.append(try name(what))
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return names
    }

    /// `system.queries` is one name: the tables of the process itself are called so.
    mutating func systemName(_ name: Identifier) throws(QueryError) -> Identifier {
        guard !name.isQuoted, name.name.lowercased() == "system", token.kind == .symbol(.dot) else { return name }
        try advance()
        guard let rest = try acceptName(where: { _ in true }) else {
            expected.append("a table")
            throw unexpected()
        }
        return Identifier("\(name.name).\(rest.name)", span: name.span.union(rest.span), isQuoted: true)
    }

    /// ``AAPL.`1Min`.OHLCV``, as MarketStore's users may write it, is the name `AAPL/1Min/OHLCV`.
    mutating func bucketName(_ name: Identifier) throws(QueryError) -> Identifier {
        var ahead = self
        var parts = [name]
        while parts.count < 3, ahead.token.kind == .symbol(.dot) {
            try ahead.advance()
            guard let part = try ahead.acceptName(where: { _ in true }) else { return name }
            parts.append(part)
        }
        guard parts.count == 3 else { return name }
        self = ahead
        let key = parts.map(\.name).joined(separator: "/")
        return Identifier(key, span: name.span.union(parts[2].span), isQuoted: true)
    }

    /// A query of a statement around it.
    mutating func statementQuery() throws(QueryError) -> SelectStatement {
        if !isQueryNext() { try expect(.select) }
        return try query()
    }
}
