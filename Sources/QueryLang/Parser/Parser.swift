/// Reads a text into a ``Statement``: recursive descent for clauses, precedence climbing (Pratt) for expressions.
///
/// Invariants:
/// 1. `token` is the next token; tokens are cut only when needed, so the first mistake in the text is the one reported.
/// 2. `expected` holds what was asked for at `token` and not found; it is emptied when the parser moves on.
/// 3. Recursion and the height of every expression stay within ``QueryLimits/nestingDepthMax``.
public struct Parser {
    var lexer: Lexer
    var token: Token
    /// End of the token before `token`.
    var previousEnd = 0
    var expected: [String] = []
    var depth = 0
    /// Tables and sub-queries so far.
    var sourceCount = 0
    /// Set operations so far.
    var setDepth = 0
    /// The last alias without AS: perhaps a keyword with a slip in it.
    var impliedAlias: Identifier?
    /// Whether the operand that is next may be a count with a unit, `1 month`: it follows a sign.
    var allowsUnit = false
    /// The values of parameters; nil if the text is read without any.
    var parameters: QueryParameters?
    /// The parameters that stand in the text.
    var usedParameters: Set<ParameterReference.Key> = []

    /// Parses one statement; a semicolon may follow it.
    public static func parse(_ text: String) throws(QueryError) -> Statement {
        try parse(utf8: Array(text.utf8))
    }

    /// Parses one statement whose parameters have values: each must have one, and each value must be used.
    public static func parse(_ text: String, parameters: QueryParameters) throws(QueryError) -> Statement {
        try parse(utf8: Array(text.utf8), parameters: parameters)
    }

    /// Parses one statement from bytes that may be anything.
    public static func parse(utf8 bytes: [UInt8]) throws(QueryError) -> Statement {
        try parse(utf8: bytes, parameters: nil)
    }

    private static func parse(utf8 bytes: [UInt8], parameters: QueryParameters?) throws(QueryError) -> Statement {
        guard bytes.count <= QueryLimits.textBytesMax else {
            throw QueryError(
                .limit,
                "the text is \(bytes.count) bytes long; \(QueryLimits.textBytesMax) are allowed",
                at: SourceSpan(start: QueryLimits.textBytesMax, end: bytes.count)
            )
        }
        try checkUTF8(bytes)
        var parser = try Parser(lexer: Lexer(bytes: bytes))
        parser.parameters = parameters
        let statement = try parser.wholeText()
        try parameters?.checkUse(parser.usedParameters)
        return statement
    }

    private init(lexer: Lexer) throws(QueryError) {
        self.lexer = lexer
        self.token = try self.lexer.next()
    }

    private static func checkUTF8(_ bytes: [UInt8]) throws(QueryError) {
        var decoder = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var position = 0
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let scalar): position += scalar.count
            case .emptyInput: return
            case .error(let length):
                let span = SourceSpan(start: position, end: min(position + max(length, 1), bytes.count))
                throw QueryError(.syntax, "the text is not UTF-8 here", at: span)
            }
        }
    }

    // MARK: Statements

    private mutating func wholeText() throws(QueryError) -> Statement {
        let start = token.span.start
        let kind = try statement()
        let span = SourceSpan(start: start, end: previousEnd)
        while try accept(.semicolon) {}
        guard token.kind == .end else {
            if previousEnd > span.end {
                throw QueryError(.syntax, "one statement at a time", at: token.span, hint: "send them one by one")
            }
            throw unexpected()
        }
        return Statement(kind, span: span)
    }

    private mutating func statement() throws(QueryError) -> Statement.Kind {
        expected.append(Keyword.select.rawValue)
        if try accept(.explain) {
            let isAnalyze = try accept(.analyze)
            if !isQueryNext() { try expect(.select) }
            return .explain(try query(), isAnalyze: isAnalyze)
        }
        if try accept(.show) { return try show() }
        if isQueryNext() { return .select(try query()) }
        if let command = try command() { return command }
        if case .word(let word) = token.kind, Keyword.unsupportedStatements.contains(word.uppercased()) {
            throw QueryError(.syntax, "\(word.uppercased()) is not supported", at: token.span, expected: expected)
        }
        throw unexpected()
    }

    private mutating func show() throws(QueryError) -> Statement.Kind {
        if try accept(.tables) { return .showTables }
        if let other = try otherShow() { return .show(other) }
        try expect(.columns)
        try expect(.from)
        return .showColumns(try tableName())
    }

    // MARK: Tokens

    /// Moves past the token.
    mutating func advance() throws(QueryError) {
        previousEnd = token.span.end
        expected.removeAll(keepingCapacity: true)
        token = try lexer.next()
    }

    /// Moves past the keyword if it is next.
    mutating func accept(_ keyword: Keyword) throws(QueryError) -> Bool {
        guard token.keyword == keyword else {
            expected.append(keyword.rawValue)
            return false
        }
        try advance()
        return true
    }

    /// Moves past the symbol if it is next.
    mutating func accept(_ symbol: Token.Symbol) throws(QueryError) -> Bool {
        guard token.kind == .symbol(symbol) else {
            expected.append("'\(symbol.rawValue)'")
            return false
        }
        try advance()
        return true
    }

    /// Moves past the keyword, which must be next.
    mutating func expect(_ keyword: Keyword) throws(QueryError) {
        guard try accept(keyword) else { throw unexpected() }
    }

    /// Moves past the symbol, which must be next.
    mutating func expect(_ symbol: Token.Symbol) throws(QueryError) {
        guard try accept(symbol) else { throw unexpected() }
    }

    /// Whether tokens of these kinds come after `token`.
    func isFollowed(by kinds: Token.Kind...) -> Bool {
        var ahead = lexer
        for kind in kinds {
            guard let next = try? ahead.next(), next.kind == kind else { return false }
        }
        return true
    }

    /// A name: a bare word that is not reserved, or one in quotes.
    mutating func acceptName() throws(QueryError) -> Identifier? { try acceptName(where: Keyword.isName) }

    /// A bare word that can be a name here, or a name in quotes.
    mutating func acceptName(where isName: (String) -> Bool) throws(QueryError) -> Identifier? {
        switch token.kind {
        case .word(let word) where isName(word):
            let name = Identifier(word, span: token.span)
            try advance()
            return name
        case .quotedName(let word):
            let name = Identifier(word, span: token.span, isQuoted: true)
            try advance()
            return name
        default:
            return nil
        }
    }

    /// A name of a column or an alias, which must be next; `what` says it in an error.
    mutating func name(_ what: String) throws(QueryError) -> Identifier {
        guard let name = try acceptName() else {
            expected.append(what)
            throw unexpected()
        }
        return name
    }

    /// A column's name, which must be next, perhaps with a qualifier.
    mutating func column() throws(QueryError) -> ColumnReference { try qualified(name("a column")) }

    /// The column that a name is, or qualifies: after a dot any word is a name.
    mutating func qualified(_ name: Identifier) throws(QueryError) -> ColumnReference {
        guard token.kind == .symbol(.dot) else { return ColumnReference(name) }
        try advance()
        guard let column = try acceptName(where: { _ in true }) else {
            expected.append("a column")
            throw unexpected()
        }
        return ColumnReference(column, of: name)
    }

    /// A table's name. Single quotes are allowed too, as in QuestDB.
    mutating func tableName() throws(QueryError) -> Identifier {
        guard case .string(let text) = token.kind, !text.isEmpty else {
            return try bucketName(systemName(name("a table")))
        }
        let name = Identifier(text, span: token.span, isQuoted: true)
        try advance()
        return name
    }
}
