extension Parser {
    /// `SAMPLE` at `start` has been read.
    mutating func sample(start: Int) throws(QueryError) -> SampleClause {
        try expect(.by)
        let intervalStart = token.span.start
        let interval = try interval(allowsCalendar: true)
        guard interval.count > 0 else {
            let span = SourceSpan(start: intervalStart, end: previousEnd)
            throw QueryError(.semantic, "an interval cannot be empty", at: span)
        }
        var clause = SampleClause(interval, span: SourceSpan(start: start, end: previousEnd))
        clause.intervalStart = intervalStart
        if try accept(.from) { clause.from = try expression(.sum) }
        if try accept(.to) { clause.to = try expression(.sum) }
        if try accept(.fill) { clause.fills = try fills() }
        if try accept(.align) { try alignment(of: &clause) }
        return clause
    }

    /// `ALIGN` has been read.
    private mutating func alignment(of clause: inout SampleClause) throws(QueryError) {
        try expect(.to)
        guard try accept(.calendar) else {
            try expect(.first)
            try expect(.observation)
            clause.alignment = .firstObservation
            return
        }
        if isNext(word: "TIME") {
            try advance()
            guard try accept(word: "ZONE") else { throw unexpected() }
            clause.timeZone = try quoted("a time zone such as 'Europe/Berlin' or '+05:30'")
        }
        if try accept(.with) {
            try expect(.offset)
            clause.offset = try quoted("an offset such as '00:30'")
        }
    }

    /// A text in single quotes, which must be next.
    private mutating func quoted(_ what: String) throws(QueryError) -> SampleClause.Text {
        guard case .string(let text) = token.kind else {
            expected.append(what)
            throw unexpected()
        }
        let span = token.span
        try advance()
        return SampleClause.Text(text, span: span)
    }

    private mutating func fills() throws(QueryError) -> [SampleClause.Fill] {
        try expect(.leftParenthesis)
        var fills: [SampleClause.Fill] = []
        repeat {
            guard fills.count < QueryLimits.outputColumnsMax else {
                throw limit("more than \(QueryLimits.outputColumnsMax) values in FILL")
            }
            let start = token.span.start
            let kind = try fill()
            fills.append(SampleClause.Fill(kind, span: SourceSpan(start: start, end: previousEnd)))
        } while try accept(.comma)
        try expect(.rightParenthesis)
        return fills
    }

    private mutating func fill() throws(QueryError) -> SampleClause.Fill.Kind {
        if try accept(.none) { return .none }
        if try accept(.null) { return .null }
        if try accept(.prev) { return .previous }
        if try accept(.linear) { return .linear }
        let isSigned = token.kind == .symbol(.minus) || token.kind == .symbol(.plus)
        if !isSigned, literal == nil {
            expected.append("a constant")
            throw unexpected()
        }
        let constant = try expression(.sign)
        guard constant.signedLiteral != nil else {
            throw QueryError(.syntax, "FILL takes constants only", at: constant.span)
        }
        return .constant(constant)
    }

    // MARK: Intervals

    /// A length of time: `5m`, `1 minute`, `'10' seconds`, `'5s'`.
    mutating func interval(allowsCalendar: Bool = false) throws(QueryError) -> Interval {
        let span = token.span
        let interval: Interval
        switch token.kind {
        case .interval(let written):
            interval = written
            try advance()
        case .integer(let count):
            try advance()
            interval = Interval(count: count, unit: try unit())
        case .string(let text):
            guard let digits = Parser.digits(text) else {
                expected.append(Parser.intervalExample)
                throw unexpected()
            }
            try advance()
            let unit = if let unit = digits.unit { unit } else { try unit() }
            interval = Interval(count: digits.count, unit: unit)
        default:
            expected.append(Parser.intervalExample)
            throw unexpected()
        }
        let whole = SourceSpan(start: span.start, end: previousEnd)
        if interval.isCalendar {
            guard allowsCalendar else {
                throw QueryError(
                    .semantic,
                    "a \(interval.unit == .years ? "year" : "month") has no fixed length",
                    at: whole,
                    hint: "only SAMPLE BY and TTL take months and years; write days here"
                )
            }
            guard interval.months != nil else { throw QueryError(.semantic, "the interval is too long", at: whole) }
            return interval
        }
        guard interval.nanoseconds != nil else {
            throw QueryError(.semantic, "the interval is longer than 292 years", at: whole)
        }
        return interval
    }

    private static let intervalExample = "an interval such as 1m"

    /// Whether the number that is next, and the word after it, are an interval.
    var isIntervalNext: Bool {
        guard case .integer = token.kind else { return true }
        var ahead = lexer
        guard let next = try? ahead.next(), case .word(let word) = next.kind else { return false }
        return Interval.Unit(spelling: word) != nil
    }

    private mutating func unit() throws(QueryError) -> Interval.Unit {
        guard case .word(let word) = token.kind, let unit = Interval.Unit(spelling: word) else {
            expected.append("a unit such as m or minutes")
            throw unexpected()
        }
        try advance()
        return unit
    }

    /// The count in a text, and the unit if one follows it; nil if it is another text.
    private static func digits(_ text: String) -> (count: UInt64, unit: Interval.Unit?)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = UInt64(digits) else { return nil }
        let rest = text[digits.endIndex...]
        guard !rest.isEmpty else { return (count, nil) }
        return Interval.Unit(spelling: String(rest)).map { (count, $0) }
    }
}
