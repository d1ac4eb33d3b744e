/// Cuts a text into tokens, one at a time.
///
/// Invariant: `bytes` is valid UTF-8 (``Parser`` checks it), so that any run of whole scalars decodes as it stands.
struct Lexer {
    let bytes: [UInt8]
    /// Offset of the next byte to read.
    private(set) var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The next token; `.end` at the end, as often as asked.
    mutating func next() throws(QueryError) -> Token {
        try skipSpaceAndComments()
        let start = position
        guard let byte = peek() else { return Token(kind: .end, span: SourceSpan(start: start, end: start)) }
        let kind: Token.Kind =
            switch byte {
            case UInt8(ascii: "'"): .string(try quoted(by: byte, what: "text"))
            case UInt8(ascii: "\""), UInt8(ascii: "`"): .quotedName(try quotedName(by: byte))
            case UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
            case UInt8(ascii: ".") where peek(1).map(isDigit) == true: try number()
            case UInt8(ascii: "$") where peek(1).map(isDigit) == true: try positionalParameter()
            case UInt8(ascii: ":") where peek(1).map { isWordByte($0, isFirst: true) } == true:
                try namedParameter()
            default:
                if let word = try word() { .word(word) } else { .symbol(try symbol()) }
            }
        return Token(kind: kind, span: SourceSpan(start: start, end: position))
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    private func failure(_ message: String, from start: Int, to end: Int, hint: String? = nil) -> QueryError {
        QueryError(.syntax, message, at: SourceSpan(start: start, end: end), hint: hint)
    }

    // MARK: Space

    private mutating func skipSpaceAndComments() throws(QueryError) {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0B, 0x0C:
                position += 1
            case UInt8(ascii: "-") where peek(1) == byte:
                while let byte = peek(), byte != UInt8(ascii: "\n") { position += 1 }
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                try skipBlockComment()
            default:
                return
            }
        }
    }

    private mutating func skipBlockComment() throws(QueryError) {
        let start = position
        position += 2
        while let byte = peek() {
            if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                position += 2
                return
            }
            position += 1
        }
        throw failure("the comment has no end", from: start, to: start + 2, hint: "close it with */")
    }

    // MARK: Words

    /// Reads a bare word; nil, without moving, if none begins here.
    private mutating func word() throws(QueryError) -> String? {
        let start = position
        while let byte = peek() {
            if isWordByte(byte, isFirst: position == start) {
                position += 1
            } else if byte >= 0x80, let scalar = scalar(), scalar.properties.isAlphabetic {
                position += scalar.utf8.count
            } else {
                break
            }
        }
        return position == start ? nil : text(from: start)
    }

    private func isWordByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "@"): !isFirst
        default: false
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// The scalar at the position.
    private func scalar() -> Unicode.Scalar? {
        let end = min(position + 4, bytes.count)
        return String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first
    }

    // MARK: Quotes

    /// Reads up to the closing quote; a quote within is written twice.
    private mutating func quoted(by quote: UInt8, what: String) throws(QueryError) -> String {
        let start = position
        var content: [UInt8] = []
        position += 1
        while let byte = peek() {
            position += 1
            if byte == quote {
                guard peek() == quote else { return String(decoding: content, as: UTF8.self) }
                position += 1
            }
            content.append(byte)
        }
        let mark = String(decoding: [quote], as: UTF8.self)
        throw failure("the \(what) has no closing \(mark)", from: start, to: start + 1, hint: "close it with \(mark)")
    }

    private mutating func quotedName(by quote: UInt8) throws(QueryError) -> String {
        let start = position
        let name = try quoted(by: quote, what: "quoted name")
        guard !name.isEmpty else { throw failure("a name cannot be empty", from: start, to: position) }
        return name
    }

    // MARK: Numbers

    private mutating func number() throws(QueryError) -> Token.Kind {
        let start = position
        skipDigits()
        var isInteger = true
        if peek() == UInt8(ascii: "."), peek(1).map(isDigit) == true {
            isInteger = false
            position += 1
            skipDigits()
        }
        if skipExponent() { isInteger = false }
        let digitsEnd = position
        var suffix = try word() ?? ""
        // QuestDB's mark of a LONG.
        if isInteger, suffix == "L" { suffix = "" }
        guard suffix.isEmpty, peek() != UInt8(ascii: ".") else {
            return try interval(start: start, digitsEnd: digitsEnd, suffix: isInteger ? suffix : nil)
        }
        let digits = digits(from: start, to: digitsEnd)
        if isInteger {
            guard let value = UInt64(digits) else {
                throw failure("the integer \(digits.prefix(24)) is too large", from: start, to: position)
            }
            return .integer(value)
        }
        guard let value = Double(digits), value.isFinite else {
            throw failure("the number is too large for float64", from: start, to: position)
        }
        return .decimal(value)
    }

    /// The text of a number without the `_` in it.
    private func digits(from start: Int, to end: Int) -> String {
        String(decoding: bytes[start..<end].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    /// Digits, between which there may be `_`: `1_000_000`.
    private mutating func skipDigits() {
        while let byte = peek(), isDigit(byte) || byte == UInt8(ascii: "_") && peek(1).map(isDigit) == true {
            position += 1
        }
    }

    private mutating func skipExponent() -> Bool {
        guard let byte = peek(), byte | 0x20 == UInt8(ascii: "e") else { return false }
        let hasSign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
        guard peek(hasSign ? 2 : 1).map(isDigit) == true else { return false }
        position += hasSign ? 2 : 1
        skipDigits()
        return true
    }

    /// A number with something at its end: `15m`, or a mistake.
    private mutating func interval(start: Int, digitsEnd: Int, suffix: String?) throws(QueryError) -> Token.Kind {
        if let suffix, !suffix.isEmpty, peek() != UInt8(ascii: ".") {
            let digits = digits(from: start, to: digitsEnd)
            if let unit = Interval.Unit(spelling: suffix), let count = UInt64(digits) {
                return .interval(Interval(count: count, unit: unit))
            }
        }
        if peek() == UInt8(ascii: ".") { position += 1 }
        let units = Interval.Unit.allCases.map(\.rawValue).joined(separator: ", ")
        throw failure(
            "'\(text(from: start).prefix(24))' is neither a number nor an interval",
            from: start,
            to: position,
            hint:
                "an interval is a whole number and a unit (\(units)); a name that begins with a digit needs \"quotes\""
        )
    }

    // MARK: Parameters

    private mutating func positionalParameter() throws(QueryError) -> Token.Kind {
        let start = position
        position += 1
        skipDigits()
        let digits = String(decoding: bytes[start + 1..<position], as: UTF8.self)
        guard let number = Int(digits), number >= 1, number <= QueryLimits.parametersMax else {
            let hint = "they are $1 to $\(QueryLimits.parametersMax)"
            throw failure("there is no parameter $\(digits.prefix(24))", from: start, to: position, hint: hint)
        }
        return .parameter(.position(number))
    }

    private mutating func namedParameter() throws(QueryError) -> Token.Kind {
        position += 1
        return .parameter(.name(try word() ?? ""))
    }

    // MARK: Symbols

    private mutating func symbol() throws(QueryError) -> Token.Symbol {
        let start = position
        for length in [3, 2, 1] where start + length <= bytes.count {
            let spelling = String(decoding: bytes[start..<start + length], as: UTF8.self)
            guard let symbol = spelling == "<>" ? .notEqual : Token.Symbol(rawValue: spelling) else { continue }
            position += length
            return symbol
        }
        throw unexpectedCharacter()
    }

    private func unexpectedCharacter() -> QueryError {
        let scalar = scalar() ?? "\u{FFFD}"
        let hint: String? =
            switch scalar {
            case "‘", "’", "“", "”", "´": "text stands in straight quotes: 'text'"
            case "!": "write NOT, != for not equal, or !~ for what a regular expression does not match"
            case "$", ":", "?": "a parameter is written $1 or :name"
            case "[", "]", "{", "}": "write ( and )"
            default: nil
            }
        let isPrintable =
            switch scalar.properties.generalCategory {
            case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned: false
            default: true
            }
        let name = "U+" + String(scalar.value, radix: 16, uppercase: true)
        return failure(
            isPrintable ? "unexpected character '\(scalar)'" : "unexpected character \(name)",
            from: position,
            to: position + scalar.utf8.count,
            hint: hint
        )
    }
}
