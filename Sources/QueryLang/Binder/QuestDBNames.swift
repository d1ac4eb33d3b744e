/// What QuestDB calls a column of an answer that has no alias: its text, with the white space of the printer.
///
/// `count(*)` is `count()`, a call over a window goes by the call alone, a sign puts what it stands before in parentheses,
/// `-(1.0)`, and a name with a dot in it comes in double quotes. Names end after 64 characters.
struct QuestDBNames {
    private var taken: Set<String> = []

    /// Characters of a name that is made.
    private static let lengthMax = 64

    /// Claims an alias; false if another column has it.
    mutating func claim(_ alias: String) -> Bool { taken.insert(alias.lowercased()).inserted }

    /// A free name for a column of a source: `ts`, `ts1`, `ts2`.
    mutating func column(_ name: String) -> String { free(name, separator: "", from: 1) }

    /// A free name for an expression: `count()`, `count()_2`.
    mutating func expression(_ text: String) -> String { free(text, separator: "_", from: 2) }

    private mutating func free(_ name: String, separator: String, from first: Int) -> String {
        if claim(name) { return name }
        var number = first
        while !claim("\(name)\(separator)\(number)") { number += 1 }
        return "\(name)\(separator)\(number)"
    }

    /// The name that the text of an expression gives; nil if it is not of the language.
    static func name(of text: String) -> String? {
        var lexer = Lexer(bytes: Array(text.utf8))
        var tokens: [Token] = []
        while let token = try? lexer.next(), token.kind != .end { tokens.append(token) }
        guard !tokens.isEmpty else { return nil }
        var writer = Writer()
        var index = 0
        while index < tokens.count {
            if tokens[index].keyword == .over {
                index = afterWindow(tokens, index + 1)
            } else if isStarOfCall(tokens, index) {
                index += 1
            } else if isSign(tokens, index), index + 1 < tokens.count {
                index = writer.sign(before: tokens, index + 1, text)
            } else {
                writer.append(spelling(tokens[index], text))
                index += 1
            }
        }
        let cut = String(writer.name.prefix(lengthMax))
        let trimmed = cut.hasSuffix(" ") ? String(cut.dropLast()) : cut
        return trimmed.contains(".") ? "\"\(trimmed)\"" : trimmed
    }

    private static func isStarOfCall(_ tokens: [Token], _ index: Int) -> Bool {
        tokens[index].kind == .symbol(.star) && index > 0 && tokens[index - 1].kind == .symbol(.leftParenthesis)
    }

    /// The token after `OVER name` or `OVER (…)`.
    private static func afterWindow(_ tokens: [Token], _ start: Int) -> Int {
        guard start < tokens.count, tokens[start].kind == .symbol(.leftParenthesis) else { return start + 1 }
        var depth = 0
        for index in start..<tokens.count {
            if tokens[index].kind == .symbol(.leftParenthesis) { depth += 1 }
            if tokens[index].kind == .symbol(.rightParenthesis) { depth -= 1 }
            if depth == 0 { return index + 1 }
        }
        return tokens.count
    }

    /// Whether a minus stands before a number, and not between two operands.
    private static func isSign(_ tokens: [Token], _ index: Int) -> Bool {
        guard tokens[index].kind == .symbol(.minus) else { return false }
        guard index > 0 else { return true }
        switch tokens[index - 1].kind {
        case .symbol(let symbol): return symbol != .rightParenthesis && symbol != .star
        case .word(let word): return smallWords.contains(word.lowercased())
        default: return false
        }
    }

    /// Words that are written small, whatever the text has.
    private static let smallWords: Set<String> = [
        "case", "when", "then", "else", "end", "and", "or", "not", "in", "is", "between", "like", "ilike", "as",
    ]

    private static func spelling(_ token: Token, _ text: String) -> String {
        switch token.kind {
        case .word(let word):
            let small = word.lowercased()
            return smallWords.contains(small) ? small : word
        case .quotedName(let name): return name
        default:
            let bytes = Array(text.utf8)[token.span.start..<token.span.end]
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Puts words together with the space that they need: none within parentheses, around dots and casts, before commas.
    private struct Writer {
        var name = ""
        /// Whether the next word follows without a space.
        private var isTight = true

        mutating func append(_ word: String) {
            let hugs = word == ")" || word == "," || word == "." || word == "::"
            let isCall = word == "(" && (name.last.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false)
            if !isTight, !hugs, !isCall { name += " " }
            name += word
            isTight = word == "(" || word == "." || word == "::"
        }

        /// A minus and what it stands before, in parentheses of its own if it is one word; returns the token after these.
        mutating func sign(before tokens: [Token], _ index: Int, _ text: String) -> Int {
            append("-")
            isTight = true
            let isOpen = tokens[index].kind == .symbol(.leftParenthesis)
            let isCalled = index + 1 < tokens.count && tokens[index + 1].kind == .symbol(.leftParenthesis)
            if isOpen || isCalled { return index }
            append("(" + spelling(tokens[index], text) + ")")
            isTight = false
            return index + 1
        }
    }
}
