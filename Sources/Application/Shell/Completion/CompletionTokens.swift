/// A text of the query language cut roughly into tokens: enough to know what is typed where, never an error.
struct CompletionTokens {
    /// What a token is.
    enum Kind: Equatable {
        case word
        /// `"…"` or `` `…` ``, by its quote.
        case name(Character)
        case string
        case symbol(Character)
    }

    /// A token.
    struct Token: Equatable {
        let kind: Kind
        /// The word, or what stands between the quotes.
        let text: String
        /// Characters before it.
        let start: Int
        /// Characters up to its end.
        let end: Int
        /// Whether its quote is not closed.
        let isOpen: Bool

        /// The name that it can be; nil if it is none.
        var name: String? {
            switch kind {
            case .word, .name: text
            case .string, .symbol: nil
            }
        }
    }

    private(set) var tokens: [Token] = []
    /// Whether the text ends in a comment, where there is nothing to complete.
    private(set) var endsInComment = false

    init(_ text: String) {
        let characters = Array(text)
        var index = 0
        while index < characters.count {
            let character = characters[index]
            let following = index + 1 < characters.count ? characters[index + 1] : nil
            if character.isWhitespace {
                index += 1
            } else if character == "-", following == "-" {
                while index < characters.count, !characters[index].isNewline { index += 1 }
                endsInComment = index == characters.count
            } else if character == "/", following == "*" {
                index += 2
                while index < characters.count, !(characters[index - 1] == "*" && characters[index] == "/") {
                    index += 1
                }
                endsInComment = index == characters.count
                index += 1
            } else if character == "'" || character == "\"" || character == "`" {
                index = takeQuoted(characters, from: index)
            } else if Self.isWord(character) {
                let start = index
                while index < characters.count, Self.isWord(characters[index]) { index += 1 }
                add(.word, characters[start..<index], start, index)
            } else {
                index += 1
                add(.symbol(character), characters[index - 1..<index], index - 1, index)
            }
        }
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "@"
    }

    private mutating func add(
        _ kind: Kind,
        _ text: ArraySlice<Character>,
        _ start: Int,
        _ end: Int,
        isOpen: Bool = false
    ) {
        tokens.append(Token(kind: kind, text: String(text), start: start, end: end, isOpen: isOpen))
    }

    private mutating func takeQuoted(_ characters: [Character], from start: Int) -> Int {
        let quote = characters[start]
        var content: [Character] = []
        var index = start + 1
        var isOpen = true
        while index < characters.count {
            let character = characters[index]
            index += 1
            if character == quote {
                guard index < characters.count, characters[index] == quote else {
                    isOpen = false
                    break
                }
                index += 1
            }
            content.append(character)
        }
        add(quote == "'" ? .string : .name(quote), content[...], start, index, isOpen: isOpen)
        return index
    }
}
