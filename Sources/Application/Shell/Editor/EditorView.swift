/// What an editor shows, before it is cut into the lines of a terminal.
struct EditorView: Equatable {
    let prompt: String
    /// Before the second line and those after it.
    let continuation: String
    let text: [Character]
    let cursor: Int

    /// The lines that a terminal shows, and where the cursor stands in them.
    struct Lines: Equatable {
        var lines: [String]
        var cursorLine: Int
        var cursorColumn: Int
    }

    /// Cuts the text into lines. The last column of the terminal stays free: what terminals do after it differs.
    ///
    /// If there are more lines than the terminal has, those around the cursor are shown.
    func lines(width: Int, height: Int) -> Lines {
        let room = max(4, width - 1)
        var lines: [String] = []
        var line = prompt
        var column = DisplayWidth.of(prompt)
        var place = (line: 0, column: column)
        for (index, character) in text.enumerated() {
            let shown = character == "\n" ? "" : DisplayWidth.printable(String(character))
            let width = DisplayWidth.of(shown)
            if column + width > room, character != "\n" {
                lines.append(line)
                (line, column) = ("", 0)
            }
            if index == cursor { place = (lines.count, column) }
            if character == "\n" {
                lines.append(line)
                (line, column) = (continuation, DisplayWidth.of(continuation))
            } else {
                line += shown
                column += width
            }
        }
        if cursor >= text.count {
            if column >= room {
                lines.append(line)
                (line, column) = ("", 0)
            }
            place = (lines.count, column)
        }
        lines.append(line)
        return Self.window(lines, place, height: max(1, height))
    }

    private static func window(_ lines: [String], _ place: (line: Int, column: Int), height: Int) -> Lines {
        guard lines.count > height else {
            return Lines(lines: lines, cursorLine: place.line, cursorColumn: place.column)
        }
        let first = min(max(0, place.line - height / 2), lines.count - height)
        return Lines(
            lines: Array(lines[first..<first + height]),
            cursorLine: place.line - first,
            cursorColumn: place.column
        )
    }
}

/// Draws the lines of an editor over those that it drew before, by escape sequences.
struct EditorScreen {
    /// The line of the cursor in what was drawn.
    private var cursorLine = 0
    private var lineCount = 1

    /// What draws the lines in the place of the earlier ones.
    mutating func draw(_ lines: EditorView.Lines) -> String {
        var output = toFirstLine() + "\u{1B}[J" + lines.lines.joined(separator: "\r\n") + "\r"
        let up = lines.lines.count - 1 - lines.cursorLine
        if up > 0 { output += "\u{1B}[\(up)A" }
        if lines.cursorColumn > 0 { output += "\u{1B}[\(lines.cursorColumn)C" }
        cursorLine = lines.cursorLine
        lineCount = lines.lines.count
        return output
    }

    /// What moves the cursor below all that was drawn, so that other output can follow.
    mutating func leave() -> String {
        let down = lineCount - 1 - cursorLine
        let output = (down > 0 ? "\u{1B}[\(down)B" : "") + "\r\n"
        cursorLine = 0
        lineCount = 1
        return output
    }

    /// What clears the terminal; the next drawing begins at its top.
    mutating func clear() -> String {
        cursorLine = 0
        lineCount = 1
        return "\u{1B}[H\u{1B}[2J"
    }

    private func toFirstLine() -> String { "\r" + (cursorLine > 0 ? "\u{1B}[\(cursorLine)A" : "") }
}
