/// Text with a cursor, and the edits that keys make of it.
///
/// Invariant: `0 <= cursor <= characters.count`.
struct EditBuffer {
    private(set) var characters: [Character] = []
    private(set) var cursor = 0

    /// What was removed by a key that removes more than a character; Ctrl-Y puts it back.
    private(set) var removed = ""

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    /// The text before the cursor.
    var textBeforeCursor: String { String(characters[..<cursor]) }

    /// Sets the text, with the cursor at its end.
    mutating func set(_ text: String) {
        characters = Array(text)
        cursor = characters.count
    }

    mutating func insert(_ text: String) {
        // A mark that joins the character before it comes as a text of its own: both are one character then.
        if cursor > 0, !text.isEmpty {
            let joined = Array(String(characters[cursor - 1]) + text)
            characters.replaceSubrange(cursor - 1..<cursor, with: joined)
            cursor += joined.count - 1
        } else {
            let inserted = Array(text)
            characters.insert(contentsOf: inserted, at: cursor)
            cursor += inserted.count
        }
    }

    /// Puts text in the place of the characters from `start` to the cursor.
    mutating func replace(from start: Int, with text: String) {
        let start = min(max(0, start), cursor)
        characters.removeSubrange(start..<cursor)
        cursor = start
        insert(text)
    }

    // MARK: - Movement

    mutating func move(to position: Int) { cursor = min(max(0, position), characters.count) }

    mutating func moveLeft() { move(to: cursor - 1) }
    mutating func moveRight() { move(to: cursor + 1) }
    mutating func moveToLineStart() { cursor = lineStart }
    mutating func moveToLineEnd() { cursor = lineEnd }
    mutating func moveWordLeft() { cursor = wordStart }
    mutating func moveWordRight() { cursor = wordEnd }

    /// To the same place of the line above; false in the first line.
    mutating func moveUp() -> Bool {
        let start = lineStart
        guard start > 0 else { return false }
        let column = cursor - start
        let previous = characters[..<(start - 1)].lastIndex(of: "\n").map { $0 + 1 } ?? 0
        cursor = min(previous + column, start - 1)
        return true
    }

    /// To the same place of the line below; false in the last line.
    mutating func moveDown() -> Bool {
        let end = lineEnd
        guard end < characters.count else { return false }
        let column = cursor - lineStart
        let next = end + 1
        let nextEnd = characters[next...].firstIndex(of: "\n") ?? characters.count
        cursor = min(next + column, nextEnd)
        return true
    }

    private var lineStart: Int { characters[..<cursor].lastIndex(of: "\n").map { $0 + 1 } ?? 0 }
    private var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

    private var wordStart: Int {
        var index = cursor
        while index > 0, !Self.isWord(characters[index - 1]) { index -= 1 }
        while index > 0, Self.isWord(characters[index - 1]) { index -= 1 }
        return index
    }

    private var wordEnd: Int {
        var index = cursor
        while index < characters.count, !Self.isWord(characters[index]) { index += 1 }
        while index < characters.count, Self.isWord(characters[index]) { index += 1 }
        return index
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    // MARK: - Removal

    mutating func deleteLeft() {
        guard cursor > 0 else { return }
        cursor -= 1
        characters.remove(at: cursor)
    }

    mutating func deleteRight() {
        guard cursor < characters.count else { return }
        characters.remove(at: cursor)
    }

    mutating func deleteWordLeft() { remove(wordStart..<cursor) }
    mutating func deleteWordRight() { remove(cursor..<wordEnd) }
    mutating func deleteToLineStart() { remove(lineStart..<cursor) }

    /// The rest of the line; at its end, the break behind it.
    mutating func deleteToLineEnd() {
        let end = lineEnd
        remove(cursor..<(end == cursor ? min(end + 1, characters.count) : end))
    }

    /// The space-separated word before the cursor, as Ctrl-W has it.
    mutating func deleteSpacedWordLeft() {
        var index = cursor
        while index > 0, characters[index - 1].isWhitespace { index -= 1 }
        while index > 0, !characters[index - 1].isWhitespace { index -= 1 }
        remove(index..<cursor)
    }

    mutating func putBack() { insert(removed) }

    /// Exchanges the characters before and at the cursor, or the last two of the text.
    mutating func transpose() {
        guard characters.count >= 2, cursor > 0 else { return }
        if cursor == characters.count { cursor -= 1 }
        characters.swapAt(cursor - 1, cursor)
        cursor += 1
    }

    private mutating func remove(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        removed = String(characters[range])
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }
}
