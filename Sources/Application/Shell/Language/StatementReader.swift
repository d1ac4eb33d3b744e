/// Cuts lines into statements, which end at a semicolon, and backslash commands, which end with their line.
///
/// Quotes and comments are those of the query language: a semicolon within them ends nothing.
struct StatementReader {
    /// What is whole.
    enum Item: Equatable {
        /// A statement without its semicolon, and the line of the input that it begins in.
        case statement(String, line: Int)
        /// A backslash command with its backslash.
        case command(String, line: Int)
    }

    /// What the next line continues.
    enum State: Equatable {
        case fresh
        case statement
        /// A text or name that waits for this quote.
        case quote(Character)
        case comment
    }

    /// A statement longer than this is none: a quote is open.
    static let statementBytesMax = 16 << 20

    /// Words that mean a command without a backslash, where a statement could begin.
    private static let bareCommands: Set<String> = ["exit", "quit", "help"]

    private(set) var state = State.fresh
    private var text = ""
    /// Whether the text has more than space and comments.
    private var hasContent = false
    private var beginLine = 1
    private var line = 0

    /// Whether nothing waits to be ended.
    var isFresh: Bool { !hasContent && state != .comment }

    /// Takes a line, without its end; gives what became whole.
    mutating func add(_ input: String) -> [Item] {
        line += 1
        let trimmed = input.drop { $0.isWhitespace }
        if canBeCommand, trimmed.hasPrefix("\\") { return [.command(Self.command(trimmed), line: line)] }
        if isFresh, Self.bareCommands.contains(Self.command(trimmed).lowercased()) {
            return [.command("\\" + Self.command(trimmed).lowercased(), line: line)]
        }
        return scan(input)
    }

    private var canBeCommand: Bool { state == .fresh || state == .statement }

    /// What waits at the end of the input: a statement needs no semicolon there.
    mutating func finish() -> Item? {
        defer { clear() }
        return hasContent ? .statement(Self.trimmed(text), line: beginLine) : nil
    }

    /// Forgets what waits.
    mutating func clear() {
        text = ""
        hasContent = false
        state = .fresh
    }

    /// Whether a text is made of whole statements and commands.
    static func isComplete(_ text: String) -> Bool {
        var reader = StatementReader()
        for line in lines(of: text) { _ = reader.add(line) }
        return reader.isFresh
    }

    /// The lines of a text, whatever ends them.
    static func lines(of text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    }

    private mutating func scan(_ input: String) -> [Item] {
        var items: [Item] = []
        var characters = Array(input)[...]
        while let character = characters.popFirst() {
            switch state {
            case .quote(let quote):
                append(character)
                // A doubled quote opens again at once, which comes to the same.
                if character == quote { state = .statement }
            case .comment:
                append(character)
                if character == "*", characters.first == "/" {
                    append(characters.removeFirst())
                    state = hasContent ? .statement : .fresh
                }
            case .fresh, .statement:
                switch character {
                case ";":
                    if hasContent { items.append(.statement(Self.trimmed(text), line: beginLine)) }
                    clear()
                case "-" where characters.first == "-":
                    append(character)
                    for rest in characters { append(rest) }
                    characters = []
                case "/" where characters.first == "*":
                    append(character)
                    append(characters.removeFirst())
                    state = .comment
                default:
                    if !character.isWhitespace { begin() }
                    append(character)
                    if character == "'" || character == "\"" || character == "`" { state = .quote(character) }
                }
            }
        }
        append("\n")
        return items
    }

    private mutating func begin() {
        hasContent = true
        state = .statement
    }

    private mutating func append(_ character: Character) {
        guard !character.isWhitespace || !text.isEmpty else { return }
        if text.isEmpty { beginLine = line }
        text.append(character)
    }

    /// Whether what waits is longer than any statement.
    var isTooLong: Bool { text.utf8.count > Self.statementBytesMax }

    private static func command(_ text: Substring) -> String {
        var text = text
        while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
        return String(text)
    }

    /// Without space around it; leading comments stay, as positions count from the text's beginning.
    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text.drop { $0.isWhitespace })
    }
}
