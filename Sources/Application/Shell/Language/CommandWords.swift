/// The words of a backslash command, with the quotes that hold one together taken off.
struct CommandWords {
    /// A word and where it begins.
    struct Word: Equatable {
        var text: String
        /// Characters before it, its quote included in the word.
        let start: Int
        /// Whether a quote was not closed.
        var isOpen = false
        /// The quote that it began with.
        var quote: Character?
    }

    private(set) var words: [Word] = []
    /// Whether the text ends behind a space, so that what is typed next begins a word.
    private(set) var endsBetweenWords = true

    init(_ text: String) {
        var current: Word?
        var open: Character?
        for (index, character) in text.enumerated() {
            if let quote = open {
                if character == quote { open = nil } else { current?.text.append(character) }
            } else if character == "'" || character == "\"", current == nil {
                open = character
                current = Word(text: "", start: index, quote: character)
            } else if character.isWhitespace {
                if let word = current { words.append(word) }
                current = nil
            } else if current == nil {
                current = Word(text: String(character), start: index)
            } else {
                current?.text.append(character)
            }
        }
        guard var word = current else { return }
        word.isOpen = open != nil
        words.append(word)
        endsBetweenWords = false
    }
}
