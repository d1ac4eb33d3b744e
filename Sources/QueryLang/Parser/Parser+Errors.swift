extension Parser {
    /// The error for a token that fits nowhere.
    func unexpected() -> QueryError {
        let bytes = lexer.bytes[token.span.start..<token.span.end]
        if token.kind == .end {
            return expected.contains("a table")
                ? unexpectedToken().inQuestDB("table name or sub-query expected") : unexpectedToken()
        }
        return unexpectedToken().inQuestDB("unexpected token [\(String(decoding: bytes, as: UTF8.self))]")
    }

    private func unexpectedToken() -> QueryError {
        let expected = expected.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        guard case .word(let word) = token.kind else {
            return QueryError(
                .syntax,
                "unexpected \(description)",
                at: token.span,
                expected: expected,
                hint: hintAtAlias(expected) ?? hintAtSymbol(expected)
            )
        }
        if Keyword.isUnsupported(word) {
            return QueryError(.syntax, "\(word.uppercased()) is not supported", at: token.span, expected: expected)
        }
        return QueryError(
            .syntax,
            "unexpected \(description)",
            at: token.span,
            expected: expected,
            hint: hint(for: word, expected) ?? hintAtAlias(expected)
        )
    }

    /// The token as an error names it, cut to a length that a line can hold.
    private var description: String {
        switch token.kind {
        case .end: return "end of the query"
        case .word(let word):
            return token.keyword.map(\.rawValue) ?? "'\(QueryDiagnostic.shortened(word))'"
        default:
            let bytes = lexer.bytes[token.span.start..<token.span.end]
            let text = QueryDiagnostic.shortened(String(decoding: bytes, as: UTF8.self))
            return text.hasPrefix("'") ? text : "'\(text)'"
        }
    }

    private func hint(for word: String, _ expected: [String]) -> String? {
        switch token.keyword {
        case .not: return "put NOT and its operand in parentheses"
        case .fill, .align: return "\(word.uppercased()) follows SAMPLE BY"
        case .tolerance: return "TOLERANCE is of ASOF JOIN and LT JOIN"
        case .offset: return "OFFSET follows LIMIT"
        case .using: return "write ON (columns)"
        default: break
        }
        if let keyword = NearestName.find(word, among: expected.filter(isKeyword)) { return "did you mean \(keyword)?" }
        let wantsName = expected.contains { $0.hasPrefix("a ") || $0.hasPrefix("an ") }
        return wantsName && token.keyword?.isReserved == true && token.keyword != .from
            ? "\(word.uppercased()) is reserved; to use it as a name write \"\(word)\"" : nil
    }

    /// `SELECT price FRM trades`: FRM was read as an alias.
    private func hintAtAlias(_ expected: [String]) -> String? {
        guard let alias = impliedAlias, alias.span.end == previousEnd, !alias.isQuoted,
            let keyword = NearestName.find(alias.name, among: expected.filter(isKeyword))
        else { return nil }
        return "'\(alias.name)' was read as an alias; did you mean \(keyword)?"
    }

    /// `FROM a.b`, a name with a dot in it.
    private func hintAtSymbol(_ expected: [String]) -> String? {
        switch token.kind {
        case .interval where expected.contains("a table"):
            "a name that begins with a digit stands in \"double quotes\""
        case .symbol(.dot): "a name with a dot in it stands in \"double quotes\""
        case .symbol(.ampersand): "write AND"
        default: nil
        }
    }

    private func isKeyword(_ expected: String) -> Bool { expected.utf8.allSatisfy { (0x41...0x5A).contains($0) } }

    /// The error for a bound that the token passes.
    func limit(_ message: String) -> QueryError { QueryError(.limit, message, at: token.span) }
}
