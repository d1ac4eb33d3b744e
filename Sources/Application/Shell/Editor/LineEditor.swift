/// A text of one or several lines that is typed: keys in, wishes out. Nothing here touches a terminal.
struct LineEditor {
    /// What is to happen after a key.
    enum Action: Equatable {
        /// The text is to be drawn anew.
        case redraw
        /// The text is whole.
        case submit(String)
        /// What was typed is to be dropped.
        case cancel
        /// Nothing more comes.
        case end
        /// Tab: what is before the cursor is to be completed.
        case complete
        case clearScreen
        case suspend
        case bell
    }

    private(set) var buffer = EditBuffer()
    private let history: History
    /// Where in the history the text is from; its number of entries for what is typed now.
    private var place: Int
    private var draft = ""
    /// What Ctrl-R looks for; nil if it does not.
    private(set) var search: Search?

    /// A search of the history under way.
    struct Search: Equatable {
        var text = ""
        var place: Int
        var hasFailed = false
    }

    init(history: History) {
        self.history = history
        self.place = history.entries.count
    }

    /// Puts what completes it in the place of the characters from `start` to the cursor.
    mutating func complete(from start: Int, with text: String) { buffer.replace(from: start, with: text) }

    /// Ends a search, and puts the cursor behind the text.
    mutating func moveToEnd() {
        search = nil
        buffer.move(to: buffer.characters.count)
    }

    mutating func handle(_ key: Key) -> Action {
        if search != nil, let action = handleSearch(key) { return action }
        switch key {
        case .text(let text):
            buffer.insert(Self.normalized(text))
            return .redraw
        case .enter: return enter()
        case .newline:
            buffer.insert("\n")
            return .redraw
        case .tab: return .complete
        case .up: return move { $0.moveUp() } ?? older()
        case .down: return move { $0.moveDown() } ?? newer()
        case .pageUp: return older()
        case .pageDown: return newer()
        case .control("d") where buffer.isEmpty: return .end
        case .control(let letter): return control(letter)
        case .escape: return .redraw
        default: return edit(key)
        }
    }

    /// The end of pasted lines is one line break.
    private static func normalized(_ text: String) -> String {
        String(text.map { $0.isNewline ? "\n" : $0 == "\t" ? " " : $0 })
    }

    private mutating func enter() -> Action {
        let text = buffer.text
        guard StatementReader.isComplete(text) else {
            buffer.insert("\n")
            return .redraw
        }
        return .submit(text)
    }

    private mutating func move(_ movement: (inout EditBuffer) -> Bool) -> Action? { movement(&buffer) ? .redraw : nil }

    private mutating func edit(_ key: Key) -> Action {
        switch key {
        case .left: buffer.moveLeft()
        case .right: buffer.moveRight()
        case .home: buffer.moveToLineStart()
        case .end: buffer.moveToLineEnd()
        case .wordLeft: buffer.moveWordLeft()
        case .wordRight: buffer.moveWordRight()
        case .backspace: buffer.deleteLeft()
        case .delete: buffer.deleteRight()
        case .deleteWordLeft: buffer.deleteWordLeft()
        case .deleteWordRight: buffer.deleteWordRight()
        default: return .bell
        }
        return .redraw
    }

    private mutating func control(_ letter: Character) -> Action {
        switch letter {
        case "a": buffer.moveToLineStart()
        case "b": buffer.moveLeft()
        case "c": return .cancel
        case "d": buffer.deleteRight()
        case "e": buffer.moveToLineEnd()
        case "f": buffer.moveRight()
        case "k": buffer.deleteToLineEnd()
        case "l": return .clearScreen
        case "n": return newer()
        case "p": return older()
        case "r": search = Search(place: history.entries.count)
        case "t": buffer.transpose()
        case "u": buffer.deleteToLineStart()
        case "w": buffer.deleteSpacedWordLeft()
        case "y": buffer.putBack()
        case "z": return .suspend
        default: return .bell
        }
        return .redraw
    }

    // MARK: - History

    private mutating func older() -> Action {
        guard place > 0 else { return .bell }
        if place == history.entries.count { draft = buffer.text }
        place -= 1
        buffer.set(history.entries[place])
        return .redraw
    }

    private mutating func newer() -> Action {
        guard place < history.entries.count else { return .bell }
        place += 1
        buffer.set(place == history.entries.count ? draft : history.entries[place])
        return .redraw
    }

    /// A key while the history is searched; nil if the search ends and the key is to be handled as ever.
    private mutating func handleSearch(_ key: Key) -> Action? {
        guard var current = search else { return nil }
        switch key {
        case .text(let text):
            current.text += Self.normalized(text)
            find(&current, before: min(current.place + 1, history.entries.count))
        case .backspace:
            if !current.text.isEmpty { current.text.removeLast() }
            find(&current, before: history.entries.count)
        case .control("r"): find(&current, before: current.place)
        case .control("g"), .control("c"):
            search = nil
            return .redraw
        case .escape:
            accept(current)
            return .redraw
        default:
            accept(current)
            return nil
        }
        search = current
        return .redraw
    }

    private func find(_ current: inout Search, before place: Int) {
        if let found = history.search(current.text, before: place) {
            current.place = found
            current.hasFailed = false
        } else {
            current.hasFailed = !current.text.isEmpty
        }
    }

    /// The entry that was found becomes the text.
    private mutating func accept(_ current: Search) {
        search = nil
        guard !current.text.isEmpty, history.entries.indices.contains(current.place) else { return }
        if place == history.entries.count { draft = buffer.text }
        place = current.place
        buffer.set(history.entries[place])
    }

    // MARK: - Drawing

    /// The prompt and the text, as they are to be seen.
    func view(prompt: String, continuation: String) -> EditorView {
        guard let search else {
            return EditorView(
                prompt: prompt,
                continuation: continuation,
                text: buffer.characters,
                cursor: buffer.cursor
            )
        }
        let found = history.entries.indices.contains(search.place) ? history.entries[search.place] : ""
        let title = search.hasFailed ? "(no such entry) '\(search.text)': " : "(search) '\(search.text)': "
        let text = Array(search.text.isEmpty ? "" : found)
        return EditorView(prompt: title, continuation: continuation, text: text, cursor: text.count)
    }
}
