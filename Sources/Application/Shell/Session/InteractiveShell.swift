import Foundation

/// A shell with a person at the terminal: reads a text with the editor, carries it out, and again.
struct InteractiveShell {
    static let prompt = "tickgate> "
    private static let continuation = "       -> "

    let session: ShellSession
    let terminal: Terminal
    let historyFile: HistoryFile?
    private let names: CatalogNames

    init(session: ShellSession, terminal: Terminal, historyFile: HistoryFile?) {
        self.session = session
        self.terminal = terminal
        self.historyFile = historyFile
        self.names = CatalogNames(session: session)
    }

    /// Runs until the person ends it.
    func run() throws(ShellFailure) {
        var history = historyFile?.read() ?? History()
        while !session.isEnded {
            guard let text = try read(history) else { break }
            let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard !trimmed.isEmpty else { continue }
            history.add(text)
            historyFile?.add(text)
            try carryOut(text)
        }
    }

    private func carryOut(_ text: String) throws(ShellFailure) {
        var reader = StatementReader()
        var items = StatementReader.lines(of: text).flatMap { reader.add($0) }
        if let rest = reader.finish() { items.append(rest) }
        for item in items where !session.isEnded {
            do throws(ShellFailure) {
                try session.perform(item)
            } catch .outputClosed {
                throw .outputClosed
            } catch .interrupted {
                // The statements behind the one that was stopped are not wanted either.
                return try terminal.write("stopped\n")
            } catch .refused(let message), .unreachable(let message) {
                return try terminal.write(message + "\n")
            }
        }
    }

    // MARK: - Reading

    /// The next text; nil at the end of the input.
    private func read(_ history: History) throws(ShellFailure) -> String? {
        try terminal.withKeys { () throws(ShellFailure) in try edit(history) }
    }

    private func edit(_ history: History) throws(ShellFailure) -> String? {
        var editor = LineEditor(history: history)
        var decoder = KeyDecoder()
        var screen = EditorScreen()
        try draw(editor, &screen)
        while true {
            guard let bytes = terminal.readKeys(isBrief: decoder.isWaiting) else { return nil }
            let keys = bytes.isEmpty ? decoder.flush() : decoder.feed(bytes)
            for key in keys {
                switch editor.handle(key) {
                case .redraw: break
                case .submit(let text):
                    try leave(&editor, &screen)
                    return text
                case .cancel:
                    try leave(&editor, &screen, "^C")
                    editor = LineEditor(history: history)
                case .end:
                    try leave(&editor, &screen)
                    return nil
                case .complete: try complete(&editor, &screen)
                case .clearScreen: try terminal.write(screen.clear())
                case .suspend:
                    try leave(&editor, &screen)
                    terminal.suspend()
                case .bell: try terminal.write("\u{7}")
                }
            }
            try draw(editor, &screen)
        }
    }

    private func draw(_ editor: LineEditor, _ screen: inout EditorScreen) throws(ShellFailure) {
        let size = terminal.size
        let view = editor.view(prompt: Self.prompt, continuation: Self.continuation)
        try terminal.write(screen.draw(view.lines(width: size.columns, height: size.lines)))
    }

    /// Leaves what was typed on the screen, with a mark behind it, and goes below it.
    private func leave(
        _ editor: inout LineEditor,
        _ screen: inout EditorScreen,
        _ mark: String = ""
    ) throws(ShellFailure) {
        editor.moveToEnd()
        try draw(editor, &screen)
        try terminal.write(mark + screen.leave())
    }

    private func complete(_ editor: inout LineEditor, _ screen: inout EditorScreen) throws(ShellFailure) {
        let completer = Completer(catalog: names.catalog(), files: Self.files(in:))
        let before = editor.buffer.textBeforeCursor
        let after = String(editor.buffer.text.dropFirst(before.count))
        let completion = completer.complete(before, after: after)
        guard let first = completion.candidates.first else { return try terminal.write("\u{7}") }
        let typed = String(before.dropFirst(completion.start))
        if completion.candidates.count == 1 {
            let isOpen = first.hasSuffix("(") || first.hasSuffix("/") || after.first?.isWhitespace == true
            editor.complete(from: completion.start, with: isOpen ? first : first + " ")
        } else if completion.commonPrefix.count > typed.count {
            editor.complete(from: completion.start, with: completion.commonPrefix)
        } else {
            let size = terminal.size
            try draw(editor, &screen)
            let menu = completion.menu(width: size.columns, linesMax: max(4, size.lines - 4))
            try terminal.write(screen.leave() + menu.joined(separator: "\r\n") + "\r\n")
        }
    }

    private static func files(in directory: String) -> [String]? {
        let path = directory.isEmpty ? "." : ShellSession.expanded(directory)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return nil }
        return names.map { name in
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isDirectory)
            return exists && isDirectory.boolValue ? name + "/" : name
        }
    }
}
