import Testing

@testable import Application

@Suite("The line editor")
struct LineEditorTests {
    private func editor(_ entries: String...) -> LineEditor {
        var history = History()
        for entry in entries { history.add(entry) }
        return LineEditor(history: history)
    }

    private func type(_ text: String, into editor: inout LineEditor) {
        for character in text { _ = editor.handle(.text(String(character))) }
    }

    @Test("edits text by keys")
    func edits() {
        var editor = editor()
        type("SELEC 1", into: &editor)
        for _ in 0..<2 { _ = editor.handle(.left) }
        type("T", into: &editor)
        #expect(editor.buffer.text == "SELECT 1")
        _ = editor.handle(.control("a"))
        _ = editor.handle(.deleteWordRight)
        #expect(editor.buffer.text == " 1")
        _ = editor.handle(.control("y"))
        _ = editor.handle(.control("e"))
        _ = editor.handle(.backspace)
        type("2;", into: &editor)
        #expect(editor.buffer.text == "SELECT 2;")
        #expect(editor.handle(.enter) == .submit("SELECT 2;"))
    }

    @Test("joins marks with the character before them")
    func marks() {
        var editor = editor()
        _ = editor.handle(.text("e"))
        _ = editor.handle(.text("\u{301}"))
        #expect(editor.buffer.characters.count == 1)
        _ = editor.handle(.backspace)
        #expect(editor.buffer.isEmpty)
    }

    @Test("breaks the line until the statement is whole")
    func lines() {
        var editor = editor()
        type("SELECT 1", into: &editor)
        #expect(editor.handle(.enter) == .redraw)
        type("+ 2", into: &editor)
        _ = editor.handle(.up)
        _ = editor.handle(.home)
        #expect(editor.buffer.cursor == 0)
        _ = editor.handle(.down)
        _ = editor.handle(.end)
        type(";", into: &editor)
        #expect(editor.handle(.enter) == .submit("SELECT 1\n+ 2;"))
        _ = editor.handle(.control("u"))
        #expect(editor.buffer.text == "SELECT 1\n")
    }

    @Test("goes through the history, and comes back to what was typed")
    func history() {
        var editor = editor("one;", "two\nlines;")
        type("new", into: &editor)
        _ = editor.handle(.up)
        #expect(editor.buffer.text == "two\nlines;")
        _ = editor.handle(.up)
        _ = editor.handle(.up)
        #expect(editor.buffer.text == "one;")
        #expect(editor.handle(.up) == .bell)
        _ = editor.handle(.down)
        _ = editor.handle(.down)
        #expect(editor.buffer.text == "new")
    }

    @Test("searches the history")
    func search() {
        var editor = editor("SELECT price;", "SHOW TABLES;", "SELECT size;")
        _ = editor.handle(.control("r"))
        type("sel", into: &editor)
        #expect(editor.view(prompt: "", continuation: "").text == Array("SELECT size;"))
        _ = editor.handle(.control("r"))
        #expect(editor.view(prompt: "", continuation: "").text == Array("SELECT price;"))
        type("xyz", into: &editor)
        #expect(editor.search?.hasFailed == true)
        for _ in 0..<3 { _ = editor.handle(.backspace) }
        #expect(editor.handle(.enter) == .submit("SELECT size;"))
    }

    @Test("ends, cancels and completes by wish")
    func wishes() {
        var editor = editor()
        #expect(editor.handle(.control("d")) == .end)
        type("ab", into: &editor)
        _ = editor.handle(.left)
        #expect(editor.handle(.control("d")) == .redraw)
        #expect(editor.buffer.text == "a")
        #expect(editor.handle(.tab) == .complete)
        editor.complete(from: 0, with: "abc")
        #expect(editor.buffer.text == "abc")
        #expect(editor.handle(.control("c")) == .cancel)
        #expect(editor.handle(.control("q")) == .bell)
    }

    @Test("shows lines as the terminal breaks them")
    func view() {
        let view = EditorView(prompt: "> ", continuation: "- ", text: Array("abcdefgh\n東京x"), cursor: 11)
        #expect(
            view.lines(width: 9, height: 10)
                == .init(lines: ["> abcdef", "gh", "- 東京x"], cursorLine: 2, cursorColumn: 6)
        )
        let narrow = EditorView(prompt: "> ", continuation: "- ", text: Array("a\nb\nc\nd\ne"), cursor: 4)
        #expect(narrow.lines(width: 20, height: 3).lines == ["- b", "- c", "- d"])
        let full = EditorView(prompt: "> ", continuation: "- ", text: Array("abcdef"), cursor: 6)
        #expect(full.lines(width: 9, height: 9) == .init(lines: ["> abcdef", ""], cursorLine: 1, cursorColumn: 0))
    }
}

@Suite("Keys of a terminal")
struct KeyDecoderTests {
    private func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        return decoder.feed(Array(text.utf8))
    }

    @Test("are read from bytes and escape sequences")
    func sequences() {
        #expect(
            keys("a\r\t\u{7F}\u{3}é東") == [.text("a"), .enter, .tab, .backspace, .control("c"), .text("é"), .text("東")]
        )
        #expect(
            keys("\u{1B}[A\u{1B}OB\u{1B}[1;5C\u{1B}[3~\u{1B}[H\u{1B}[4~\u{1B}b\u{1B}\r") == [
                .up, .down, .wordRight, .delete, .home, .end, .wordLeft, .newline,
            ]
        )
        #expect(keys("\u{1B}[99;9Xa") == [.text("a")])
    }

    @Test("are put together from pieces")
    func pieces() {
        for text in ["\u{1B}[1;5C", "\u{1B}[200~x\u{1B}[201~", "東"] {
            var decoder = KeyDecoder()
            var keys: [Key] = []
            for byte in text.utf8 { keys += decoder.feed([byte]) }
            #expect(keys.count == 1)
            #expect(!decoder.isWaiting)
        }
    }

    @Test("that paste text do not run it")
    func paste() {
        #expect(keys("\u{1B}[200~SELECT 1;\r\tx\u{1B}[A\u{1B}[201~y") == [.text("SELECT 1;\r\tx\u{1B}[A"), .text("y")])
    }

    @Test("may be a bare escape")
    func escape() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0x1B]) == [])
        #expect(decoder.isWaiting)
        #expect(decoder.flush() == [.escape])
    }
}

@Suite("The history")
struct HistoryTests {
    @Test("keeps each text once, the latest last, and is bounded")
    func bounded() {
        var history = History()
        for text in ["a", "b", "a", " secret", ""] { history.add(text) }
        #expect(history.entries == ["b", "a"])
        for number in 0..<History.entriesMax + 10 { history.add("\(number)") }
        #expect(history.entries.count == History.entriesMax)
        #expect(history.entries.last == "\(History.entriesMax + 9)")
        history.add(String(repeating: "x", count: History.entryBytesMax + 1))
        #expect(history.entries.last == "\(History.entriesMax + 9)")
    }

    @Test("reads back from its file as it was")
    func file() {
        var history = History()
        for text in ["SELECT 1\n + 2;", "\\show A/1Min/B", "a\\nb", "東京"] { history.add(text) }
        #expect(History(file: history.file) == history)
        #expect(history.file.split(separator: "\n").count == 4)
    }
}
