extension Parser {
    // MARK: CASE

    /// `CASE` at `start` is next.
    mutating func caseClause() throws(QueryError) -> Expression {
        let start = token.span.start
        try advance()
        let operand: Expression? = token.keyword == .when ? nil : try expression()
        var clause = CaseClause(of: operand, [])
        repeat {
            try expect(.when)
            try checkTerms(clause.branches.count, of: "CASE")
            let condition = try expression()
            try expect(.then)
            let value = try expression()
            clause.branches.append(CaseClause.Branch(condition, value))
        } while token.keyword == .when
        expected.append(Keyword.when.rawValue)
        if try accept(.else) { clause.otherwise = try expression() }
        try expect(.end)
        return try node(.caseOf(clause), from: start)
    }

    // MARK: CAST

    /// `CAST` or `TRY_CAST` at `start`, and its parenthesis, are next.
    mutating func cast() throws(QueryError) -> Expression {
        let start = token.span.start
        try advance()
        try expect(.leftParenthesis)
        let operand = try expression()
        try expect(.as)
        let type = try typeName()
        try expect(.rightParenthesis)
        return try node(.cast(operand, type), from: start)
    }

    /// A type's name, one word, or `double precision`.
    mutating func typeName() throws(QueryError) -> Identifier {
        var name = try name("a type")
        if name.name.lowercased() == "double", case .word(let word) = token.kind, word.lowercased() == "precision" {
            name = Identifier("double precision", span: name.span.union(token.span))
            try advance()
        }
        return name
    }

    // MARK: LIKE

    /// LIKE or ILIKE is next.
    mutating func like(_ operand: Expression, isNegated: Bool, _ start: Int) throws(QueryError) -> Expression {
        var clause = LikeClause(operand, ignoresCase: token.keyword == .ilike, isNegated: isNegated)
        try advance()
        clause.pattern = try expression(.bitOr)
        if token.keyword == .escape, isStringAfterToken {
            try advance()
            guard case .string(let text) = token.kind, text.unicodeScalars.count == 1 else {
                throw QueryError(.syntax, "ESCAPE takes one character in quotes", at: token.span)
            }
            clause.escape = text
            try advance()
        }
        return try node(.like(operand, clause), from: start)
    }

    private var isStringAfterToken: Bool {
        var ahead = lexer
        guard let next = try? ahead.next(), case .string = next.kind else { return false }
        return true
    }

    // MARK: IS

    /// What follows IS, which has been read.
    mutating func isPredicate(on operand: Expression, _ start: Int) throws(QueryError) -> Expression {
        let isNegated = try accept(.not)
        for truth in [true, false] where try accept(truth ? .true : .false) {
            return try node(.isTruth(operand, truth, isNegated: isNegated), from: start)
        }
        if try accept(.distinct) {
            try expect(.from)
            let other = try expression(.bitOr)
            return try node(.isDistinct(operand, other, isNegated: isNegated), from: start)
        }
        try expect(.null)
        return try node(.isNull(operand, isNegated: isNegated), from: start)
    }

    // MARK: Lengths of time

    /// `INTERVAL '1' month`, `INTERVAL '5m'`, `INTERVAL 1 month`; nil, without moving, if a column of that name is next.
    mutating func intervalOperand() throws(QueryError) -> Expression? {
        guard case .word(let word) = token.kind, word.uppercased() == "INTERVAL" else { return nil }
        var ahead = lexer
        switch try? ahead.next().kind {
        case .string, .integer, .interval: break
        default: return nil
        }
        let start = token.span.start
        try advance()
        if case .string(let text) = token.kind {
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let rest = text.dropFirst(digits.count).drop { $0 == " " }
            if let count = UInt64(digits), !rest.isEmpty, let unit = TimeUnit(spelling: String(rest)) {
                try advance()
                return try node(.duration(TimeLength(count, unit)), from: start)
            }
            guard let count = UInt64(text) else {
                throw QueryError(
                    .syntax,
                    "'\(QueryDiagnostic.shortened(text))' is no length of time",
                    at: token.span,
                    hint: "write one like INTERVAL '1' month or INTERVAL '15 minutes'"
                )
            }
            try advance()
            return try duration(count, from: start)
        }
        if case .integer(let count) = token.kind {
            try advance()
            return try duration(count, from: start)
        }
        return try duration()
    }

    /// A token like `5m`.
    mutating func duration() throws(QueryError) -> Expression {
        guard case .interval(let interval) = token.kind, let unit = TimeUnit(spelling: interval.unit.rawValue) else {
            throw unexpected()
        }
        let start = token.span.start
        try advance()
        return try node(.duration(TimeLength(interval.count, unit)), from: start)
    }

    /// The unit after a count that has been read.
    private mutating func duration(_ count: UInt64, from start: Int) throws(QueryError) -> Expression {
        guard case .word(let word) = token.kind, let unit = TimeUnit(spelling: word) else {
            expected.append("a unit such as minute or month")
            throw unexpected()
        }
        try advance()
        return try node(.duration(TimeLength(count, unit)), from: start)
    }

    /// `1 month` after a sign; nil, without moving, if the number has no unit.
    mutating func countAndUnit() throws(QueryError) -> Expression? {
        guard case .integer(let count) = token.kind else { return nil }
        var ahead = lexer
        guard let next = try? ahead.next(), case .word(let word) = next.kind, TimeUnit(word: word) != nil else {
            return nil
        }
        let start = token.span.start
        try advance()
        return try duration(count, from: start)
    }

    // MARK: Parameters

    /// `$1` or `:name` is next.
    mutating func parameter(_ key: ParameterReference.Key) throws(QueryError) -> Expression {
        let span = token.span
        var reference = ParameterReference(key)
        if let parameters {
            guard let value = parameters.value(key) else { throw unknown(reference, parameters, span) }
            reference.value = value
        }
        usedParameters.insert(key)
        try advance()
        return try node(.parameter(reference), from: span.start)
    }

    private func unknown(
        _ reference: ParameterReference,
        _ parameters: QueryParameters,
        _ span: SourceSpan
    ) -> QueryError {
        let texts = parameters.texts
        let near = NearestName.find(reference.text, among: texts).map { "did you mean \($0)?" }
        let given = texts.isEmpty ? "none were given" : "given are " + texts.prefix(20).joined(separator: ", ")
        return QueryError(
            .semantic,
            "there is no value for the parameter \(QueryDiagnostic.shortened(reference.text))",
            at: span,
            expected: texts,
            hint: near ?? given
        )
    }

    // MARK: EXTRACT

    /// `extract(unit FROM t)`; nil, without moving, for another call. The name has been read, and `(` is next.
    mutating func extraction(_ name: Identifier) throws(QueryError) -> Expression? {
        guard !name.isQuoted, name.name.lowercased() == "extract" else { return nil }
        var ahead = lexer
        guard let unit = try? ahead.next(), case .word(let word) = unit.kind, let from = try? ahead.next(),
            from.keyword == .from
        else { return nil }
        try advance()
        let unitSpan = token.span
        try advance()
        try expect(.from)
        let time = try expression()
        try expect(.rightParenthesis)
        let text = Expression(.literal(.string(word)), span: unitSpan)
        return try node(.call(FunctionCall(name, .list([text, time]))), from: name.span.start)
    }
}
